#include "dialect/azure/management_services.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "dialect/azure/json_members.hpp"
#include "provisioning/precondition.hpp"

namespace muster::dialect::azure {

namespace json = boost::json;
using base::Errc;
using base::Error;
using base::Result;
using base::Task;
using provisioning::Action;
using provisioning::Precondition;
using provisioning::TenantId;
using provisioning::TenantState;
using provisioning::TenantUpdate;

namespace {

constexpr std::size_t name_size_max = 256;
constexpr std::size_t authority_size_max = 300;
constexpr std::string_view list_of_group =
    "subscriptions/{subscription}/resourcegroups/{group}/providers/microsoft.devices/provisioningservices";
constexpr std::string_view list_of_subscription =
    "subscriptions/{subscription}/providers/microsoft.devices/provisioningservices";
/// Where a list of a subscription places services, since it has to place them somewhere.
constexpr const char* any_resource_group = "muster";

/// Headers count before the body's own etag.
Result<Precondition> precondition_of(const ManagementCall& call, Precondition of_body) {
  auto of_header = management_precondition(call);
  if (!of_header) return of_header.error();
  return of_header->kind == Precondition::Kind::none ? of_body : *of_header;
}

/// What a name and its host header can look like; anything else is not repeated in a link.
bool is_authority(std::string_view text) {
  const auto allowed = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view(".-:[]").find(c) != std::string_view::npos;
  };
  return !text.empty() && text.size() <= authority_size_max && std::ranges::all_of(text, allowed);
}

/// Where the next page is. Clients follow it with their token, so it leads to where they came from.
Result<std::string> next_link(const net::HttpRequest& request, const std::string& after) {
  const auto host = request.header("Host");
  if (!host || !is_authority(*host)) return Error(Errc::malformed_request, "the Host header is no host");
  const auto version = net::query_parameter(request.query, "api-version").value_or("");
  return "https://" + std::string(*host) + request.path + "?api-version=" + net::percent_encode(version) +
         "&$skiptoken=" + net::percent_encode(after);
}

}  // namespace

std::vector<ManagementRoute> ManagementServices::routes() {
  const std::string service(service_route);
  return {
      {"GET", service, Action::read_tenants, [this](ManagementCall call) { return get(std::move(call)); }},
      {"PUT", service, Action::change_settings, [this](ManagementCall call) { return put(std::move(call)); }, false},
      {"PATCH", service, Action::change_settings, [this](ManagementCall call) { return patch(std::move(call)); }},
      {"DELETE", service, Action::change_tenants, [this](ManagementCall call) { return remove(std::move(call)); },
       false},
      {"GET", std::string(list_of_group), Action::read_tenants,
       [this](ManagementCall call) { return list(std::move(call)); }},
      {"GET", std::string(list_of_subscription), Action::read_tenants,
       [this](ManagementCall call) { return list(std::move(call)); }},
      {"POST", "subscriptions/{subscription}/providers/microsoft.devices/checkprovisioningservicenameavailability",
       Action::change_tenants, [this](ManagementCall call) { return check_name(std::move(call)); }},
  };
}

Task<json::object> ManagementServices::describe(ServiceAddress address, TenantState state) {
  std::vector<codec::ConnectionString> connections;
  for (const auto& hub : state.hubs) connections.push_back(co_await updates_.reveal_connection(hub));
  co_return write_service(address, state, connections, host_);
}

ManagementServices::Answer ManagementServices::get(ManagementCall call) {
  const auto state = co_await updates_.read(call.tenant());
  if (!state) co_return state.error();
  const auto body = co_await describe(call.address, *state);
  co_return management_answer(body);
}

ManagementServices::Answer ManagementServices::put(ManagementCall call) {
  const auto body = management_body(call);
  if (!body) co_return body.error();
  auto update = read_service(*body);
  if (!update) co_return update.error();
  auto precondition = precondition_of(call, update->precondition);
  if (!precondition) co_return precondition.error();
  update->precondition = std::move(*precondition);

  const auto present = co_await store_.find_tenant(call.tenant());
  if (present) {
    const auto state = co_await updates_.apply(call.tenant(), std::move(*update), call.actor());
    if (!state) co_return state.error();
    const auto changed = co_await describe(call.address, *state);
    co_return management_answer(changed);
  }
  const auto state = co_await create(call, std::move(*update));
  if (!state) co_return state.error();
  const auto created = co_await describe(call.address, *state);
  co_return management_answer(created, 201);
}

Task<Result<TenantState>> ManagementServices::create(const ManagementCall& call, TenantUpdate update) {
  if (const auto allowed = provisioning::authorize(call.principal, Action::change_tenants, call.tenant()); !allowed)
    co_return allowed.error();
  const auto holds =
      provisioning::check(update.precondition, std::nullopt, Errc::tenant_not_found, call.tenant().str());
  if (!holds) co_return holds.error();
  // Before anything is made: a service that is refused must not be there half.
  TenantState nothing;
  nothing.tenant.id = call.tenant();
  nothing.tenant.name = call.tenant().str();
  if (const auto valid = provisioning::check_update(nothing, update); !valid) co_return valid.error();

  provisioning::WantedTenant wanted;
  wanted.id = call.tenant();
  const auto made = co_await tenants_.add(std::move(wanted), call.actor());
  if (!made) co_return made.error();
  update.precondition = {};
  co_return co_await updates_.apply(call.tenant(), std::move(update), call.actor());
}

ManagementServices::Answer ManagementServices::patch(ManagementCall call) {
  const auto body = management_body(call);
  if (!body) co_return body.error();
  auto update = read_tags(*body);
  if (!update) co_return update.error();
  auto precondition = precondition_of(call, {});
  if (!precondition) co_return precondition.error();
  update->precondition = std::move(*precondition);
  const auto state = co_await updates_.apply(call.tenant(), std::move(*update), call.actor());
  if (!state) co_return state.error();
  const auto changed = co_await describe(call.address, *state);
  co_return management_answer(changed);
}

ManagementServices::Answer ManagementServices::remove(ManagementCall call) {
  const auto state = co_await updates_.read(call.tenant());
  // Deleting twice is no mistake.
  if (!state) co_return ManagementAnswer{.status = 204, .body = {}};
  const auto precondition = management_precondition(call);
  if (!precondition) co_return precondition.error();
  const auto holds = provisioning::check(*precondition, state->entity_tag, Errc::tenant_not_found, call.tenant().str());
  if (!holds) co_return holds.error();

  // Disabled first, so that no device is half way through a registration when it goes.
  const Precondition whatever_there_is;
  if (state->tenant.enabled) {
    const auto disabled = co_await tenants_.set_enabled(call.tenant(), false, whatever_there_is, call.actor());
    if (!disabled) co_return disabled.error();
  }
  const auto removed = co_await tenants_.remove(call.tenant(), call.tenant().str(), whatever_there_is, call.actor());
  if (!removed) co_return removed.error();
  co_return ManagementAnswer{.status = 200, .body = {}};
}

ManagementServices::Answer ManagementServices::list(ManagementCall call) {
  if (call.address.resource_group.empty()) call.address.resource_group = any_resource_group;
  std::vector<provisioning::Tenant> tenants;
  if (call.principal.role == provisioning::Role::platform) {
    provisioning::Page page{.after = net::query_parameter(call.request.query, "$skiptoken").value_or(""),
                            .limit = services_page};
    tenants = co_await store_.list_tenants(std::move(page));
  } else {
    auto own = co_await store_.find_tenant(call.tenant());
    if (own) tenants.push_back(std::move(*own));
  }

  json::object body;
  json::array services;
  for (const auto& tenant : tenants) {
    const auto state = co_await updates_.read(tenant.id);
    if (!state) continue;  // removed a moment ago
    ServiceAddress address = call.address;
    address.service = tenant.id;
    services.push_back(co_await describe(std::move(address), *state));
  }
  body["value"] = std::move(services);
  if (tenants.size() == services_page) {
    auto link = next_link(call.request, tenants.back().id.str());
    if (!link) co_return link.error();
    body["nextLink"] = *link;
  }
  co_return management_answer(body);
}

ManagementServices::Answer ManagementServices::check_name(ManagementCall call) {
  const auto body = management_body(call);
  if (!body) co_return body.error();
  const JsonMembers members(*body);
  const auto name = members.text("name", name_size_max);
  if (!name) co_return name.error();
  if (!*name) co_return members.refuse("name", "is missing");

  const auto usable = co_await tenants_.check_new_id(TenantId(**name));
  json::object answer;
  answer["nameAvailable"] = static_cast<bool>(usable);
  if (!usable) {
    answer["reason"] = usable.error().code() == Errc::already_exists ? "AlreadyExists" : "Invalid";
    answer["message"] = usable.error().detail();
  }
  co_return management_answer(answer);
}

}  // namespace muster::dialect::azure
