// Why a packet, a request or a connection is refused, in MQTT's own numbers.
#pragma once

#include <cstdint>

namespace muster::codec::mqtt {

/// The versions that are spoken: OASIS "MQTT Version 3.1.1" (2014) and "MQTT Version 5.0" (2019). The values are the
/// protocol levels of CONNECT.
enum class Version : std::uint8_t { v3_1_1 = 4, v5 = 5 };

/// MQTT 5.0 section 2.4, as far as a server says them or understands them.
enum class ReasonCode : std::uint8_t {
  success = 0x00,
  no_subscription_existed = 0x11,
  unspecified_error = 0x80,
  malformed_packet = 0x81,
  protocol_error = 0x82,
  implementation_specific_error = 0x83,
  unsupported_protocol_version = 0x84,
  client_identifier_not_valid = 0x85,
  bad_user_name_or_password = 0x86,
  not_authorized = 0x87,
  server_unavailable = 0x88,
  server_busy = 0x89,
  server_shutting_down = 0x8b,
  bad_authentication_method = 0x8c,
  keep_alive_timeout = 0x8d,
  session_taken_over = 0x8e,
  topic_filter_invalid = 0x8f,
  topic_name_invalid = 0x90,
  receive_maximum_exceeded = 0x93,
  topic_alias_invalid = 0x94,
  packet_too_large = 0x95,
  quota_exceeded = 0x97,
  payload_format_invalid = 0x99,
  retain_not_supported = 0x9a,
  qos_not_supported = 0x9b,
  shared_subscriptions_not_supported = 0x9e,
  subscription_identifiers_not_supported = 0xa1,
};

/// What a peer did that ends its connection. The sentence is for the log and, with MQTT 5, for the peer; it names no
/// secret.
struct Violation {
  ReasonCode code = ReasonCode::malformed_packet;
  const char* reason = "";
};

/// The return code of an MQTT 3.1.1 CONNACK (section 3.2.2.3) that comes closest.
std::uint8_t connack_return_code(ReasonCode code);
/// The other way round, for clients: a return code of 3.1.1 as a reason code.
ReasonCode reason_of_return_code(std::uint8_t return_code);

}  // namespace muster::codec::mqtt
