#include "dialect/admin/tenant_resource.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "dialect/admin/fields.hpp"
#include "dialect/admin/tenant_json.hpp"

namespace muster::dialect::admin {

namespace json = boost::json;
using base::Errc;
using base::Error;
using provisioning::Action;
using provisioning::Countable;

namespace {

/// Whether the principal may work on the tenant of the address, whatever that is: nobody learns here which tenants
/// there are.
base::Status check_own(const Call& call) {
  if (call.principal.role == provisioning::Role::platform) return base::Done{};
  if (base::to_lower(call.id) == call.principal.tenant.str()) return base::Done{};
  return Error(Errc::permission_denied, "only the role platform works in other tenants");
}

}  // namespace

std::vector<Route> TenantResource::routes() {
  const auto refuse = ScopeCheck::refuse_scoped;
  return {
      {"GET", "tenants", Action::read_tenants, refuse, [this](Call call) { return list(std::move(call)); }},
      {"POST", "tenants", Action::change_tenants, refuse, [this](Call call) { return add(std::move(call)); }},
      {"GET", "tenants/{id}", Action::read_tenants, refuse, [this](Call call) { return show(std::move(call)); }},
      {"PUT", "tenants/{id}", Action::change_settings, refuse, [this](Call call) { return put(std::move(call)); }},
      {"PUT", "tenants/{id}/limits", Action::change_tenants, refuse,
       [this](Call call) { return set_limits(std::move(call)); }},
      {"PUT", "tenants/{id}/state", Action::change_tenants, refuse,
       [this](Call call) { return set_state(std::move(call)); }},
      {"DELETE", "tenants/{id}", Action::change_tenants, refuse, [this](Call call) { return remove(std::move(call)); }},
  };
}

Task<Result<Answer>> TenantResource::list(Call call) {
  const auto page = page_of(call);
  if (!page) co_return page.error();
  json::array items;
  if (call.principal.role != provisioning::Role::platform) {
    const auto own = co_await tenants_.get(call.principal.tenant);
    if (!own) co_return own.error();
    items.emplace_back(to_json(*own));
    co_return page_answer(std::move(items), {});
  }
  const auto tenants = co_await store_.list_tenants(*page);
  for (const auto& tenant : tenants) items.emplace_back(to_json(tenant));
  co_return page_answer(std::move(items), tenants.size() == page->limit ? tenants.back().id.str() : std::string());
}

Task<Result<Answer>> TenantResource::add(Call call) {
  const auto body = body_of(call);
  if (!body) co_return body.error();
  auto wanted = read_wanted_tenant(*body);
  if (!wanted) co_return wanted.error();
  const auto made = co_await tenants_.add(std::move(*wanted), call.actor());
  if (!made) co_return made.error();
  json::object object = to_json(made->tenant);
  object["policy"] = made->policy_name;
  object["policy_key"] = base::to_base64(made->policy_key.reveal());
  object["operator"] = provisioning::first_operator;
  object["operator_token"] = base::text_view(made->operator_token.reveal());
  co_return answer(object, true);
}

Task<Result<Answer>> TenantResource::show(Call call) {
  if (const auto own = check_own(call); !own) co_return own.error();
  const auto tenant = co_await tenants_.get(TenantId(call.id));
  if (!tenant) co_return tenant.error();
  json::object usage;
  const std::pair<const char*, Countable> counted[] = {{"devices", Countable::devices},
                                                       {"enrollments", Countable::enrollments},
                                                       {"groups", Countable::groups},
                                                       {"ca_certificates", Countable::ca_certificates},
                                                       {"hubs", Countable::hubs}};
  for (const auto& [name, what] : counted) usage[name] = co_await store_.count(tenant->id, what);
  json::object object = to_json(*tenant);
  object["usage"] = std::move(usage);
  co_return answer(object);
}

Task<Result<Answer>> TenantResource::put(Call call) {
  if (const auto own = check_own(call); !own) co_return own.error();
  const auto precondition = precondition_of(call);
  if (!precondition) co_return precondition.error();
  const auto body = body_of(call);
  if (!body) co_return body.error();
  const TenantId id(call.id);
  auto settings = read_settings(*body, id);
  if (!settings) co_return settings.error();
  const auto stored = co_await tenants_.put_settings(id, std::move(*settings), *precondition, call.actor());
  if (!stored) co_return stored.error();
  co_return answer(to_json(*stored));
}

Task<Result<Answer>> TenantResource::set_limits(Call call) {
  const auto precondition = precondition_of(call);
  if (!precondition) co_return precondition.error();
  const auto body = body_of(call);
  if (!body) co_return body.error();
  const auto present = co_await tenants_.get(TenantId(call.id));
  if (!present) co_return present.error();
  const auto limits = read_limits(*body, present->limits);
  if (!limits) co_return limits.error();
  const auto stored = co_await tenants_.set_limits(present->id, *limits, *precondition, call.actor());
  if (!stored) co_return stored.error();
  co_return answer(to_json(*stored));
}

Task<Result<Answer>> TenantResource::set_state(Call call) {
  const auto precondition = precondition_of(call);
  if (!precondition) co_return precondition.error();
  const auto body = body_of(call);
  if (!body) co_return body.error();
  Fields fields(*body);
  if (!fields.has("enabled")) fields.refuse("enabled", "is missing");
  const bool enabled = fields.flag("enabled", true);
  if (const auto status = fields.finish(); !status) co_return status.error();
  const auto stored = co_await tenants_.set_enabled(TenantId(call.id), enabled, *precondition, call.actor());
  if (!stored) co_return stored.error();
  co_return answer(to_json(*stored));
}

Task<Result<Answer>> TenantResource::remove(Call call) {
  const auto precondition = precondition_of(call);
  if (!precondition) co_return precondition.error();
  const auto confirmation = net::query_parameter(call.request.query, "confirm");
  const auto removed =
      co_await tenants_.remove(TenantId(call.id), confirmation.value_or(std::string()), *precondition, call.actor());
  if (!removed) co_return removed.error();
  co_return no_content();
}

}  // namespace muster::dialect::admin
