#include "crypto/der.hpp"

#include <array>
#include <charconv>
#include <ctime>
#include <limits>
#include <stdexcept>

namespace muster::crypto::der {
namespace {

constexpr std::uint8_t context_specific = 0x80;
constexpr std::uint8_t constructed_bit = 0x20;

void append_length(Bytes& octets, std::size_t size) {
  if (size < 0x80) {
    octets.push_back(static_cast<std::uint8_t>(size));
    return;
  }
  Bytes reversed;
  for (; size > 0; size >>= 8U) reversed.push_back(static_cast<std::uint8_t>(size));
  octets.push_back(static_cast<std::uint8_t>(0x80U | reversed.size()));
  octets.insert(octets.end(), reversed.rbegin(), reversed.rend());
}

void append_arc(Bytes& octets, std::uint64_t arc) {
  Bytes reversed{static_cast<std::uint8_t>(arc & 0x7fU)};
  for (arc >>= 7U; arc > 0; arc >>= 7U) reversed.push_back(static_cast<std::uint8_t>(0x80U | (arc & 0x7fU)));
  octets.insert(octets.end(), reversed.rbegin(), reversed.rend());
}

std::vector<std::uint32_t> arcs_of(std::string_view dotted) {
  std::vector<std::uint32_t> arcs;
  const char* position = dotted.data();
  const char* const end = position + dotted.size();
  while (true) {
    std::uint32_t arc = 0;
    const auto [after, failure] = std::from_chars(position, end, arc);
    if (failure != std::errc{}) return {};
    arcs.push_back(arc);
    if (after == end) return arcs;
    if (*after != '.') return {};
    position = after + 1;
  }
}

std::tm calendar(base::TimePoint time) {
  const std::time_t seconds = static_cast<std::time_t>(base::to_unix_seconds(time));
  std::tm parts{};
  if (gmtime_r(&seconds, &parts) == nullptr) throw std::invalid_argument("a time that has no calendar date");
  const int year = parts.tm_year + 1900;
  if (year < 1950 || year > 9999) throw std::invalid_argument("a certificate cannot express this year");
  return parts;
}

Bytes written(Tag tag, const std::tm& parts, const char* form) {
  std::array<char, 32> text{};
  const std::size_t size = std::strftime(text.data(), text.size(), form, &parts);
  return value(tag, {base::view({text.data(), size})});
}

}  // namespace

Bytes value(std::uint8_t tag, std::initializer_list<ByteView> parts) {
  std::size_t size = 0;
  for (const auto& part : parts) size += part.size();
  Bytes octets{tag};
  octets.reserve(size + 6);
  append_length(octets, size);
  for (const auto& part : parts) octets.insert(octets.end(), part.begin(), part.end());
  return octets;
}

Bytes value(Tag tag, std::initializer_list<ByteView> parts) { return value(static_cast<std::uint8_t>(tag), parts); }

Bytes constructed(unsigned number, ByteView contents) {
  return value(static_cast<std::uint8_t>(context_specific | constructed_bit | number), {contents});
}

Bytes primitive(unsigned number, ByteView contents) {
  return value(static_cast<std::uint8_t>(context_specific | number), {contents});
}

Bytes boolean(bool is_true) {
  const std::array<std::uint8_t, 1> octet{static_cast<std::uint8_t>(is_true ? 0xff : 0x00)};
  return value(Tag::boolean, {octet});
}

Bytes integer(std::uint64_t number) {
  std::array<std::uint8_t, 8> octets{};
  for (std::size_t i = 0; i < octets.size(); ++i) octets[i] = static_cast<std::uint8_t>(number >> (56U - 8U * i));
  return integer(ByteView(octets));
}

Bytes integer(ByteView big_endian) {
  while (big_endian.size() > 1 && big_endian.front() == 0) big_endian = big_endian.subspan(1);
  static constexpr std::array<std::uint8_t, 1> zero{0};
  // The first bit is the sign.
  const bool looks_negative = !big_endian.empty() && (big_endian.front() & 0x80U) != 0;
  return value(Tag::integer, {looks_negative || big_endian.empty() ? ByteView(zero) : ByteView{}, big_endian});
}

Bytes object_identifier(std::string_view dotted) {
  const auto arcs = arcs_of(dotted);
  if (arcs.size() < 2 || arcs[0] > 2 || (arcs[0] < 2 && arcs[1] > 39))
    throw std::invalid_argument("not an object identifier: " + std::string(dotted));
  Bytes contents;
  append_arc(contents, std::uint64_t{arcs[0]} * 40 + arcs[1]);
  for (std::size_t i = 2; i < arcs.size(); ++i) append_arc(contents, arcs[i]);
  return value(Tag::object_identifier, {contents});
}

Bytes bit_string(ByteView octets) {
  static constexpr std::array<std::uint8_t, 1> unused_bits{0};
  return value(Tag::bit_string, {unused_bits, octets});
}

Bytes named_bits(std::uint16_t bits) {
  Bytes octets(1, 0);  // how many bits of the last octet are unused
  unsigned used = 0;
  for (unsigned i = 0; i < std::numeric_limits<std::uint16_t>::digits; ++i)
    if ((bits >> i & 1U) != 0) used = i + 1;
  octets.resize(1 + (used + 7) / 8);
  for (unsigned i = 0; i < used; ++i)
    if ((bits >> i & 1U) != 0) octets[1 + i / 8] = static_cast<std::uint8_t>(octets[1 + i / 8] | 0x80U >> i % 8);
  octets[0] = static_cast<std::uint8_t>((8 - used % 8) % 8);
  return value(Tag::bit_string, {octets});
}

Bytes enumerated(std::uint8_t number) {
  constexpr std::uint8_t enumerated_tag = 0x0a;
  const std::array<std::uint8_t, 1> octet{number};
  return value(enumerated_tag, {octet});
}

Bytes time(base::TimePoint time) {
  const std::tm parts = calendar(time);
  return parts.tm_year + 1900 < 2050 ? written(Tag::utc_time, parts, "%y%m%d%H%M%SZ") : generalized_time(time);
}

Bytes generalized_time(base::TimePoint time) { return written(Tag::generalized_time, calendar(time), "%Y%m%d%H%M%SZ"); }

}  // namespace muster::crypto::der
