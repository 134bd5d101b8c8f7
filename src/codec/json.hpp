// JSON from strangers.
#pragma once

#include <boost/json/fwd.hpp>
#include <cstddef>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace muster::codec {

inline constexpr std::size_t json_size_max = 64 * 1024;
inline constexpr std::size_t json_depth_max = 32;

/// Reads one JSON text (RFC 8259) with at most 32 levels of nesting. Of members with the same name the last one
/// counts, as with Azure; a number beyond what a double holds is refused. Errc::body_too_large beyond `size_max`
/// octets; Errc::malformed_json otherwise, with the position of the octet at which reading stopped. Include
/// <boost/json/value.hpp> to use the result.
base::Result<boost::json::value> parse_json(std::string_view text, std::size_t size_max = json_size_max);

/// The same JSON text in ASCII alone: every character beyond it is written as \uXXXX (RFC 8259 section 7). `text` is
/// valid UTF-8.
std::string to_ascii_json(std::string_view text);

}  // namespace muster::codec
