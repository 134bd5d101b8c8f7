// The properties of MQTT 5 packets (section 2.2.2).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "codec/mqtt/wire.hpp"

namespace muster::codec::mqtt {

/// MQTT 5.0 table 2-4.
enum class PropertyId : std::uint8_t {
  payload_format_indicator = 0x01,
  message_expiry_interval = 0x02,
  content_type = 0x03,
  response_topic = 0x08,
  correlation_data = 0x09,
  subscription_identifier = 0x0b,
  session_expiry_interval = 0x11,
  assigned_client_identifier = 0x12,
  server_keep_alive = 0x13,
  authentication_method = 0x15,
  authentication_data = 0x16,
  request_problem_information = 0x17,
  will_delay_interval = 0x18,
  request_response_information = 0x19,
  response_information = 0x1a,
  server_reference = 0x1c,
  reason_string = 0x1f,
  receive_maximum = 0x21,
  topic_alias_maximum = 0x22,
  topic_alias = 0x23,
  maximum_qos = 0x24,
  retain_available = 0x25,
  user_property = 0x26,
  maximum_packet_size = 0x27,
  wildcard_subscription_available = 0x28,
  subscription_identifier_available = 0x29,
  shared_subscription_available = 0x2a,
};

/// Where properties may stand, one bit each.
enum PropertyPlace : unsigned {
  in_connect = 1U << 0U,
  in_will = 1U << 1U,
  in_connack = 1U << 2U,
  in_publish = 1U << 3U,
  in_puback = 1U << 4U,
  in_subscribe = 1U << 5U,
  in_suback = 1U << 6U,
  in_unsubscribe = 1U << 7U,
  in_unsuback = 1U << 8U,
  in_disconnect = 1U << 9U,
};

struct Property {
  PropertyId id{};
  std::uint32_t number = 0;  ///< of integer properties
  std::string text;          ///< of texts and binary data; the value of a user property
  std::string name = {};     ///< of a user property
};

class Properties {
 public:
  /// The number of a property; nothing where it is absent.
  std::optional<std::uint32_t> number(PropertyId id) const;
  /// The text or the octets of a property; nothing where it is absent.
  std::optional<std::string_view> text(PropertyId id) const;
  bool has(PropertyId id) const { return find(id) != nullptr; }
  bool empty() const { return list_.empty(); }
  const std::vector<Property>& list() const { return list_; }

  void add(PropertyId id, std::uint32_t number);
  void add(PropertyId id, std::string_view text);
  void add(Property property) { list_.push_back(std::move(property)); }

 private:
  const Property* find(PropertyId id) const;
  std::vector<Property> list_;
};

/// A packet with more is refused: each costs more memory than octets.
inline constexpr std::size_t properties_max = 64;

/// Reads a property length and the properties. Fails the reader for a property that is not known, not allowed there,
/// repeated where it may not be, or out of its range.
Properties read_properties(Reader& reader, PropertyPlace place);

/// Writes them with their length in front.
void write_properties(Writer& writer, const Properties& properties);

}  // namespace muster::codec::mqtt
