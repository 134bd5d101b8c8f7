// Percent-encoding (RFC 3986 section 2.1).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace muster::codec {

/// "%2f" to "/", "+" stays "+"; nothing where a percent sign is not followed by two hexadecimal digits or a zero octet
/// comes out.
std::optional<std::string> percent_decode(std::string_view text);

/// Everything but A-Z a-z 0-9 - . _ ~ as %XX, upper case.
std::string percent_encode(std::string_view text);

}  // namespace muster::codec
