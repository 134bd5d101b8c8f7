// MQTT control packets as values, those of 3.1.1 and of 5.0 in one form. What only version 5 has (properties, reason
// codes of acknowledgements) is empty or success with 3.1.1.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/secret.hpp"
#include "codec/mqtt/framer.hpp"
#include "codec/mqtt/properties.hpp"
#include "codec/mqtt/reason.hpp"

namespace muster::codec::mqtt {

/// A message that a server publishes when its client is lost.
struct Will {
  std::string topic;
  Bytes payload;
  std::uint8_t qos = 0;
  bool retain = false;
  Properties properties;
};

struct Connect {
  Version version = Version::v3_1_1;
  std::string client_id;
  bool clean_session = true;             ///< "clean start" in 5.0
  std::uint16_t keep_alive_seconds = 0;  ///< 0: no limit
  std::optional<std::string> user_name;
  std::optional<base::Secret> password;
  std::optional<Will> will;
  Properties properties;
};

struct Connack {
  bool session_present = false;
  ReasonCode code = ReasonCode::success;
  Properties properties;
};

struct Publish {
  std::string topic;
  std::string payload;
  std::uint8_t qos = 0;
  std::uint16_t packet_id = 0;  ///< 0 where qos is 0
  bool retain = false;
  bool duplicate = false;
  Properties properties;
};

struct Puback {
  std::uint16_t packet_id = 0;
  ReasonCode code = ReasonCode::success;
  Properties properties;
};

struct Subscription {
  std::string filter;
  std::uint8_t qos = 0;
};

struct Subscribe {
  std::uint16_t packet_id = 0;
  std::vector<Subscription> subscriptions;
  Properties properties;
};

/// One code for each subscription: the granted QoS (0 to 2), or 0x80 and above for a refusal.
struct Suback {
  std::uint16_t packet_id = 0;
  std::vector<std::uint8_t> codes;
  Properties properties;
};

struct Unsubscribe {
  std::uint16_t packet_id = 0;
  std::vector<std::string> filters;
  Properties properties;
};

/// One code for each filter; 3.1.1 has none.
struct Unsuback {
  std::uint16_t packet_id = 0;
  std::vector<ReasonCode> codes;
  Properties properties;
};

struct Pingreq {};
struct Pingresp {};

struct Disconnect {
  ReasonCode code = ReasonCode::success;
  Properties properties;
};

using Packet = std::variant<Connect, Connack, Publish, Puback, Subscribe, Suback, Unsubscribe, Unsuback, Pingreq,
                            Pingresp, Disconnect>;

/// Filters of one SUBSCRIBE or UNSUBSCRIBE beyond which it is refused: each costs more memory than octets.
inline constexpr std::size_t filters_max = 64;

/// Reads a packet. The version is what the connection's CONNECT said; it does not matter for CONNECT itself. Refused
/// are a packet that is malformed, and those of QoS 2 (PUBREC, PUBREL, PUBCOMP) and AUTH, which are not spoken; a
/// PUBLISH with QoS 2 is a value like others. A protocol name or level other than 3.1.1's and 5.0's is
/// unsupported_protocol_version.
std::variant<Packet, Violation> parse(const Frame& frame, Version version);

/// Appends a packet's octets. A Connect is written in its own version. Throws std::length_error where a text is longer
/// than 65535 octets.
void serialize(Bytes& out, const Packet& packet, Version version);

}  // namespace muster::codec::mqtt
