#include "codec/json.hpp"

#include <algorithm>
#include <boost/json/parser.hpp>
#include <boost/json/value.hpp>
#include <cmath>
#include <string>

namespace muster::codec {
namespace {

using base::Errc;
using base::Error;

Error malformed(const boost::system::error_code& reason, std::size_t position) {
  return Error(Errc::malformed_json, reason.message() + " at octet " + std::to_string(position + 1));
}

void escape(std::string& out, unsigned unit) {
  constexpr std::string_view digits = "0123456789abcdef";
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out += digits[(unit >> shift) & 0xfU];
}

/// JSON has no infinity, so a number that became one could be stored but never read again. The depth is bounded by the
/// parser.
bool is_finite(const boost::json::value& value) {
  if (const auto* number = value.if_double()) return std::isfinite(*number);
  if (const auto* array = value.if_array()) return std::all_of(array->begin(), array->end(), is_finite);
  if (const auto* object = value.if_object())
    return std::all_of(object->begin(), object->end(), [](const auto& member) { return is_finite(member.value()); });
  return true;
}

}  // namespace

base::Result<boost::json::value> parse_json(std::string_view text, std::size_t size_max) {
  if (text.size() > size_max)
    return Error(Errc::body_too_large,
                 std::to_string(text.size()) + " octets of JSON, allowed are " + std::to_string(size_max));

  boost::json::parse_options options;
  options.max_depth = json_depth_max;
  boost::json::parser parser({}, options);
  boost::system::error_code reason;
  const std::size_t read = parser.write(text.data(), text.size(), reason);
  if (reason) return malformed(reason, read);
  boost::json::value value = parser.release();
  if (!is_finite(value)) return Error(Errc::malformed_json, "a number is too large");
  return value;
}

std::string to_ascii_json(std::string_view text) {
  const auto is_ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80U; };
  if (std::ranges::all_of(text, is_ascii)) return std::string(text);
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const auto octet_at = [&](std::size_t index) {
      return index < text.size() ? static_cast<unsigned char>(text[index]) : 0U;
    };
    const unsigned lead = octet_at(at);
    if (lead < 0x80U) {
      out += text[at++];
      continue;
    }
    // RFC 3629 section 3: how many octets a character has, and what its first one contributes.
    const std::size_t size = lead < 0xe0U ? 2 : lead < 0xf0U ? 3 : 4;
    unsigned character = lead & (0x7fU >> size);
    for (std::size_t i = 1; i < size; ++i) character = (character << 6U) | (octet_at(at + i) & 0x3fU);
    at += size;
    if (character < 0x10000U) {
      escape(out, character);
    } else {
      escape(out, 0xd800U + ((character - 0x10000U) >> 10U));
      escape(out, 0xdc00U + ((character - 0x10000U) & 0x3ffU));
    }
  }
  return out;
}

}  // namespace muster::codec
