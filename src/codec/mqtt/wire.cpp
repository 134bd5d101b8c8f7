#include "codec/mqtt/wire.hpp"

#include <limits>
#include <stdexcept>

#include "codec/mqtt/text.hpp"

namespace muster::codec::mqtt {

std::uint8_t Reader::u8() {
  const ByteView octets = bytes(1);
  return octets.empty() ? std::uint8_t{0} : octets[0];
}

std::uint16_t Reader::u16() {
  const ByteView octets = bytes(2);
  return octets.empty() ? std::uint16_t{0} : static_cast<std::uint16_t>(octets[0] << 8U | octets[1]);
}

std::uint32_t Reader::u32() {
  const std::uint32_t high = u16();
  const std::uint32_t low = u16();
  return high << 16U | low;
}

std::uint32_t Reader::variable_integer() {
  std::uint32_t number = 0;
  for (unsigned shift = 0; shift < 28; shift += 7) {
    const std::uint32_t octet = u8();
    if (failed()) return 0;
    number |= (octet & 0x7fU) << shift;
    if ((octet & 0x80U) != 0) continue;
    if (octet == 0 && shift > 0)
      fail(ReasonCode::malformed_packet, "a variable byte integer is longer than it need be");
    return failed() ? 0 : number;
  }
  fail(ReasonCode::malformed_packet, "a variable byte integer has more than four octets");
  return 0;
}

ByteView Reader::bytes(std::size_t size) {
  if (rest_.size() < size) fail(ReasonCode::malformed_packet, "a packet ends in the middle of a field");
  if (failed()) return {};
  const ByteView octets = rest_.first(size);
  rest_ = rest_.subspan(size);
  return octets;
}

std::string_view Reader::text() {
  const std::string_view text = base::text_view(binary());
  if (is_valid_text(text)) return text;
  fail(ReasonCode::malformed_packet, "a text is not UTF-8, or holds U+0000");
  return {};
}

void Reader::fail(ReasonCode code, const char* reason) {
  if (!violation_) violation_ = Violation{code, reason};
  rest_ = {};
}

void Reader::fail_with(const Reader& part) {
  if (part.violation_) fail(part.violation_->code, part.violation_->reason);
}

void Reader::finish() {
  if (!rest_.empty()) fail(ReasonCode::malformed_packet, "a packet goes on after its last field");
}

Writer& Writer::u8(std::uint8_t number) {
  octets_.push_back(number);
  return *this;
}

Writer& Writer::u16(std::uint16_t number) {
  return u8(static_cast<std::uint8_t>(number >> 8U)).u8(static_cast<std::uint8_t>(number));
}

Writer& Writer::u32(std::uint32_t number) {
  return u16(static_cast<std::uint16_t>(number >> 16U)).u16(static_cast<std::uint16_t>(number));
}

Writer& Writer::variable_integer(std::size_t number) {
  if (number > variable_integer_max) throw std::length_error("a variable byte integer ends at 268435455");
  do {
    const auto low = static_cast<std::uint8_t>(number & 0x7fU);
    number >>= 7U;
    u8(number > 0 ? static_cast<std::uint8_t>(low | 0x80U) : low);
  } while (number > 0);
  return *this;
}

Writer& Writer::bytes(ByteView octets) {
  octets_.insert(octets_.end(), octets.begin(), octets.end());
  return *this;
}

Writer& Writer::binary(ByteView octets) {
  if (octets.size() > std::numeric_limits<std::uint16_t>::max())
    throw std::length_error("a text or binary field of MQTT holds at most 65535 octets");
  return u16(static_cast<std::uint16_t>(octets.size())).bytes(octets);
}

}  // namespace muster::codec::mqtt
