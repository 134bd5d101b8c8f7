// Values of AMQP 1.0 (Part 1, Types), read and written as octets.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/error.hpp"

namespace muster::codec::amqp {

using base::Bytes;
using base::ByteView;

struct ValueLimits {
  std::size_t depth_max = 8;
  /// Of all values in one check. An array of a billion nulls has no octets for them, but a reader makes room for each.
  std::size_t values_max = 1024;
};

/// Checks that octets begin with one whole value whose every part lies inside it and says truly how long it is and how
/// many values it holds. Returns its size. Errc::malformed_request otherwise.
base::Result<std::size_t> check_value(ByteView octets, const ValueLimits& limits = {});

/// Writes values one after the other. What is longer than 2^32-1 octets is the caller's mistake.
class ValueWriter {
 public:
  ValueWriter& null();
  ValueWriter& boolean(bool value);
  ValueWriter& ubyte(std::uint8_t number);
  ValueWriter& integer(std::int32_t number);
  ValueWriter& string(std::string_view text);
  ValueWriter& binary(ByteView octets);
  /// Each symbol at most 255 octets long; std::length_error beyond.
  ValueWriter& symbols(const std::vector<std::string>& texts);
  /// A value that is encoded already.
  ValueWriter& encoded(ByteView value);

  /// How many values were written.
  std::size_t count() const { return count_; }
  const Bytes& octets() const { return octets_; }

 private:
  Bytes& next();
  void variable(std::uint8_t code_8, std::uint8_t code_32, ByteView octets);

  std::size_t count_ = 0;
  Bytes octets_;
};

/// A list or a map of what was written, under a descriptor's number.
Bytes described_list(std::uint8_t descriptor, const ValueWriter& fields);
Bytes described_map(std::uint8_t descriptor, const ValueWriter& keys_and_values);
/// One value that was written, under a descriptor's number.
Bytes described_value(std::uint8_t descriptor, const ValueWriter& value);

/// A text or octets of one encoded value; nothing where it is of another type. The value has been checked.
std::optional<std::string_view> read_string(ByteView value);
std::optional<ByteView> read_binary(ByteView value);
std::optional<bool> read_boolean(ByteView value);
/// AMQP's uint, whichever of its three encodings.
std::optional<std::uint32_t> read_uint(ByteView value);
bool is_null(ByteView value);
/// The values of a list or a map that has been checked, one after the other; nothing where it is neither.
std::optional<std::vector<ByteView>> read_elements(ByteView value);

/// A described value that has been checked, taken apart.
struct Described {
  std::uint64_t descriptor = 0;
  ByteView value;
};
/// Nothing where its descriptor is no number.
std::optional<Described> read_described(ByteView value);

}  // namespace muster::codec::amqp
