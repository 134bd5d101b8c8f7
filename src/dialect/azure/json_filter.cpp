#include "dialect/azure/json_filter.hpp"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "base/bytes.hpp"

namespace muster::dialect::azure {
namespace {

const boost::json::value* find_member(const boost::json::object& object, std::string_view name) {
  for (const auto& member : object)
    if (base::equal_ignoring_case(std::string_view(member.key()), name)) return &member.value();
  return nullptr;
}

const boost::json::value* find_path(const boost::json::object& object, std::string_view path) {
  const boost::json::object* at = &object;
  while (true) {
    const std::size_t dot = path.find('.');
    const auto* value = find_member(*at, path.substr(0, dot));
    if (value == nullptr || dot == std::string_view::npos) return value;
    if (!value->is_object()) return nullptr;
    at = &value->get_object();
    path.remove_prefix(dot + 1);
  }
}

struct EqualsLiteral {
  const boost::json::value* value;

  bool operator()(std::nullptr_t) const { return value == nullptr || value->is_null(); }
  bool operator()(bool wanted) const { return value != nullptr && value->is_bool() && value->get_bool() == wanted; }
  bool operator()(double wanted) const {
    return value != nullptr && value->is_number() && value->to_number<double>() == wanted;
  }
  bool operator()(const std::string& wanted) const {
    return value != nullptr && value->is_string() && std::string_view(value->get_string()) == wanted;
  }
};

}  // namespace

base::Status check_members(const codec::Query& query, std::span<const std::string_view> known) {
  for (const auto& condition : query.conditions) {
    const std::string_view root = std::string_view(condition.member).substr(0, condition.member.find('.'));
    const bool is_known = std::any_of(known.begin(), known.end(),
                                      [&](std::string_view name) { return base::equal_ignoring_case(name, root); });
    if (!is_known) return base::Error(base::Errc::invalid_query, "there is no member " + condition.member);
  }
  return base::Done{};
}

bool matches(const boost::json::object& object, const codec::Query& query) {
  return std::all_of(query.conditions.begin(), query.conditions.end(), [&](const codec::Condition& condition) {
    return std::visit(EqualsLiteral{find_path(object, condition.member)}, condition.value);
  });
}

}  // namespace muster::dialect::azure
