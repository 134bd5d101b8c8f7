#include "dialect/admin/principal_resource.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "dialect/admin/fields.hpp"
#include "provisioning/entity_tag.hpp"
#include "provisioning/names.hpp"

namespace muster::dialect::admin {

namespace json = boost::json;
using base::Errc;
using base::Error;
using provisioning::Action;
using provisioning::Principal;

namespace {

constexpr std::size_t text_size_max = 128;

json::object to_json(const Principal& principal) {
  json::object object;
  object["id"] = principal.id.str();
  object["name"] = principal.name;
  object["role"] = provisioning::name_of(principal.role);
  object["scope"] = principal.scope.empty() ? json::value(nullptr) : json::value(principal.scope);
  object["expires_at"] =
      principal.expires_at ? json::value(base::to_rfc3339(*principal.expires_at)) : json::value(nullptr);
  object["created_at"] = base::to_rfc3339(principal.created_at);
  object["entity_tag"] = provisioning::entity_tag(principal.created_at, principal.revision);
  return object;
}

Result<Principal> read_principal(const json::object& body, const TenantId& tenant) {
  Fields fields(body);
  Principal principal;
  principal.tenant = tenant;
  principal.name = fields.text("name", text_size_max);
  const auto role = provisioning::from_name<provisioning::Role>(fields.text("role", text_size_max));
  if (!role) fields.refuse("role", "is none of platform, operator, auditor, factory, installer");
  principal.scope = fields.text("scope", text_size_max);
  principal.expires_at = fields.time("expires_at");
  if (const auto status = fields.finish(); !status) return status.error();
  principal.role = *role;
  return principal;
}

}  // namespace

std::vector<Route> PrincipalResource::routes() {
  const auto refuse = ScopeCheck::refuse_scoped;
  return {
      {"GET", "principals", Action::read_principals, refuse, [this](Call call) { return list(std::move(call)); }},
      {"POST", "principals", Action::change_principals, refuse, [this](Call call) { return add(std::move(call)); }},
      {"GET", "principals/{id}", Action::read_principals, refuse, [this](Call call) { return show(std::move(call)); }},
      {"DELETE", "principals/{id}", Action::change_principals, refuse,
       [this](Call call) { return remove(std::move(call)); }},
  };
}

Task<Result<Answer>> PrincipalResource::list(Call call) {
  const auto principals = co_await store_.list_principals(call.tenant);
  json::array items;
  for (const auto& principal : principals) items.emplace_back(to_json(principal));
  co_return page_answer(std::move(items), {});
}

Task<Result<Answer>> PrincipalResource::show(Call call) {
  const auto principal = co_await principals_.get(call.tenant, call.id);
  if (!principal) co_return principal.error();
  co_return answer(to_json(*principal));
}

Task<Result<Answer>> PrincipalResource::add(Call call) {
  const auto body = body_of(call);
  if (!body) co_return body.error();
  auto wanted = read_principal(*body, call.tenant);
  if (!wanted) co_return wanted.error();
  const auto made = co_await principals_.add(std::move(*wanted), call.actor());
  if (!made) co_return made.error();
  json::object object = to_json(made->principal);
  object["token"] = base::text_view(made->token.reveal());
  co_return answer(object, true);
}

Task<Result<Answer>> PrincipalResource::remove(Call call) {
  // So that the last one who can make principals does not vanish by a slip.
  if (call.principal.tenant == call.tenant && call.principal.name == call.id)
    co_return Error(Errc::in_use, "a principal cannot remove itself");
  const auto removed = co_await principals_.remove(call.tenant, call.id, call.actor());
  if (!removed) co_return removed.error();
  co_return no_content();
}

}  // namespace muster::dialect::admin
