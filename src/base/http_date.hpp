// The date form of HTTP, which Azure's management API has in bodies, too.
#pragma once

#include <string>

#include "base/clock.hpp"

namespace muster::base {

/// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 section 5.6.7), fractions of a second cut off.
std::string to_http_date(TimePoint time);

}  // namespace muster::base
