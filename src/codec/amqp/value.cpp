#include "codec/amqp/value.hpp"

#include <stdexcept>

namespace muster::codec::amqp {

using base::Errc;
using base::Error;
using base::Result;

namespace {

// Constructors, Part 1, section 1.6.
constexpr std::uint8_t described = 0x00;
constexpr std::uint8_t null_value = 0x40;
constexpr std::uint8_t true_value = 0x41;
constexpr std::uint8_t false_value = 0x42;
constexpr std::uint8_t uint_0 = 0x43;
constexpr std::uint8_t ulong_0 = 0x44;
constexpr std::uint8_t list_0 = 0x45;
constexpr std::uint8_t ubyte_value = 0x50;
constexpr std::uint8_t small_uint = 0x52;
constexpr std::uint8_t small_ulong = 0x53;
constexpr std::uint8_t boolean_value = 0x56;
constexpr std::uint8_t uint_value = 0x70;
constexpr std::uint8_t int_value = 0x71;
constexpr std::uint8_t ulong_value = 0x80;
constexpr std::uint8_t binary_8 = 0xa0;
constexpr std::uint8_t binary_32 = 0xb0;
constexpr std::uint8_t string_8 = 0xa1;
constexpr std::uint8_t string_32 = 0xb1;
constexpr std::uint8_t symbol_8 = 0xa3;
constexpr std::uint8_t symbol_32 = 0xb3;
constexpr std::uint8_t list_32 = 0xd0;
constexpr std::uint8_t map_32 = 0xd1;
constexpr std::uint8_t array_32 = 0xf0;

enum class Shape { fixed, variable, list, map, array, unknown };

// Part 1, sections 1.2 and 1.6: the first half of a code says how the value's size is told.
Shape shape_of(std::uint8_t code) {
  switch (code) {
    case 0x40:
    case 0x41:
    case 0x42:
    case 0x43:
    case 0x44:
    case 0x45:
    case 0x50:
    case 0x51:
    case 0x52:
    case 0x53:
    case 0x54:
    case 0x55:
    case 0x56:
    case 0x60:
    case 0x61:
    case 0x70:
    case 0x71:
    case 0x72:
    case 0x73:
    case 0x74:
    case 0x80:
    case 0x81:
    case 0x82:
    case 0x83:
    case 0x84:
    case 0x94:
    case 0x98:
      return Shape::fixed;
    case 0xa0:
    case 0xa1:
    case 0xa3:
    case 0xb0:
    case 0xb1:
    case 0xb3:
      return Shape::variable;
    case 0xc0:
    case 0xd0:
      return Shape::list;
    case 0xc1:
    case 0xd1:
      return Shape::map;
    case 0xe0:
    case 0xf0:
      return Shape::array;
    default:
      return Shape::unknown;
  }
}

std::size_t fixed_size(std::uint8_t code) {
  constexpr std::size_t sizes[] = {0, 1, 2, 4, 8, 16};
  return sizes[(code >> 4U) - 4U];
}

/// How many octets tell the size (and again the count) of a value of this code.
std::size_t width_of(std::uint8_t code) { return (code & 0x10U) != 0 ? 4 : 1; }

class Checker {
 public:
  Checker(ByteView octets, const ValueLimits& limits) : all_(octets), rest_(octets), limits_(limits) {}

  bool value(std::size_t depth) {
    std::uint8_t code = 0;
    return begin(depth, code) && contents(code, depth);
  }

  std::size_t used() const { return all_.size() - rest_.size(); }
  const char* reason() const { return reason_; }

 private:
  bool fail(const char* reason) {
    reason_ = reason;
    return false;
  }

  bool begin(std::size_t depth, std::uint8_t& code) {
    if (depth > limits_.depth_max) return fail("values are nested too deeply");
    if (rest_.empty()) return fail("a value is cut off");
    code = rest_[0];
    rest_ = rest_.subspan(1);
    return true;
  }

  bool contents(std::uint8_t code, std::size_t depth) {
    if (++values_ > limits_.values_max) return fail("too many values");
    if (code == described) return value(depth + 1) && value(depth + 1);
    switch (shape_of(code)) {
      case Shape::fixed:
        return skip(fixed_size(code));
      case Shape::variable: {
        std::size_t size = 0;
        return number(width_of(code), size) && skip(size);
      }
      case Shape::list:
      case Shape::map:
      case Shape::array:
        return compound(code, depth);
      case Shape::unknown:
        break;
    }
    return fail("an unknown type");
  }

  bool compound(std::uint8_t code, std::size_t depth) {
    std::size_t size = 0;
    std::size_t count = 0;
    if (!number(width_of(code), size)) return false;
    if (size > rest_.size()) return fail("a value is cut off");
    const std::size_t end = used() + size;
    if (!number(width_of(code), count)) return false;
    // Before any of them is looked at: none needs an octet of its own.
    if (count > limits_.values_max - values_) return fail("too many values");
    const Shape shape = shape_of(code);
    if (shape == Shape::map && count % 2 != 0) return fail("a map with a key and no value");

    std::uint8_t element = 0;
    if (shape == Shape::array) {
      if (!begin(depth + 1, element)) return false;
      if (element == described && !(value(depth + 1) && begin(depth + 1, element))) return false;
      if (element == described) return fail("an array of values that are described twice");
    }
    for (std::size_t i = 0; i < count; ++i)
      if (!(shape == Shape::array ? contents(element, depth + 1) : value(depth + 1))) return false;
    return used() == end || fail("a value whose size and number of parts differ");
  }

  bool number(std::size_t width, std::size_t& value) {
    if (rest_.size() < width) return fail("a value is cut off");
    value = 0;
    for (const std::uint8_t octet : rest_.first(width)) value = value << 8U | octet;
    rest_ = rest_.subspan(width);
    return true;
  }

  bool skip(std::size_t size) {
    if (rest_.size() < size) return fail("a value is cut off");
    rest_ = rest_.subspan(size);
    return true;
  }

  ByteView all_;
  ByteView rest_;
  const ValueLimits& limits_;
  std::size_t values_ = 0;
  const char* reason_ = "";
};

std::size_t big_endian(ByteView octets) {
  std::size_t number = 0;
  for (const std::uint8_t octet : octets) number = number << 8U | octet;
  return number;
}

}  // namespace

Result<std::size_t> check_value(ByteView octets, const ValueLimits& limits) {
  Checker checker(octets, limits);
  if (!checker.value(0)) return Error(Errc::malformed_request, checker.reason());
  return checker.used();
}

std::optional<Described> read_described(ByteView value) {
  if (value.size() < 3 || value[0] != described) return {};
  const std::uint8_t code = value[1];
  if (code != small_ulong && code != ulong_value && code != ulong_0) return {};
  const std::size_t width = fixed_size(code);
  return Described{big_endian(value.subspan(2, width)), value.subspan(2 + width)};
}

std::optional<std::vector<ByteView>> read_elements(ByteView value) {
  const std::uint8_t code = value[0];
  const Shape shape = shape_of(code);
  std::vector<ByteView> elements;
  if (code == list_0) return elements;
  if (shape != Shape::list && shape != Shape::map) return {};
  ByteView rest = value.subspan(1 + 2 * width_of(code));
  while (!rest.empty()) {
    const auto size = check_value(rest);
    if (!size) return {};
    elements.push_back(rest.first(*size));
    rest = rest.subspan(*size);
  }
  return elements;
}

namespace {

std::optional<ByteView> read_variable(ByteView value, std::uint8_t code_8, std::uint8_t code_32) {
  if (value[0] != code_8 && value[0] != code_32) return {};
  return value.subspan(1 + width_of(value[0]));
}

}  // namespace

std::optional<std::string_view> read_string(ByteView value) {
  auto octets = read_variable(value, string_8, string_32);
  if (!octets) octets = read_variable(value, symbol_8, symbol_32);
  if (!octets) return {};
  return base::text_view(*octets);
}

std::optional<ByteView> read_binary(ByteView value) { return read_variable(value, binary_8, binary_32); }

std::optional<std::uint32_t> read_uint(ByteView value) {
  if (value[0] != uint_0 && value[0] != small_uint && value[0] != uint_value) return {};
  return static_cast<std::uint32_t>(big_endian(value.subspan(1)));
}

bool is_null(ByteView value) { return value[0] == null_value; }

std::optional<bool> read_boolean(ByteView value) {
  if (value[0] == true_value || value[0] == false_value) return value[0] == true_value;
  if (value[0] != boolean_value) return {};
  return value[1] != 0;
}

namespace {

void append(Bytes& out, ByteView octets) { out.insert(out.end(), octets.begin(), octets.end()); }

void append_u32(Bytes& out, std::size_t number) {
  for (const unsigned shift : {24U, 16U, 8U, 0U}) out.push_back(static_cast<std::uint8_t>(number >> shift));
}

Bytes described_compound(std::uint8_t descriptor, std::uint8_t code, const ValueWriter& parts) {
  Bytes out{described, small_ulong, descriptor, code};
  append_u32(out, parts.octets().size() + 4);
  append_u32(out, parts.count());
  append(out, parts.octets());
  return out;
}

}  // namespace

Bytes& ValueWriter::next() {
  ++count_;
  return octets_;
}

void ValueWriter::variable(std::uint8_t code_8, std::uint8_t code_32, ByteView octets) {
  Bytes& out = next();
  if (octets.size() <= 255) {
    out.push_back(code_8);
    out.push_back(static_cast<std::uint8_t>(octets.size()));
  } else {
    out.push_back(code_32);
    append_u32(out, octets.size());
  }
  append(out, octets);
}

ValueWriter& ValueWriter::null() { return encoded(Bytes{null_value}); }

ValueWriter& ValueWriter::boolean(bool value) { return encoded(Bytes{value ? true_value : false_value}); }

ValueWriter& ValueWriter::ubyte(std::uint8_t number) { return encoded(Bytes{ubyte_value, number}); }

ValueWriter& ValueWriter::integer(std::int32_t number) {
  Bytes& out = next();
  out.push_back(int_value);
  append_u32(out, static_cast<std::uint32_t>(number));
  return *this;
}

ValueWriter& ValueWriter::string(std::string_view text) {
  variable(string_8, string_32, base::view(text));
  return *this;
}

ValueWriter& ValueWriter::binary(ByteView octets) {
  variable(binary_8, binary_32, octets);
  return *this;
}

ValueWriter& ValueWriter::symbols(const std::vector<std::string>& texts) {
  Bytes elements{symbol_8};
  for (const std::string& text : texts) {
    if (text.size() > 255) throw std::length_error("a symbol of more than 255 octets");
    elements.push_back(static_cast<std::uint8_t>(text.size()));
    append(elements, base::view(text));
  }
  Bytes& out = next();
  out.push_back(array_32);
  append_u32(out, elements.size() + 4);
  append_u32(out, texts.size());
  append(out, elements);
  return *this;
}

ValueWriter& ValueWriter::encoded(ByteView value) {
  append(next(), value);
  return *this;
}

Bytes described_list(std::uint8_t descriptor, const ValueWriter& fields) {
  return described_compound(descriptor, list_32, fields);
}

Bytes described_map(std::uint8_t descriptor, const ValueWriter& keys_and_values) {
  return described_compound(descriptor, map_32, keys_and_values);
}

Bytes described_value(std::uint8_t descriptor, const ValueWriter& value) {
  Bytes out{described, small_ulong, descriptor};
  append(out, value.octets());
  return out;
}

}  // namespace muster::codec::amqp
