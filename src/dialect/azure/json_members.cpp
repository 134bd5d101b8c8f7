#include "dialect/azure/json_members.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

namespace muster::dialect::azure {

namespace json = boost::json;
using base::Errc;
using base::Error;
using base::Result;

const json::value* JsonMembers::find(std::string_view name) const {
  const auto* found = object_.if_contains(name);
  return found == nullptr || found->is_null() ? nullptr : found;
}

Result<std::optional<std::string>> JsonMembers::text(std::string_view name, std::size_t size_max) const {
  const auto* found = find(name);
  if (found == nullptr) return std::optional<std::string>();
  if (!found->is_string()) return refuse(name, "is not a text");
  if (found->get_string().size() > size_max)
    return refuse(name, "is longer than " + std::to_string(size_max) + " octets");
  return std::optional(std::string(found->get_string()));
}

Result<std::optional<bool>> JsonMembers::flag(std::string_view name) const {
  const auto* found = find(name);
  if (found == nullptr) return std::optional<bool>();
  if (!found->is_bool()) return refuse(name, "is neither true nor false");
  return std::optional(found->get_bool());
}

Result<std::optional<std::int64_t>> JsonMembers::integer(std::string_view name) const {
  const auto* found = find(name);
  if (found == nullptr) return std::optional<std::int64_t>();
  // Above what an int64 holds, Boost.JSON has another kind of number; both are no integer here.
  if (!found->is_int64()) return refuse(name, "is not an integer");
  return std::optional(found->get_int64());
}

Result<const json::object*> JsonMembers::object(std::string_view name) const {
  const auto* found = find(name);
  if (found == nullptr) return static_cast<const json::object*>(nullptr);
  if (!found->is_object()) return refuse(name, "is not an object");
  return &found->get_object();
}

Result<const json::array*> JsonMembers::array(std::string_view name, std::size_t size_max) const {
  const auto* found = find(name);
  if (found == nullptr) return static_cast<const json::array*>(nullptr);
  if (!found->is_array()) return refuse(name, "is not an array");
  if (found->get_array().size() > size_max) return refuse(name, "has more than " + std::to_string(size_max) + " items");
  return &found->get_array();
}

std::string JsonMembers::path_of(std::string_view name) const {
  return path_.empty() ? std::string(name) : path_ + "." + std::string(name);
}

Error JsonMembers::refuse(std::string_view name, const std::string& reason) const {
  return Error(Errc::invalid_argument, path_of(name) + " " + reason);
}

}  // namespace muster::dialect::azure
