// Paths as Azure's clients write them: literals in any case, an optional slash at the end, percent-encoded ids.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace muster::dialect::azure {

/// The decoded segments of a path, at most 12. malformed_request where one does not decode; unknown_route where there
/// are more, or none.
base::Result<std::vector<std::string>> segments_of(std::string_view path);

/// Whether a route's path, such as "enrollments/{id}", is the one of these segments. Words compare without regard to
/// case; what stands in braces stands for any one segment.
bool fits(std::string_view route, const std::vector<std::string>& segments);

/// api-version: a date, with -preview or without. Azure's clients send many; what matters is what a request asks for.
/// malformed_request where it is missing or no date.
base::Status check_api_version(std::string_view query);

}  // namespace muster::dialect::azure
