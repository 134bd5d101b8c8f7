#include "codec/tpm/marshal.hpp"

#include <limits>
#include <stdexcept>
#include <utility>

namespace muster::codec::tpm {

std::uint16_t Reader::u16() {
  const ByteView octets = bytes(2);
  if (failed_) return 0;
  return static_cast<std::uint16_t>(octets[0] << 8U | octets[1]);
}

std::uint32_t Reader::u32() {
  const std::uint32_t high = u16();
  const std::uint32_t low = u16();
  return high << 16U | low;
}

ByteView Reader::bytes(std::size_t size) {
  if (failed_ || rest_.size() < size) {
    failed_ = true;
    rest_ = {};
    return {};
  }
  const ByteView octets = rest_.first(size);
  rest_ = rest_.subspan(size);
  return octets;
}

ByteView Reader::sized(std::size_t size_max) {
  const std::size_t size = u16();
  if (size > size_max) failed_ = true;
  return bytes(size);
}

Writer& Writer::u16(std::uint16_t number) {
  octets_.push_back(static_cast<std::uint8_t>(number >> 8U));
  octets_.push_back(static_cast<std::uint8_t>(number));
  return *this;
}

Writer& Writer::u32(std::uint32_t number) {
  return u16(static_cast<std::uint16_t>(number >> 16U)).u16(static_cast<std::uint16_t>(number));
}

Writer& Writer::bytes(ByteView octets) {
  octets_.insert(octets_.end(), octets.begin(), octets.end());
  return *this;
}

Writer& Writer::sized(ByteView contents) {
  if (contents.size() > std::numeric_limits<std::uint16_t>::max())
    throw std::length_error("a TPM2B holds at most 65535 octets");
  return u16(static_cast<std::uint16_t>(contents.size())).bytes(contents);
}

Bytes Writer::take() { return std::exchange(octets_, {}); }

}  // namespace muster::codec::tpm
