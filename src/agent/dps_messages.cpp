#include "agent/dps_messages.hpp"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "codec/json.hpp"

namespace muster::agent {
namespace {

namespace json = boost::json;

constexpr std::size_t operation_id_size_max = 128;
constexpr std::size_t text_size_max = 1024;

/// A text for a terminal: a server must not be able to send escape sequences to it.
std::string printable(std::string_view text) {
  std::string clean(text.substr(0, text_size_max));
  const auto is_control = [](char c) { return (c >= 0 && c < ' ') || c == 0x7f; };
  std::ranges::replace_if(clean, is_control, ' ');
  return clean;
}

std::string text_member(const json::object& object, std::string_view name) {
  const json::value* member = object.if_contains(name);
  const json::string* text = member != nullptr ? member->if_string() : nullptr;
  return text != nullptr ? printable(*text) : std::string();
}

std::int64_t number_member(const json::object& object, std::string_view name) {
  const json::value* member = object.if_contains(name);
  const std::int64_t* number = member != nullptr ? member->if_int64() : nullptr;
  return number != nullptr ? *number : 0;
}

const json::object* object_member(const json::object& object, std::string_view name) {
  const json::value* member = object.if_contains(name);
  return member != nullptr ? member->if_object() : nullptr;
}

/// Base64 of an activation blob; empty where it is missing. Blobs exceed the limit of texts that are printed.
base::Bytes blob_member(const json::object& object) {
  const json::value* member = object.if_contains("authenticationKey");
  const json::string* text = member != nullptr ? member->if_string() : nullptr;
  if (text == nullptr) return {};
  return base::from_base64(std::string_view(*text)).value_or(base::Bytes());
}

std::optional<json::object> read_object(const std::string& body) {
  auto value = codec::parse_json(body);
  if (!value || !value->is_object()) return std::nullopt;
  return std::move(value->get_object());
}

bool is_operation_id(const std::string& id) {
  const auto allowed = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '.';
  };
  return !id.empty() && id.size() <= operation_id_size_max && std::ranges::all_of(id, allowed) && id != "." &&
         id != "..";
}

json::object tpm_object(const TpmIdentity& identity) {
  json::object tpm;
  tpm["endorsementKey"] = base::to_base64(identity.endorsement_key);
  tpm["storageRootKey"] = base::to_base64(identity.storage_root_key);
  if (identity.endorsement_key_certificate)
    tpm["endorsementKeyCertificate"] = base::to_base64(*identity.endorsement_key_certificate);
  if (!identity.endorsement_key_intermediates.empty()) {
    json::array& intermediates = tpm["endorsementKeyIntermediates"].emplace_array();
    for (const base::Bytes& certificate : identity.endorsement_key_intermediates)
      intermediates.emplace_back(base::to_base64(certificate));
  }
  return tpm;
}

}  // namespace

std::string registration_body(const ProvisionRequest& request, const std::optional<TpmIdentity>& identity) {
  json::object body;
  body["registrationId"] = request.registration_id;
  if (identity) body["tpm"] = tpm_object(*identity);
  if (!request.payload.empty()) {
    auto payload = codec::parse_json(request.payload);
    if (!payload) throw Failure(ExitCode::configuration, "The payload: " + base::to_string(payload.error()));
    body["payload"] = std::move(*payload);
  }
  return json::serialize(body);
}

std::optional<base::Bytes> read_challenge(const HttpReply& reply) {
  const auto object = read_object(reply.body);
  if (!object) return std::nullopt;
  base::Bytes blob = blob_member(*object);
  if (blob.empty()) return std::nullopt;
  return blob;
}

ServiceAnswer read_answer(const HttpReply& reply) {
  const auto object = read_object(reply.body);
  if (!object) throw Failure(ExitCode::unexpected_answer, "The service's answer is not a JSON object.");

  ServiceAnswer answer;
  answer.status = text_member(*object, "status");
  answer.operation_id = text_member(*object, "operationId");
  if (const json::object* state = object_member(*object, "registrationState")) {
    answer.hub = text_member(*state, "assignedHub");
    answer.device_id = text_member(*state, "deviceId");
    answer.substatus = text_member(*state, "substatus");
    answer.error_code = number_member(*state, "errorCode");
    answer.error_message = text_member(*state, "errorMessage");
    if (const json::value* payload = state->if_contains("payload"); payload != nullptr && !payload->is_null())
      answer.payload = json::serialize(*payload);
    if (const json::object* tpm = object_member(*state, "tpm")) answer.hub_key = blob_member(*tpm);
  }
  if (answer.status.empty()) throw Failure(ExitCode::unexpected_answer, "The service's answer has no status.");
  const bool pending = answer.status == "assigning" || answer.status == "unassigned";
  if (pending && !is_operation_id(answer.operation_id))
    throw Failure(ExitCode::unexpected_answer, "The service's answer has no usable operation id.");
  return answer;
}

Outcome read_refusal(const HttpReply& reply) {
  Outcome outcome;
  outcome.code = ExitCode::refused;
  if (const auto object = read_object(reply.body)) {
    outcome.service_code = number_member(*object, "errorCode");
    outcome.message = text_member(*object, "message");
    outcome.tracking_id = text_member(*object, "trackingId");
  }
  if (outcome.message.empty()) outcome.message = "HTTP status " + std::to_string(reply.status) + ".";
  return outcome;
}

}  // namespace muster::agent
