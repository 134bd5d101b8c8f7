// The SASL mechanism "TPM" of Azure DPS over AMQP: how its messages are cut and marked. Seen in the SDKs for Node
// (sasl_tpm), C (prov_sasl_tpm), C# (SaslTpmHandler) and Java (SaslHandlerTPM).
//
// The first octet of each message controls: 0 in front of what is whole; otherwise bit 7 marks a segment, bit 6 the
// last one, bits 0 and 1 count from 0.
#pragma once

#include <array>
#include <optional>
#include <string>

#include "base/bytes.hpp"
#include "base/error.hpp"

namespace muster::codec::tpm {

using base::Bytes;
using base::ByteView;

/// "Send me more": the storage root key after the endorsement key, the next segment after one.
inline const Bytes sasl_go_on{0x00};

/// Puts together what a client says, in one message or in segments.
class SaslAssembly {
 public:
  explicit SaslAssembly(std::size_t size_max) : size_max_(size_max) {}

  /// What was said, without its control octets, once it is whole; nothing where more segments are to come.
  /// Errc::malformed_request for a message without a control octet, a segment out of turn, or more than `size_max`.
  base::Result<std::optional<Bytes>> add(ByteView message);

 private:
  std::size_t size_max_;
  std::size_t segments_ = 0;
  Bytes said_;
};

/// What a client says first: idScope NUL registrationId NUL endorsement key.
struct SaslIntroduction {
  std::string id_scope;
  std::string registration_id;
  Bytes endorsement_key;  ///< TPM2B_PUBLIC
};

/// Errc::malformed_request where it is not that.
base::Result<SaslIntroduction> read_sasl_introduction(ByteView said);

/// The activation blob in exactly two segments, which is what every SDK takes. Nothing where it does not fit into two
/// SASL frames.
std::optional<std::array<Bytes, 2>> sasl_challenge_segments(ByteView activation_blob, std::size_t message_size_max);

}  // namespace muster::codec::tpm
