// JSON values as YAML for people.
#pragma once

#include <boost/json/fwd.hpp>
#include <string>

namespace muster::cli {

/// A mapping in block style: members in the order of the object, texts of several lines as literal blocks, other texts
/// in quotation marks where they would mean something else without. `parse_yaml` reads the same value out of it.
std::string to_yaml(const boost::json::object& object);

}  // namespace muster::cli
