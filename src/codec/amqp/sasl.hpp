// The SASL layer of AMQP 1.0, the server's side (Part 5, Security, section 5.3), and SASL's PLAIN (RFC 4616).
#pragma once

#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "base/secret.hpp"

namespace muster::codec::amqp {

using base::Bytes;
using base::ByteView;

/// What a client sends: sasl-init, with the mechanism that it chose, or sasl-response, without.
struct SaslMessage {
  std::string mechanism;  ///< empty in a response
  Bytes octets;           ///< the initial response or the response; may be empty
  bool is_init() const { return !mechanism.empty(); }
};

/// Section 5.3.3.6.
enum class SaslOutcome : std::uint8_t { ok = 0, auth = 1, sys = 2 };

/// Reads the body of a SASL frame. Errc::malformed_request for what only servers send, and for malformed fields.
base::Result<SaslMessage> read_sasl_message(ByteView body);

/// Whole frames.
Bytes make_sasl_mechanisms(const std::vector<std::string>& mechanisms);
/// At most `sasl_challenge_size_max` octets; std::length_error beyond.
Bytes make_sasl_challenge(ByteView challenge);
Bytes make_sasl_outcome(SaslOutcome outcome);

/// What fits beside the frame's own octets into the 512 that a SASL frame may have.
inline constexpr std::size_t sasl_challenge_size_max = 512 - 25;

struct PlainCredentials {
  std::string authorization_id;
  std::string authentication_id;
  base::Secret password;
};

/// RFC 4616 section 2: [authzid] NUL authcid NUL passwd. Errc::credentials_malformed otherwise.
base::Result<PlainCredentials> read_plain(ByteView message);

}  // namespace muster::codec::amqp
