#include "dialect/azure/management_call.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "codec/json.hpp"

namespace muster::dialect::azure {

namespace json = boost::json;
using base::Errc;
using base::Error;

std::string ServiceAddress::id() const {
  return "/subscriptions/" + subscription + "/resourceGroups/" + resource_group +
         "/providers/Microsoft.Devices/provisioningServices/" + service.str();
}

const provisioning::TenantId& ManagementCall::tenant() const {
  return address.service.empty() ? principal.tenant : address.service;
}

provisioning::Actor ManagementCall::actor() const {
  return {.name = "principal:" + principal.name, .address = request.peer->address};
}

ManagementAnswer management_answer(const json::object& body, int status) {
  return {.status = status, .body = json::serialize(body)};
}

ManagementAnswer list_answer(json::array items) {
  json::object body;
  body["value"] = std::move(items);
  return management_answer(body);
}

base::Result<provisioning::Precondition> management_precondition(const ManagementCall& call) {
  using provisioning::Precondition;
  const auto if_match = call.request.header("If-Match");
  const auto if_none_match = call.request.header("If-None-Match");
  if (if_none_match) {
    if (if_match || *if_none_match != "*")
      return Error(Errc::invalid_argument, "If-None-Match is * and stands without If-Match");
    return Precondition{.kind = Precondition::Kind::must_not_exist, .entity_tag = {}};
  }
  if (!if_match || if_match->empty()) return Precondition{};
  std::string_view tag = *if_match;
  if (tag == "*") return Precondition{.kind = Precondition::Kind::must_exist, .entity_tag = {}};
  if (tag.size() >= 2 && tag.front() == '"' && tag.back() == '"') tag = tag.substr(1, tag.size() - 2);
  return Precondition{.kind = Precondition::Kind::must_match, .entity_tag = std::string(tag)};
}

base::Result<json::object> management_body(const ManagementCall& call) {
  auto body = codec::parse_json(call.request.body);
  if (!body) return body.error();
  if (!body->is_object()) return Error(Errc::malformed_json, "the body is not an object");
  return std::move(body->get_object());
}

}  // namespace muster::dialect::azure
