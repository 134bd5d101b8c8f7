#include "codec/amqp/sasl.hpp"

#include <stdexcept>

#include "codec/amqp/framing.hpp"
#include "codec/amqp/value.hpp"

namespace muster::codec::amqp {

using base::Errc;
using base::Error;
using base::Result;

namespace {

constexpr std::uint8_t mechanisms_code = 0x40;
constexpr std::uint8_t init_code = 0x41;
constexpr std::uint8_t challenge_code = 0x42;
constexpr std::uint8_t response_code = 0x43;
constexpr std::uint8_t outcome_code = 0x44;

}  // namespace

Result<SaslMessage> read_sasl_message(ByteView body) {
  const auto size = check_value(body);
  if (!size) return size.error();
  const auto performative = read_described(body);
  const bool is_init = performative && performative->descriptor == init_code;
  if (!is_init && !(performative && performative->descriptor == response_code))
    return Error(Errc::malformed_request, "a SASL frame that no client sends");
  const auto fields = read_elements(performative->value);
  // sasl-init: mechanism, initial-response, hostname. sasl-response: response.
  const std::size_t octets_at = is_init ? 1 : 0;
  SaslMessage message;
  if (is_init) {
    const auto mechanism = fields && !fields->empty() ? read_string(fields->front()) : std::nullopt;
    if (!mechanism || mechanism->empty()) return Error(Errc::malformed_request, "a sasl-init without a mechanism");
    message.mechanism = *mechanism;
  }
  if (fields && fields->size() > octets_at && !is_null((*fields)[octets_at])) {
    const auto octets = read_binary((*fields)[octets_at]);
    if (!octets) return Error(Errc::malformed_request, "a SASL response that is no binary");
    message.octets = base::to_bytes(*octets);
  }
  return message;
}

Bytes make_sasl_mechanisms(const std::vector<std::string>& mechanisms) {
  ValueWriter fields;
  fields.symbols(mechanisms);
  return make_frame(FrameType::sasl, described_list(mechanisms_code, fields));
}

Bytes make_sasl_challenge(ByteView challenge) {
  if (challenge.size() > sasl_challenge_size_max) throw std::length_error("a SASL challenge that fits in no frame");
  ValueWriter fields;
  fields.binary(challenge);
  return make_frame(FrameType::sasl, described_list(challenge_code, fields));
}

Bytes make_sasl_outcome(SaslOutcome outcome) {
  ValueWriter fields;
  fields.ubyte(static_cast<std::uint8_t>(outcome));
  return make_frame(FrameType::sasl, described_list(outcome_code, fields));
}

Result<PlainCredentials> read_plain(ByteView message) {
  const std::string_view text = base::text_view(message);
  const auto first = text.find('\0');
  const auto second = first == std::string_view::npos ? first : text.find('\0', first + 1);
  if (second == std::string_view::npos) return Error(Errc::credentials_malformed, "no PLAIN message");
  const std::string_view password = text.substr(second + 1);
  if (password.find('\0') != std::string_view::npos) return Error(Errc::credentials_malformed, "no PLAIN message");
  PlainCredentials credentials;
  credentials.authorization_id = text.substr(0, first);
  credentials.authentication_id = text.substr(first + 1, second - first - 1);
  credentials.password = base::Secret(base::to_bytes(password));
  return credentials;
}

}  // namespace muster::codec::amqp
