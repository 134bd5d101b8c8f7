// The release that this is.
#pragma once

namespace muster::base {

/// The release, as `muster --version` and the Server header say it.
inline constexpr const char* version = "0.1.0";

}  // namespace muster::base
