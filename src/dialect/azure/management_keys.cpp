#include "dialect/azure/management_keys.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "dialect/azure/service_description.hpp"

namespace muster::dialect::azure {

namespace json = boost::json;
using provisioning::Action;

std::vector<ManagementRoute> ManagementKeys::routes() {
  const std::string service(service_route);
  return {
      {"POST", service + "/listkeys", Action::read_policy_keys,
       [this](ManagementCall call) { return list(std::move(call)); }},
      {"POST", service + "/keys/{name}/listkeys", Action::read_policy_keys,
       [this](ManagementCall call) { return show(std::move(call)); }},
  };
}

base::Task<json::object> ManagementKeys::describe(provisioning::AccessPolicy policy) {
  const auto keys = co_await policies_.reveal_keys(policy);
  json::object object;
  object["keyName"] = policy.name;
  object["primaryKey"] = base::to_base64(keys.primary.reveal());
  object["secondaryKey"] = base::to_base64(keys.secondary.reveal());
  object["rights"] = rights_text(policy.rights);
  co_return object;
}

ManagementKeys::Answer ManagementKeys::list(ManagementCall call) {
  const auto policies = co_await store_.list_policies(call.tenant());
  json::array keys;
  for (const auto& policy : policies) keys.push_back(co_await describe(policy));
  co_return list_answer(std::move(keys));
}

ManagementKeys::Answer ManagementKeys::show(ManagementCall call) {
  const auto policy = co_await policies_.get(call.tenant(), call.name);
  if (!policy) co_return policy.error();
  const auto keys = co_await describe(*policy);
  co_return management_answer(keys);
}

}  // namespace muster::dialect::azure
