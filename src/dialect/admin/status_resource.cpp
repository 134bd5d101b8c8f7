#include "dialect/admin/status_resource.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "base/version.hpp"
#include "provisioning/names.hpp"

namespace muster::dialect::admin {

namespace json = boost::json;

std::vector<Route> StatusResource::routes() {
  return {{"GET", "status", provisioning::Action::read_status, ScopeCheck::by_handler,
           [this](Call call) { return show(std::move(call)); }}};
}

Task<Result<Answer>> StatusResource::show(Call call) {
  const auto tenant = co_await store_.find_tenant(call.tenant);
  json::object status;
  status["version"] = base::version;
  status["time"] = base::to_rfc3339(clock_.now());
  status["tenant"] = nullptr;
  if (tenant)
    status["tenant"] = json::object{{"id", tenant->id.str()},
                                    {"name", tenant->name},
                                    {"id_scope", tenant->id_scope.str()},
                                    {"enabled", tenant->enabled},
                                    {"allocation_policy", provisioning::name_of(tenant->allocation_policy)}};
  json::object principal;
  principal["name"] = call.principal.name;
  principal["role"] = provisioning::name_of(call.principal.role);
  principal["scope"] = call.principal.scope.empty() ? json::value(nullptr) : json::value(call.principal.scope);
  principal["expires_at"] =
      call.principal.expires_at ? json::value(base::to_rfc3339(*call.principal.expires_at)) : json::value(nullptr);
  status["principal"] = std::move(principal);
  co_return answer(status);
}

}  // namespace muster::dialect::admin
