#include "dialect/azure/mqtt_names.hpp"

#include "dialect/azure/route.hpp"
#include "net/http.hpp"

namespace muster::dialect::azure {

using base::Errc;
using base::Error;

namespace {

constexpr std::string_view register_prefix = "$dps/registrations/PUT/iotdps-register/?";
constexpr std::string_view poll_prefix = "$dps/registrations/GET/iotdps-get-operationstatus/?";
constexpr std::string_view answer_prefix = "$dps/registrations/res/";
// Clients use a GUID or a number.
constexpr std::size_t request_id_size_max = 256;

/// What stands before the next slash; it and the slash are taken off.
std::string_view take_segment(std::string_view& rest) {
  const auto slash = rest.find('/');
  const std::string_view segment = rest.substr(0, slash);
  rest = slash == std::string_view::npos ? std::string_view{} : rest.substr(slash + 1);
  return segment;
}

/// The value of "$rid" as it stands: whatever a client chose, it gets back.
std::string_view raw_parameter(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const auto end = query.find('&');
    const std::string_view pair = query.substr(0, end);
    if (pair.starts_with(name) && pair.substr(name.size()).starts_with('=')) return pair.substr(name.size() + 1);
    query = end == std::string_view::npos ? std::string_view{} : query.substr(end + 1);
  }
  return {};
}

bool says(std::string_view query, std::string_view name, std::string_view value) {
  const auto found = net::query_parameter(query, name);
  return found && base::equal_ignoring_case(*found, value);
}

}  // namespace

base::Result<MqttUserName> read_mqtt_user_name(std::string_view user_name) {
  MqttUserName read;
  std::string_view rest = user_name;
  read.id_scope = take_segment(rest);
  const std::string_view literal = take_segment(rest);
  read.registration_id = take_segment(rest);
  if (read.id_scope.empty() || read.registration_id.empty() || !base::equal_ignoring_case(literal, "registrations"))
    return Error(Errc::malformed_request,
                 "the user name is not {idScope}/registrations/{registrationId}/api-version=…");
  if (auto version = check_api_version(rest); !version) return version.error();
  read.attests_by_tpm = says(rest, "attestation", "tpm");
  return read;
}

std::optional<MqttRequestTopic> read_mqtt_topic(std::string_view topic) {
  const bool is_poll = topic.starts_with(poll_prefix);
  if (!is_poll && !topic.starts_with(register_prefix)) return std::nullopt;
  const std::string_view query = topic.substr(is_poll ? poll_prefix.size() : register_prefix.size());

  MqttRequestTopic read;
  read.request_id = raw_parameter(query, "$rid");
  if (read.request_id.empty() || read.request_id.size() > request_id_size_max) return std::nullopt;
  if (is_poll) {
    read.operation_id = net::query_parameter(query, "operationId");
    if (!read.operation_id) return std::nullopt;
  }
  read.force = says(query, "forceRegistration", "true");
  return read;
}

std::string mqtt_answer_topic(int status, std::string_view request_id, std::optional<int> retry_after_seconds) {
  std::string topic(answer_prefix);
  // "$rid" comes first and nothing else has a dollar sign: clients cut the topic there.
  topic.append(std::to_string(status)).append("/?$rid=").append(request_id);
  if (retry_after_seconds) topic.append("&retry-after=").append(std::to_string(*retry_after_seconds));
  return topic;
}

bool is_mqtt_answer_filter(std::string_view filter) { return filter.starts_with(answer_prefix); }

}  // namespace muster::dialect::azure
