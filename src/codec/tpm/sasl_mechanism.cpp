#include "codec/tpm/sasl_mechanism.hpp"

#include <algorithm>
#include <utility>

namespace muster::codec::tpm {

using base::Errc;
using base::Error;
using base::Result;

namespace {

constexpr std::uint8_t segment_bit = 0x80;
constexpr std::uint8_t last_bit = 0x40;
constexpr std::uint8_t sequence_bits = 0x03;

}  // namespace

Result<std::optional<Bytes>> SaslAssembly::add(ByteView message) {
  if (message.empty()) return Error(Errc::malformed_request, "a TPM message without a control octet");
  const std::uint8_t control = message[0];
  const ByteView contents = message.subspan(1);
  const bool is_segment = (control & segment_bit) != 0;
  if (!is_segment && segments_ > 0) return Error(Errc::malformed_request, "a TPM message amid the segments of another");
  if (is_segment && (control & sequence_bits) != (segments_ & sequence_bits))
    return Error(Errc::malformed_request, "a TPM segment out of its turn");
  if (contents.size() > size_max_ - said_.size())
    return Error(Errc::malformed_request, "a TPM message that is too long");
  said_.insert(said_.end(), contents.begin(), contents.end());
  ++segments_;
  if (is_segment && (control & last_bit) == 0) return std::optional<Bytes>();
  segments_ = 0;
  return std::optional(std::exchange(said_, {}));
}

Result<SaslIntroduction> read_sasl_introduction(ByteView said) {
  const auto first = std::find(said.begin(), said.end(), 0);
  const auto second = first == said.end() ? first : std::find(first + 1, said.end(), 0);
  if (second == said.end()) return Error(Errc::malformed_request, "no TPM introduction");
  SaslIntroduction introduction;
  introduction.id_scope.assign(said.begin(), first);
  introduction.registration_id.assign(first + 1, second);
  introduction.endorsement_key.assign(second + 1, said.end());
  return introduction;
}

std::optional<std::array<Bytes, 2>> sasl_challenge_segments(ByteView activation_blob, std::size_t message_size_max) {
  const std::size_t segment_size_max = message_size_max - 1;
  const std::size_t first_size = std::min(activation_blob.size(), segment_size_max);
  const ByteView first = activation_blob.first(first_size);
  const ByteView second = activation_blob.subspan(first_size);
  if (second.size() > segment_size_max) return {};
  return std::array<Bytes, 2>{base::concat({Bytes{segment_bit}, first}),
                              base::concat({Bytes{segment_bit | last_bit | 1}, second})};
}

}  // namespace muster::codec::tpm
