// Octets, and the three ways of writing them as text that the protocols use.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace muster::base {

using Bytes = std::vector<std::uint8_t>;
/// Octets that belong to somebody else; valid as long as they are.
using ByteView = std::span<const std::uint8_t>;

/// The octets of a text, without a copy.
ByteView view(std::string_view text);
/// Octets as characters, without a copy.
std::string_view text_view(ByteView bytes);
Bytes to_bytes(std::string_view text);
Bytes to_bytes(ByteView bytes);
/// The parts one after the other.
Bytes concat(std::initializer_list<ByteView> parts);

/// Lower-case hexadecimal.
std::string to_hex(ByteView bytes);
/// Either case; nothing where a character is not a hexadecimal digit or one is left over.
std::optional<Bytes> from_hex(std::string_view text);

/// RFC 4648 section 4, with padding.
std::string to_base64(ByteView bytes);
/// RFC 4648 section 4, strict: padding where it belongs, no other characters, no stray bits in the last one.
std::optional<Bytes> from_base64(std::string_view text);
/// The same after white space is removed: people paste keys with line ends.
std::optional<Bytes> from_base64_lenient(std::string_view text);

/// RFC 4648 section 6 in lower case and without padding, as Azure derives registration ids.
std::string to_base32_lower(ByteView bytes);

/// ASCII only: ids and header names are.
std::string to_lower(std::string_view text);
bool equal_ignoring_case(std::string_view left, std::string_view right);

}  // namespace muster::base
