#include "dialect/admin/credential_policy_resource.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "dialect/admin/fields.hpp"
#include "provisioning/entity_tag.hpp"

namespace muster::dialect::admin {

namespace json = boost::json;
using provisioning::Action;
using provisioning::CredentialPolicy;

namespace {

constexpr std::size_t key_kinds_max = 16;
constexpr std::size_t key_kind_size_max = 32;

json::object to_json(const CredentialPolicy& policy) {
  json::object object;
  object["name"] = policy.name;
  object["lifetime_hours"] = policy.lifetime_hours;
  json::array kinds;
  for (const auto& kind : policy.key_kinds) kinds.emplace_back(kind);
  object["key_kinds"] = std::move(kinds);
  object["allow_dns_names"] = policy.allow_dns_names;
  object["created_at"] = base::to_rfc3339(policy.created_at);
  object["updated_at"] = base::to_rfc3339(policy.updated_at);
  object["entity_tag"] = provisioning::entity_tag(policy.created_at, policy.revision);
  return object;
}

Result<CredentialPolicy> read_policy(const json::object& body, const Call& call) {
  Fields fields(body);
  CredentialPolicy policy;
  policy.tenant = call.tenant;
  policy.name = call.id;
  const std::string named = fields.text("name", provisioning::credential_policy_name_size_max);
  if (!named.empty() && named != call.id) fields.refuse("name", "is not the one in the address");
  policy.lifetime_hours = fields.integer("lifetime_hours", static_cast<int>(policy.lifetime_hours), 1,
                                         static_cast<int>(provisioning::certificate_lifetime_hours_max));
  policy.key_kinds = fields.texts("key_kinds", key_kinds_max, key_kind_size_max);
  policy.allow_dns_names = fields.flag("allow_dns_names", false);
  for (const char* name : {"created_at", "updated_at", "entity_tag"}) fields.read_only(name);
  if (const auto status = fields.finish(); !status) return status.error();
  return policy;
}

}  // namespace

std::vector<Route> CredentialPolicyResource::routes() {
  const auto refuse = ScopeCheck::refuse_scoped;
  return {
      {"GET", "credential-policies", Action::read_credential_policies, refuse,
       [this](Call call) { return list(std::move(call)); }},
      {"GET", "credential-policies/{id}", Action::read_credential_policies, refuse,
       [this](Call call) { return show(std::move(call)); }},
      {"PUT", "credential-policies/{id}", Action::change_credential_policies, refuse,
       [this](Call call) { return put(std::move(call)); }},
      {"DELETE", "credential-policies/{id}", Action::change_credential_policies, refuse,
       [this](Call call) { return remove(std::move(call)); }},
  };
}

Task<Result<Answer>> CredentialPolicyResource::list(Call call) {
  const auto policies = co_await store_.list_credential_policies(call.tenant);
  json::array items;
  for (const auto& policy : policies) items.emplace_back(to_json(policy));
  co_return page_answer(std::move(items), {});
}

Task<Result<Answer>> CredentialPolicyResource::show(Call call) {
  const auto policy = co_await policies_.get(call.tenant, call.id);
  if (!policy) co_return policy.error();
  co_return answer(to_json(*policy));
}

Task<Result<Answer>> CredentialPolicyResource::put(Call call) {
  const auto precondition = precondition_of(call);
  if (!precondition) co_return precondition.error();
  const auto body = body_of(call);
  if (!body) co_return body.error();
  auto wanted = read_policy(*body, call);
  if (!wanted) co_return wanted.error();
  const auto stored = co_await policies_.put(std::move(*wanted), *precondition, call.actor());
  if (!stored) co_return stored.error();
  co_return answer(to_json(*stored), stored->revision == 1);
}

Task<Result<Answer>> CredentialPolicyResource::remove(Call call) {
  const auto precondition = precondition_of(call);
  if (!precondition) co_return precondition.error();
  const auto removed = co_await policies_.remove(call.tenant, call.id, *precondition, call.actor());
  if (!removed) co_return removed.error();
  co_return no_content();
}

}  // namespace muster::dialect::admin
