// Whether a JSON object is what a query asks for.
#pragma once

#include <boost/json/fwd.hpp>
#include <span>
#include <string_view>

#include "base/error.hpp"
#include "codec/query/query.hpp"

namespace muster::dialect::azure {

/// invalid_query where a condition begins with a member that no object of this kind has. Names compare without regard
/// to case.
base::Status check_members(const codec::Query& query, std::span<const std::string_view> known);

/// Whether all conditions hold: the member at the path has the value. An absent member equals null. Texts compare
/// exactly.
bool matches(const boost::json::object& object, const codec::Query& query);

}  // namespace muster::dialect::azure
