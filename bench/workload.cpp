#include "workload.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <charconv>
#include <stdexcept>

#include "attest/symmetric_key/symmetric_key.hpp"
#include "codec/sas_token.hpp"

namespace muster::bench {
namespace {

constexpr std::string_view answer_prefix = "$dps/registrations/res/";
constexpr std::size_t message_size = 300;
constexpr std::size_t complaint_body_max = 300;

std::string_view connection_header(bool last) { return last ? "Connection: close\r\n" : ""; }

}  // namespace

std::string Workload::device_id(std::uint64_t index) { return fmt::format("load-{:06}", index); }

std::string Workload::token(const Fleet& fleet, const std::string& id) const {
  const base::Secret key = attest::symmetric_key::derive_device_key(fleet.group_key, id);
  return codec::make_sas_token(fmt::format("{}%2Fregistrations%2F{}", fleet.id_scope, id), key, fleet.token_expiry,
                               "registration");
}

std::string Workload::register_request(const Fleet& fleet, std::uint64_t index, bool last) const {
  const std::string id = device_id(index);
  const std::string body = fmt::format(R"({{"registrationId":"{}"}})", id);
  return fmt::format(
      "PUT /{}/registrations/{}/register?api-version=2021-06-01 HTTP/1.1\r\nHost: {}:{}\r\n"
      "Authorization: {}\r\nContent-Type: application/json; charset=utf-8\r\nAccept: application/json\r\n"
      "User-Agent: muster-load\r\n{}Content-Length: {}\r\n\r\n{}",
      fleet.id_scope, id, target_.host, target_.port, token(fleet, id), connection_header(last), body.size(), body);
}

std::string Workload::request(std::uint64_t index, bool last) const {
  if (fleet_) return register_request(*fleet_, index, last);
  return fmt::format("GET {} HTTP/1.1\r\nHost: {}:{}\r\nUser-Agent: muster-load\r\n{}\r\n", target_.path, target_.host,
                     target_.port, connection_header(last));
}

std::string Workload::operation_request(std::uint64_t index, const std::string& operation_id) const {
  const std::string id = device_id(index);
  return fmt::format(
      "GET /{}/registrations/{}/operations/{}?api-version=2021-06-01 HTTP/1.1\r\nHost: {}:{}\r\n"
      "Authorization: {}\r\nAccept: application/json\r\nUser-Agent: muster-load\r\n{}\r\n",
      fleet_->id_scope, id, operation_id, target_.host, target_.port, token(*fleet_, id), connection_header(true));
}

std::string Workload::operation_of(const HttpAnswer& answer) {
  boost::json::error_code error;
  const auto body = boost::json::parse(answer.body, error);
  const auto* object = error ? nullptr : body.if_object();
  const auto* id = object != nullptr ? object->if_contains("operationId") : nullptr;
  if (id == nullptr || !id->is_string()) throw std::runtime_error("the answer names no operation");
  return std::string(id->get_string());
}

std::string Workload::complaint(std::uint64_t index, const HttpAnswer& answer) {
  return fmt::format("{}: status {}: {}", device_id(index), answer.status,
                     std::string_view(answer.body).substr(0, complaint_body_max));
}

Outcome Workload::judge(const HttpAnswer& answer) const {
  if (!fleet_) return answer.status == 200 ? Outcome::good : Outcome::refused;
  if (answer.status != 202) return Outcome::refused;
  boost::json::error_code error;
  const auto body = boost::json::parse(answer.body, error);
  const auto* object = error ? nullptr : body.if_object();
  const auto* status = object != nullptr ? object->if_contains("status") : nullptr;
  if (status == nullptr || !status->is_string()) return Outcome::refused;
  if (status->get_string() == "assigned") return Outcome::good;
  return status->get_string() == "assigning" ? Outcome::pending : Outcome::refused;
}

MqttDevice Workload::mqtt_device(std::uint64_t index) const {
  const std::string id = device_id(index);
  if (!fleet_) {
    const std::string topic = "load/" + id;
    return {.client_id = id,
            .user_name = {},
            .password = {},
            .filter = topic,
            .topic = topic,
            .payload = std::string(message_size, 'x')};
  }
  MqttDevice device{.client_id = id,
                    .user_name = fmt::format("{}/registrations/{}/api-version=2021-06-01", fleet_->id_scope, id),
                    .password = {},
                    .filter = "$dps/registrations/res/#",
                    .topic = "$dps/registrations/PUT/iotdps-register/?$rid=1",
                    .payload = fmt::format(R"({{"registrationId":"{}"}})", id)};
  if (!fleet_->group_key.empty()) device.password = token(*fleet_, id);
  return device;
}

HttpAnswer Workload::mqtt_answer(const codec::mqtt::Publish& message) const {
  HttpAnswer answer{.status = 200, .body = message.payload};
  if (!fleet_) return answer;
  answer.status = 0;
  const std::string_view topic = message.topic;
  if (!topic.starts_with(answer_prefix)) return answer;
  const std::string_view status = topic.substr(answer_prefix.size());
  std::from_chars(status.data(), status.data() + status.size(), answer.status);
  return answer;
}

}  // namespace muster::bench
