#include "codec/mqtt/reason.hpp"

namespace muster::codec::mqtt {
namespace {

// MQTT 3.1.1 table 3.1.
enum ReturnCode : std::uint8_t {
  accepted = 0,
  unacceptable_protocol_version = 1,
  identifier_rejected = 2,
  server_not_available = 3,
  bad_credentials = 4,
  refused_authorization = 5,
};

}  // namespace

std::uint8_t connack_return_code(ReasonCode code) {
  switch (code) {
    case ReasonCode::success:
      return accepted;
    case ReasonCode::unsupported_protocol_version:
      return unacceptable_protocol_version;
    case ReasonCode::client_identifier_not_valid:
      return identifier_rejected;
    case ReasonCode::unspecified_error:
    case ReasonCode::server_unavailable:
    case ReasonCode::server_busy:
    case ReasonCode::server_shutting_down:
      return server_not_available;
    case ReasonCode::bad_user_name_or_password:
      return bad_credentials;
    default:
      return refused_authorization;
  }
}

ReasonCode reason_of_return_code(std::uint8_t return_code) {
  switch (return_code) {
    case accepted:
      return ReasonCode::success;
    case unacceptable_protocol_version:
      return ReasonCode::unsupported_protocol_version;
    case identifier_rejected:
      return ReasonCode::client_identifier_not_valid;
    case server_not_available:
      return ReasonCode::server_unavailable;
    case bad_credentials:
      return ReasonCode::bad_user_name_or_password;
    default:
      return ReasonCode::not_authorized;
  }
}

}  // namespace muster::codec::mqtt
