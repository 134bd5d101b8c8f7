#include "dialect/admin/policy_resource.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "dialect/access_rights.hpp"
#include "dialect/admin/enrollment_json.hpp"
#include "dialect/admin/fields.hpp"
#include "provisioning/entity_tag.hpp"
#include "provisioning/names.hpp"

namespace muster::dialect::admin {

namespace json = boost::json;
using provisioning::AccessPolicy;
using provisioning::Action;

namespace {

constexpr std::size_t text_size_max = 128;
constexpr std::size_t rights_max = 16;

json::object to_json(const AccessPolicy& policy) {
  json::object object;
  object["name"] = policy.name;
  json::array names;
  for (const auto name : access_rights_of(policy.rights)) names.emplace_back(name);
  object["rights"] = std::move(names);
  object["created_at"] = base::to_rfc3339(policy.created_at);
  object["entity_tag"] = provisioning::entity_tag(policy.created_at, policy.revision);
  return object;
}

struct WantedPolicy {
  std::string name;
  unsigned rights = 0;
};

Result<WantedPolicy> read_policy(const json::object& body) {
  Fields fields(body);
  WantedPolicy wanted;
  wanted.name = fields.text("name", text_size_max);
  for (const auto& text : fields.texts("rights", rights_max, text_size_max)) {
    const auto right = access_right_of(text);
    if (right)
      wanted.rights |= static_cast<unsigned>(*right);
    else
      fields.refuse("rights", "holds something else than " + std::string(access_right_names));
  }
  if (const auto status = fields.finish(); !status) return status.error();
  return wanted;
}

Result<provisioning::Policies::Which> read_which(const json::object& body) {
  Fields fields(body);
  const std::string which = fields.text("regenerate", text_size_max);
  if (which != "primary" && which != "secondary") fields.refuse("regenerate", "is neither primary nor secondary");
  if (const auto status = fields.finish(); !status) return status.error();
  return which == "primary" ? provisioning::Policies::Which::primary : provisioning::Policies::Which::secondary;
}

}  // namespace

std::vector<Route> PolicyResource::routes() {
  const auto refuse = ScopeCheck::refuse_scoped;
  return {
      {"GET", "policies", Action::read_policies, refuse, [this](Call call) { return list(std::move(call)); }},
      {"POST", "policies", Action::change_policies, refuse, [this](Call call) { return add(std::move(call)); }},
      {"GET", "policies/{id}", Action::read_policies, refuse, [this](Call call) { return show(std::move(call)); }},
      {"DELETE", "policies/{id}", Action::change_policies, refuse,
       [this](Call call) { return remove(std::move(call)); }},
      {"GET", "policies/{id}/keys", Action::read_policy_keys, refuse,
       [this](Call call) { return show_keys(std::move(call)); }},
      {"POST", "policies/{id}/keys", Action::change_policies, refuse,
       [this](Call call) { return regenerate(std::move(call)); }},
  };
}

Task<Result<Answer>> PolicyResource::list(Call call) {
  const auto policies = co_await store_.list_policies(call.tenant);
  json::array items;
  for (const auto& policy : policies) items.emplace_back(to_json(policy));
  co_return page_answer(std::move(items), {});
}

Task<Result<Answer>> PolicyResource::show(Call call) {
  const auto policy = co_await policies_.get(call.tenant, call.id);
  if (!policy) co_return policy.error();
  co_return answer(to_json(*policy));
}

Task<Result<Answer>> PolicyResource::answer_with_keys(AccessPolicy policy, bool created) {
  const auto keys = co_await policies_.reveal_keys(policy);
  json::object object = to_json(policy);
  for (auto& key : to_json(keys)) object[key.key()] = key.value();
  co_return answer(object, created);
}

Task<Result<Answer>> PolicyResource::add(Call call) {
  const auto body = body_of(call);
  if (!body) co_return body.error();
  const auto wanted = read_policy(*body);
  if (!wanted) co_return wanted.error();
  const auto policy = co_await policies_.add(call.tenant, wanted->name, wanted->rights, call.actor());
  if (!policy) co_return policy.error();
  co_return co_await answer_with_keys(*policy, true);
}

Task<Result<Answer>> PolicyResource::remove(Call call) {
  const auto removed = co_await policies_.remove(call.tenant, call.id, call.actor());
  if (!removed) co_return removed.error();
  co_return no_content();
}

Task<Result<Answer>> PolicyResource::show_keys(Call call) {
  const auto policy = co_await policies_.get(call.tenant, call.id);
  if (!policy) co_return policy.error();
  const auto keys = co_await policies_.reveal_keys(*policy);
  co_return answer(to_json(keys));
}

Task<Result<Answer>> PolicyResource::regenerate(Call call) {
  const auto body = body_of(call);
  if (!body) co_return body.error();
  const auto which = read_which(*body);
  if (!which) co_return which.error();
  const auto policy = co_await policies_.regenerate(call.tenant, call.id, *which, call.actor());
  if (!policy) co_return policy.error();
  co_return co_await answer_with_keys(*policy, false);
}

}  // namespace muster::dialect::admin
