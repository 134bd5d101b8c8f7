#include "codec/percent_encoding.hpp"

#include <array>

#include "base/bytes.hpp"

namespace muster::codec {
namespace {

bool is_unreserved(char character) {
  return (character >= 'A' && character <= 'Z') || (character >= 'a' && character <= 'z') ||
         (character >= '0' && character <= '9') || character == '-' || character == '.' || character == '_' ||
         character == '~';
}

}  // namespace

std::optional<std::string> percent_decode(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded.push_back(text[i]);
      continue;
    }
    const auto octet = base::from_hex(text.substr(i + 1, 2));
    if (!octet || octet->size() != 1 || octet->front() == 0) return std::nullopt;
    decoded.push_back(static_cast<char>(octet->front()));
    i += 2;
  }
  return decoded;
}

std::string percent_encode(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string encoded;
  encoded.reserve(text.size());
  for (const char character : text) {
    if (is_unreserved(character)) {
      encoded.push_back(character);
      continue;
    }
    const auto octet = static_cast<unsigned char>(character);
    encoded.push_back('%');
    encoded.push_back(digits[octet >> 4U]);
    encoded.push_back(digits[octet & 0xfU]);
  }
  return encoded;
}

}  // namespace muster::codec
