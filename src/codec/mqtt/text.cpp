#include "codec/mqtt/text.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace muster::codec::mqtt {
namespace {

/// One row of Unicode's table 3-7, "Well-Formed UTF-8 Byte Sequences": the range of the first octet, how many follow,
/// and the range of the second, which keeps out overlong forms, surrogates and what lies beyond U+10FFFF.
struct Sequence {
  std::uint8_t first_min;
  std::uint8_t first_max;
  std::size_t following;
  std::uint8_t second_min;
  std::uint8_t second_max;
};
constexpr Sequence sequences[] = {
    {0x01, 0x7f, 0, 0x00, 0x00}, {0xc2, 0xdf, 1, 0x80, 0xbf}, {0xe0, 0xe0, 2, 0xa0, 0xbf},
    {0xe1, 0xec, 2, 0x80, 0xbf}, {0xed, 0xed, 2, 0x80, 0x9f}, {0xee, 0xef, 2, 0x80, 0xbf},
    {0xf0, 0xf0, 3, 0x90, 0xbf}, {0xf1, 0xf3, 3, 0x80, 0xbf}, {0xf4, 0xf4, 3, 0x80, 0x8f},
};

std::uint8_t octet(std::string_view text, std::size_t at) { return static_cast<std::uint8_t>(text[at]); }

/// How many octets the character at the beginning takes; nothing where it is none.
std::optional<std::size_t> character_size(std::string_view text) {
  for (const auto& sequence : sequences) {
    if (octet(text, 0) < sequence.first_min || octet(text, 0) > sequence.first_max) continue;
    if (text.size() <= sequence.following) return std::nullopt;
    for (std::size_t i = 1; i <= sequence.following; ++i) {
      const std::uint8_t low = i == 1 ? sequence.second_min : 0x80;
      const std::uint8_t high = i == 1 ? sequence.second_max : 0xbf;
      if (octet(text, i) < low || octet(text, i) > high) return std::nullopt;
    }
    return sequence.following + 1;
  }
  return std::nullopt;
}

/// Takes the first level off a topic or filter; what is left begins behind the slash. Nothing is left after the last.
std::string_view take_level(std::optional<std::string_view>& rest) {
  const auto slash = rest->find('/');
  const std::string_view level = rest->substr(0, slash);
  rest = slash == std::string_view::npos ? std::nullopt : std::optional(rest->substr(slash + 1));
  return level;
}

}  // namespace

bool is_valid_text(std::string_view text) {
  while (!text.empty()) {
    const auto size = character_size(text);
    if (!size) return false;
    text.remove_prefix(*size);
  }
  return true;
}

bool is_topic_name(std::string_view topic) {
  return !topic.empty() && topic.find_first_of("#+") == std::string_view::npos;
}

bool is_topic_filter(std::string_view filter) {
  if (filter.empty()) return false;
  for (std::optional<std::string_view> rest = filter; rest;) {
    const std::string_view level = take_level(rest);
    const bool has_wildcard = level.find_first_of("#+") != std::string_view::npos;
    if (has_wildcard && level.size() > 1) return false;
    if (level == "#" && rest) return false;
  }
  return true;
}

bool topic_matches(std::string_view filter, std::string_view topic) {
  if (topic.starts_with('$') && (filter.starts_with('#') || filter.starts_with('+'))) return false;
  std::optional<std::string_view> filter_rest = filter;
  std::optional<std::string_view> topic_rest = topic;
  while (filter_rest) {
    const std::string_view wanted = take_level(filter_rest);
    // "sport/#" also takes in "sport".
    if (wanted == "#") return true;
    if (!topic_rest) return false;
    const std::string_view level = take_level(topic_rest);
    if (wanted != "+" && wanted != level) return false;
  }
  return !topic_rest;
}

}  // namespace muster::codec::mqtt
