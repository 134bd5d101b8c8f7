// MQTT's data representation (3.1.1 section 1.5, 5.0 section 1.5): big-endian integers, sized texts and octets.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "codec/mqtt/reason.hpp"

namespace muster::codec::mqtt {

using base::Bytes;
using base::ByteView;

inline constexpr std::uint32_t variable_integer_max = 268'435'455;

/// Reads from octets that belong to somebody else. The first thing that is wrong stays in `violation()` and every
/// further read yields zero or nothing, so that a packet is read in a straight line and checked once at its end.
class Reader {
 public:
  explicit Reader(ByteView octets) : rest_(octets) {}

  std::uint8_t u8();
  std::uint16_t u16();
  std::uint32_t u32();
  /// One to four octets, the shortest form.
  std::uint32_t variable_integer();
  ByteView bytes(std::size_t size);
  ByteView binary() { return bytes(u16()); }
  /// Fails where it is no UTF-8 encoded string.
  std::string_view text();
  /// What a variable integer announces, as a reader of its own.
  Reader part() { return Reader(bytes(variable_integer())); }

  ByteView rest() const { return rest_; }
  bool at_end() const { return rest_.empty(); }
  void fail(ReasonCode code, const char* reason);
  /// Takes over what went wrong in a part.
  void fail_with(const Reader& part);
  /// Fails where something is left.
  void finish();
  bool failed() const { return violation_.has_value(); }
  const std::optional<Violation>& violation() const { return violation_; }

 private:
  ByteView rest_;
  std::optional<Violation> violation_;
};

/// Appends to octets. Throws std::length_error for what MQTT cannot say.
class Writer {
 public:
  explicit Writer(Bytes& octets) : octets_(octets) {}

  Writer& u8(std::uint8_t number);
  Writer& u16(std::uint16_t number);
  Writer& u32(std::uint32_t number);
  Writer& variable_integer(std::size_t number);
  Writer& bytes(ByteView octets);
  Writer& binary(ByteView octets);
  Writer& text(std::string_view text) { return binary(base::view(text)); }

 private:
  Bytes& octets_;
};

}  // namespace muster::codec::mqtt
