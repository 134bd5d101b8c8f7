#include "cli/why.hpp"

#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <utility>

namespace muster::cli {

namespace json = boost::json;

namespace {

/// A member's text, fit for a terminal; empty where it has none.
std::string text_of(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  const json::string* text = value == nullptr ? nullptr : value->if_string();
  return text == nullptr ? std::string() : printable({text->data(), text->size()});
}

bool flag_of(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_bool() && value->get_bool();
}

const json::object* object_of(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value == nullptr ? nullptr : value->if_object();
}

/// "2026-11-23 10:15:30 UTC".
std::string time_of(const json::object& object, std::string_view name) {
  constexpr std::size_t date_size = 10;
  constexpr std::size_t seconds_size = 19;
  std::string time = text_of(object, name);
  if (time.size() < seconds_size) return time;
  time.resize(seconds_size);
  time[date_size] = ' ';
  return time + " UTC";
}

std::string when(const json::object& refusal) {
  const json::value* counted = refusal.if_contains("count");
  const std::int64_t count = counted != nullptr && counted->is_int64() ? counted->get_int64() : 1;
  const std::string last = time_of(refusal, "last_at");
  if (count == 1) return "once, at " + last;
  return std::to_string(count) + " times from " + time_of(refusal, "at") + " to " + last;
}

std::string transport_of(const json::object& refusal) {
  constexpr std::array names = {std::pair{"https", "HTTPS"}, std::pair{"mqtt", "MQTT"},
                                std::pair{"mqtt_websocket", "MQTT over WebSocket"}, std::pair{"amqp", "AMQP"},
                                std::pair{"amqp_websocket", "AMQP over WebSocket"}};
  std::string transport = text_of(refusal, "transport");
  for (const auto& [name, shown] : names)
    if (transport == name) return shown;
  return transport;
}

std::string proof_of(const json::object& refusal) {
  const std::string attestation = text_of(refusal, "attestation");
  if (attestation == "symmetric_key") return "a token by symmetric key";
  if (attestation == "tpm") return "a TPM";
  if (attestation == "x509") return "a client certificate";
  return "nothing that could be read";
}

std::string paragraph_of(const json::object& refusal) {
  const std::string enrollment = text_of(refusal, "enrollment");
  const std::pair<const char*, std::string> lines[] = {
      {"when", when(refusal)},
      {"from", text_of(refusal, "address") + " over " + transport_of(refusal)},
      {"proof", proof_of(refusal)},
      {"against", enrollment.empty() ? "no single enrollment or group" : enrollment},
      {"what failed", text_of(refusal, "detail")},
      {"cause", text_of(refusal, "cause")},
      {"what to do", text_of(refusal, "cure")},
  };
  constexpr std::size_t title_width = 13;
  std::string paragraph = text_of(refusal, "code") + ": " + text_of(refusal, "message") + "\n";
  for (const auto& [title, text] : lines) {
    if (text.empty()) continue;
    std::string padded = title;
    padded.resize(title_width, ' ');
    paragraph += "  " + padded + text + "\n";
  }
  if (flag_of(refusal, "registered_since")) paragraph += "  The device has registered since.\n";
  return paragraph;
}

std::string device_sentence(const json::object* device) {
  if (device == nullptr) return "No device has registered under this name.";
  const std::string hub = text_of(*device, "hub");
  if (text_of(*device, "status") == "assigned")
    return "The device is registered: assigned to " + hub + " at " + time_of(*device, "registered_at") + ".";
  if (text_of(*device, "status").empty()) return "The device is known, but its registration was removed.";
  return "The device's registration is " + text_of(*device, "status") + " since " + time_of(*device, "registered_at") +
         ".";
}

std::string enrollment_sentence(const json::object* enrollment) {
  if (enrollment == nullptr)
    return "There is no individual enrollment of this name: only an enrollment group could let it in.";
  const bool is_group = text_of(*enrollment, "kind") == "group";
  return std::string(is_group ? "Its group " : "Its enrollment ") + text_of(*enrollment, "id") + " asks for " +
         text_of(*enrollment, "attestation") + " and is " +
         (flag_of(*enrollment, "enabled") ? "enabled." : "disabled.");
}

}  // namespace

std::string explanation_of(const json::object& report) {
  const json::value* listed = report.if_contains("refusals");
  const json::array none;
  const json::array& refusals = listed != nullptr && listed->is_array() ? listed->get_array() : none;
  std::string text;
  for (const json::value& refusal : refusals)
    if (const json::object* object = refusal.if_object()) text += paragraph_of(*object) + "\n";
  if (refusals.empty())
    text += "No refusal of " + text_of(report, "registration_id") +
            " is kept: it was not refused in the last 90 days, or never asked under this name and ID scope.\n";
  text += device_sentence(object_of(report, "device")) + "\n";
  text += enrollment_sentence(object_of(report, "enrollment")) + "\n";
  return text;
}

void explain_refusals(Session& session, const std::string& id) {
  const json::object report = session.api.get(path_of(devices.path, id, "/refusals"));
  if (session.output.is_json())
    session.output.object(report);
  else
    session.output.text(explanation_of(report));
}

}  // namespace muster::cli
