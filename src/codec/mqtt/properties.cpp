#include "codec/mqtt/properties.hpp"

#include <algorithm>
#include <iterator>
#include <limits>

namespace muster::codec::mqtt {
namespace {

enum class Kind { u8, u16, u32, variable_integer, text, binary, pair };

/// MQTT 5.0 table 2-4, and the range that the property's own section gives it.
struct Rule {
  PropertyId id;
  Kind kind;
  unsigned places;
  std::uint32_t min = 0;
  std::uint32_t max = std::numeric_limits<std::uint32_t>::max();
};

constexpr unsigned anywhere = ~0U;
constexpr unsigned in_answers = in_connack | in_puback | in_suback | in_unsuback | in_disconnect;

constexpr Rule rules[] = {
    {PropertyId::payload_format_indicator, Kind::u8, in_publish | in_will, 0, 1},
    {PropertyId::message_expiry_interval, Kind::u32, in_publish | in_will},
    {PropertyId::content_type, Kind::text, in_publish | in_will},
    {PropertyId::response_topic, Kind::text, in_publish | in_will},
    {PropertyId::correlation_data, Kind::binary, in_publish | in_will},
    {PropertyId::subscription_identifier, Kind::variable_integer, in_publish | in_subscribe, 1},
    {PropertyId::session_expiry_interval, Kind::u32, in_connect | in_connack | in_disconnect},
    {PropertyId::assigned_client_identifier, Kind::text, in_connack},
    {PropertyId::server_keep_alive, Kind::u16, in_connack},
    {PropertyId::authentication_method, Kind::text, in_connect | in_connack},
    {PropertyId::authentication_data, Kind::binary, in_connect | in_connack},
    {PropertyId::request_problem_information, Kind::u8, in_connect, 0, 1},
    {PropertyId::will_delay_interval, Kind::u32, in_will},
    {PropertyId::request_response_information, Kind::u8, in_connect, 0, 1},
    {PropertyId::response_information, Kind::text, in_connack},
    {PropertyId::server_reference, Kind::text, in_connack | in_disconnect},
    {PropertyId::reason_string, Kind::text, in_answers},
    {PropertyId::receive_maximum, Kind::u16, in_connect | in_connack, 1},
    {PropertyId::topic_alias_maximum, Kind::u16, in_connect | in_connack},
    {PropertyId::topic_alias, Kind::u16, in_publish},
    {PropertyId::maximum_qos, Kind::u8, in_connack, 0, 1},
    {PropertyId::retain_available, Kind::u8, in_connack, 0, 1},
    {PropertyId::user_property, Kind::pair, anywhere},
    {PropertyId::maximum_packet_size, Kind::u32, in_connect | in_connack, 1},
    {PropertyId::wildcard_subscription_available, Kind::u8, in_connack, 0, 1},
    {PropertyId::subscription_identifier_available, Kind::u8, in_connack, 0, 1},
    {PropertyId::shared_subscription_available, Kind::u8, in_connack, 0, 1},
};

const Rule* rule_of(std::uint32_t id) {
  const auto* found =
      std::ranges::find_if(rules, [id](const Rule& rule) { return static_cast<std::uint32_t>(rule.id) == id; });
  return found == std::end(rules) ? nullptr : found;
}

Property read_value(Reader& reader, const Rule& rule) {
  Property property{.id = rule.id, .number = 0, .text = {}};
  switch (rule.kind) {
    case Kind::u8:
      property.number = reader.u8();
      break;
    case Kind::u16:
      property.number = reader.u16();
      break;
    case Kind::u32:
      property.number = reader.u32();
      break;
    case Kind::variable_integer:
      property.number = reader.variable_integer();
      break;
    case Kind::text:
      property.text = reader.text();
      break;
    case Kind::binary:
      property.text = base::text_view(reader.binary());
      break;
    case Kind::pair:
      property.name = reader.text();
      property.text = reader.text();
      break;
  }
  return property;
}

void write_value(Writer& writer, const Property& property, Kind kind) {
  switch (kind) {
    case Kind::u8:
      writer.u8(static_cast<std::uint8_t>(property.number));
      break;
    case Kind::u16:
      writer.u16(static_cast<std::uint16_t>(property.number));
      break;
    case Kind::u32:
      writer.u32(property.number);
      break;
    case Kind::variable_integer:
      writer.variable_integer(property.number);
      break;
    case Kind::text:
    case Kind::binary:
      writer.text(property.text);
      break;
    case Kind::pair:
      writer.text(property.name).text(property.text);
      break;
  }
}

bool may_repeat(const Rule& rule, PropertyPlace place) {
  return rule.id == PropertyId::user_property ||
         (rule.id == PropertyId::subscription_identifier && place == in_publish);
}

}  // namespace

const Property* Properties::find(PropertyId id) const {
  const auto found = std::ranges::find_if(list_, [id](const Property& property) { return property.id == id; });
  return found == list_.end() ? nullptr : &*found;
}

std::optional<std::uint32_t> Properties::number(PropertyId id) const {
  const Property* found = find(id);
  return found == nullptr ? std::nullopt : std::optional(found->number);
}

std::optional<std::string_view> Properties::text(PropertyId id) const {
  const Property* found = find(id);
  return found == nullptr ? std::nullopt : std::optional<std::string_view>(found->text);
}

void Properties::add(PropertyId id, std::uint32_t number) { add(Property{.id = id, .number = number, .text = {}}); }

void Properties::add(PropertyId id, std::string_view text) {
  add(Property{.id = id, .number = 0, .text = std::string(text)});
}

Properties read_properties(Reader& reader, PropertyPlace place) {
  Properties properties;
  Reader part = reader.part();
  while (!part.at_end()) {
    const Rule* rule = rule_of(part.variable_integer());
    if (rule == nullptr) {
      part.fail(ReasonCode::malformed_packet, "a property is not known");
      break;
    }
    if ((rule->places & place) == 0)
      part.fail(ReasonCode::protocol_error, "a property stands where it is not allowed");
    else if (!may_repeat(*rule, place) && properties.has(rule->id))
      part.fail(ReasonCode::protocol_error, "a property is given twice");
    else if (properties.list().size() == properties_max)
      part.fail(ReasonCode::packet_too_large, "a packet has more than 64 properties");
    if (part.failed()) break;
    Property property = read_value(part, *rule);
    if (property.number < rule->min || property.number > rule->max)
      part.fail(ReasonCode::protocol_error, "a property's value is out of its range");
    properties.add(std::move(property));
  }
  reader.fail_with(part);
  return properties;
}

void write_properties(Writer& writer, const Properties& properties) {
  Bytes octets;
  Writer part(octets);
  for (const auto& property : properties.list()) {
    part.u8(static_cast<std::uint8_t>(property.id));
    write_value(part, property, rule_of(static_cast<std::uint32_t>(property.id))->kind);
  }
  writer.variable_integer(octets.size()).bytes(octets);
}

}  // namespace muster::codec::mqtt
