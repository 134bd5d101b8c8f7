// Text from strangers, made fit for people's eyes and for formats that hold text.
#pragma once

#include <string>
#include <string_view>

namespace muster::base {

/// Printable ASCII as it is; every other octet, and the backslash, as \xNN. At most `size_max` octets, with "..." at
/// the end where something was cut off.
std::string printable(std::string_view text, std::size_t size_max);

}  // namespace muster::base
