#include "dialect/azure/management_api.hpp"

#include <algorithm>
#include <iterator>

#include "dialect/azure/errors.hpp"
#include "dialect/azure/management_catalog.hpp"
#include "dialect/azure/management_certificates.hpp"
#include "dialect/azure/management_errors.hpp"
#include "dialect/azure/management_keys.hpp"
#include "dialect/azure/management_services.hpp"
#include "dialect/azure/route.hpp"
#include "dialect/bearer_token.hpp"

namespace muster::dialect::azure {

using base::Errc;
using base::Error;
using net::HttpRequest;
using net::HttpResponse;

namespace {

// Azure's own limits, rounded up: a subscription is a UUID, a resource group has at most 90 characters.
constexpr std::size_t address_part_size_max = 128;

/// What stands for the parts of a route in braces.
struct Matched {
  ServiceAddress address;
  std::string name;
};

std::optional<Matched> match(std::string_view route, const std::vector<std::string>& segments) {
  Matched matched;
  for (const auto& segment : segments) {
    if (route.empty()) return std::nullopt;
    const std::string_view part = route.substr(0, route.find('/'));
    route.remove_prefix(std::min(route.size(), part.size() + 1));
    if (part == "{subscription}")
      matched.address.subscription = segment;
    else if (part == "{group}")
      matched.address.resource_group = segment;
    else if (part == "{service}")
      matched.address.service = provisioning::TenantId(base::to_lower(segment));
    else if (part == "{name}")
      matched.name = segment;
    else if (!base::equal_ignoring_case(part, segment))
      return std::nullopt;
  }
  return route.empty() ? std::optional(std::move(matched)) : std::nullopt;
}

}  // namespace

ManagementApi::ManagementApi(const ManagementCollaborators& with)
    : store_(with.store), principals_(with.principals), log_(with.log) {
  parts_.push_back(std::make_unique<ManagementServices>(with.store, with.tenants, with.updates, with.host));
  parts_.push_back(std::make_unique<ManagementKeys>(with.store, with.policies));
  parts_.push_back(std::make_unique<ManagementCertificates>(with.store, with.certificates));
  parts_.push_back(std::make_unique<ManagementCatalog>());
  for (const auto& part : parts_) std::ranges::move(part->routes(), std::back_inserter(routes_));
}

bool ManagementApi::takes(const std::vector<std::string>& segments) {
  return base::equal_ignoring_case(segments[0], "subscriptions") || base::equal_ignoring_case(segments[0], "providers");
}

base::Task<HttpResponse> ManagementApi::handle(HttpRequest request, std::vector<std::string> segments) {
  auto answer = co_await dispatch(request, std::move(segments));
  if (!answer) {
    log_.write(net::LogLevel::info, "management_call_refused",
               {{"request_id", request.request_id},
                {"method", request.method},
                {"path", request.path},
                {"code", base::describe(answer.error().code()).name},
                {"reason", answer.error().detail()},
                {"address", request.peer->address}});
    co_return management_error(answer.error(), request.request_id);
  }
  HttpResponse response = json_response(answer->status, std::move(answer->body), request.request_id);
  // Answers hold keys.
  response.headers.emplace_back("Cache-Control", "no-store");
  co_return response;
}

HttpResponse ManagementApi::refuse(const net::RefusedRequest& refused) const {
  HttpResponse response = management_error(refused.status, refused.reason, refused.request_id);
  response.close = true;
  return response;
}

ManagementApi::Answer ManagementApi::dispatch(const HttpRequest& request, std::vector<std::string> segments) {
  if (auto version = check_api_version(request.query); !version) co_return version.error();
  const auto principal = co_await authenticate_bearer(principals_, request);
  if (!principal) co_return principal.error();

  const ManagementRoute* route = nullptr;
  std::optional<Matched> matched;
  bool other_method = false;
  for (const auto& candidate : routes_) {
    auto found = match(candidate.path, segments);
    if (!found) continue;
    if (candidate.method == request.method) {
      route = &candidate;
      matched = std::move(found);
      break;
    }
    other_method = true;
  }
  if (route == nullptr && other_method) co_return Error(Errc::method_not_allowed, request.method + " " + request.path);
  if (route == nullptr) co_return Error(Errc::unknown_route, request.path);
  if (std::max({matched->address.subscription.size(), matched->address.resource_group.size()}) > address_part_size_max)
    co_return Error(Errc::invalid_argument, "the subscription or the resource group has more than 128 octets");

  ManagementCall call{.request = request,
                      .principal = *principal,
                      .address = std::move(matched->address),
                      .name = std::move(matched->name)};
  if (const auto allowed = provisioning::authorize(call.principal, route->action, call.tenant()); !allowed)
    co_return allowed.error();
  if (const auto allowed = provisioning::check_scope(call.principal, std::nullopt); !allowed) co_return allowed.error();
  const auto open = co_await check_service(call, *route);
  if (!open) co_return open.error();
  co_return co_await route->handler(std::move(call));
}

base::Task<base::Status> ManagementApi::check_service(const ManagementCall& call, const ManagementRoute& route) {
  if (call.address.service.empty()) co_return base::Done{};
  const auto tenant = co_await store_.find_tenant(call.address.service);
  if (!tenant && route.service_must_exist) co_return Error(Errc::tenant_not_found, call.address.service.str());
  const bool changes = route.method != "GET";
  if (tenant && !tenant->enabled && changes && call.principal.role != provisioning::Role::platform)
    co_return Error(Errc::tenant_disabled, "until it is enabled again it can be read");
  co_return base::Done{};
}

}  // namespace muster::dialect::azure
