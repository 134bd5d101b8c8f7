#include "dialect/admin/admin_api.hpp"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <iterator>

#include "dialect/admin/audit_resource.hpp"
#include "dialect/admin/ca_resource.hpp"
#include "dialect/admin/certificate_resource.hpp"
#include "dialect/admin/credential_policy_resource.hpp"
#include "dialect/admin/device_resource.hpp"
#include "dialect/admin/enrollment_resource.hpp"
#include "dialect/admin/group_resource.hpp"
#include "dialect/admin/hub_resource.hpp"
#include "dialect/admin/openapi.hpp"
#include "dialect/admin/policy_resource.hpp"
#include "dialect/admin/principal_resource.hpp"
#include "dialect/admin/status_resource.hpp"
#include "dialect/admin/status_table.hpp"
#include "dialect/admin/tenant_resource.hpp"
#include "dialect/admin/webhook_resource.hpp"
#include "dialect/bearer_token.hpp"

namespace muster::dialect::admin {

namespace json = boost::json;
using base::Errc;
using base::Error;
using net::HttpRequest;
using net::HttpResponse;
using provisioning::Principal;

namespace {

constexpr std::string_view openapi_path = "openapi.json";
constexpr std::string_view id_segment = "{id}";

/// What stands for {id}, still percent-encoded, where `path` is the route's; empty where the route has no {id}.
std::optional<std::string_view> match(std::string_view route, std::string_view path) {
  const std::size_t place = route.find(id_segment);
  if (place == std::string_view::npos) return route == path ? std::optional(std::string_view()) : std::nullopt;
  const std::string_view before = route.substr(0, place);
  const std::string_view behind = route.substr(place + id_segment.size());
  if (path.size() <= before.size() + behind.size()) return std::nullopt;
  if (!path.starts_with(before) || !path.ends_with(behind)) return std::nullopt;
  const std::string_view id = path.substr(before.size(), path.size() - before.size() - behind.size());
  return id.find('/') == std::string_view::npos ? std::optional(id) : std::nullopt;
}

HttpResponse refusal(const Error& error, const std::string& request_id) {
  const base::ErrorEntry& entry = base::describe(error.code());
  json::object body;
  body["code"] = entry.name;
  body["message"] = entry.sentence;
  body["detail"] = error.detail();
  body["retry"] = entry.retry;
  body["request_id"] = request_id;
  HttpResponse response;
  response.status = http_status(error.code());
  response.body = json::serialize(json::object{{"error", std::move(body)}});
  // RFC 9110 sections 11.6.1 and 10.2.3.
  if (response.status == 401) response.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"muster\"");
  if (response.status == 503) response.headers.emplace_back("Retry-After", "1");
  return response;
}

Errc code_of_status(int status) {
  switch (status) {
    case 400:
      return Errc::malformed_request;
    case 408:
      return Errc::request_timed_out;
    case 413:
      return Errc::body_too_large;
    case 431:
      return Errc::headers_too_large;
    case 503:
      return Errc::draining;
    default:
      return Errc::internal_error;
  }
}

void finish(HttpResponse& response) {
  if (!response.body.empty()) response.headers.emplace_back("Content-Type", "application/json");
  // Answers hold tokens, keys and personal data.
  response.headers.emplace_back("Cache-Control", "no-store");
}

}  // namespace

AdminApi::AdminApi(const Collaborators& with) : store_(with.store), principals_(with.principals) {
  resources_.push_back(std::make_unique<EnrollmentResource>(with.store, with.enrollments));
  resources_.push_back(std::make_unique<GroupResource>(with.store, with.enrollments));
  resources_.push_back(std::make_unique<DeviceResource>(with.store, with.devices));
  resources_.push_back(std::make_unique<HubResource>(with.store, with.hubs));
  resources_.push_back(std::make_unique<PrincipalResource>(with.store, with.principals));
  resources_.push_back(std::make_unique<PolicyResource>(with.store, with.policies));
  resources_.push_back(std::make_unique<TenantResource>(with.store, with.tenants));
  resources_.push_back(std::make_unique<CaResource>(with.store, with.cas, with.clock));
  resources_.push_back(
      std::make_unique<WebhookResource>(with.store, with.enrollments, with.webhook_keys, with.webhook, with.clock));
  resources_.push_back(std::make_unique<CredentialPolicyResource>(with.store, with.credential_policies));
  resources_.push_back(std::make_unique<CertificateResource>(with.store, with.revocations));
  resources_.push_back(std::make_unique<AuditResource>(with.store));
  resources_.push_back(std::make_unique<StatusResource>(with.store, with.clock));
  for (const auto& resource : resources_) std::ranges::move(resource->routes(), std::back_inserter(routes_));
}

Task<HttpResponse> AdminApi::handle(HttpRequest request) {
  const std::string request_id = request.request_id;
  const auto answered = co_await respond(std::move(request));
  HttpResponse response;
  if (answered) {
    response.status = answered->status;
    response.body = answered->body;
    if (!answered->entity_tag.empty()) response.headers.emplace_back("ETag", '"' + answered->entity_tag + '"');
  } else {
    response = refusal(answered.error(), request_id);
    if (answered.error().code() == Errc::method_not_allowed)
      response.headers.emplace_back("Allow", answered.error().detail());
  }
  response.headers.emplace_back("X-Request-Id", request_id);
  finish(response);
  co_return response;
}

HttpResponse AdminApi::refuse(const net::RefusedRequest& refused) {
  HttpResponse response = refusal(Error(code_of_status(refused.status), refused.reason), refused.request_id);
  response.status = refused.status;
  response.headers.emplace_back("X-Request-Id", refused.request_id);
  finish(response);
  return response;
}

Task<Result<Answer>> AdminApi::respond(HttpRequest request) {
  if (!request.path.starts_with(path_prefix)) co_return Error(Errc::unknown_route, request.path);
  const std::string path = request.path.substr(path_prefix.size());
  if (path == openapi_path && request.method == "GET") {
    Answer document;
    document.body = openapi_document;
    co_return document;
  }

  const Route* route = nullptr;
  std::string_view encoded_id;
  std::string allowed_methods;
  for (const auto& candidate : routes_) {
    const auto found = match(candidate.path, path);
    if (!found) continue;
    if (candidate.method == request.method) {
      route = &candidate;
      encoded_id = *found;
      break;
    }
    allowed_methods += (allowed_methods.empty() ? "" : ", ") + std::string(candidate.method);
  }
  if (path == openapi_path) allowed_methods = "GET";
  if (route == nullptr && !allowed_methods.empty()) co_return Error(Errc::method_not_allowed, allowed_methods);
  if (route == nullptr) co_return Error(Errc::unknown_route, request.path);
  auto id = net::percent_decode(encoded_id);
  if (!id) co_return Error(Errc::malformed_request, "the address is not percent-encoded as it should be");

  const auto principal = co_await authenticate_bearer(principals_, request);
  if (!principal) co_return principal.error();
  const auto tenant = co_await tenant_of(*principal, request.query);
  if (!tenant) co_return tenant.error();
  if (const auto allowed = provisioning::authorize(*principal, route->action, *tenant); !allowed)
    co_return allowed.error();
  if (const auto enabled = co_await check_enabled(*principal, route->method); !enabled) co_return enabled.error();
  if (route->scope == ScopeCheck::refuse_scoped)
    if (const auto allowed = provisioning::check_scope(*principal, std::nullopt); !allowed) co_return allowed.error();

  Call call;
  call.request = std::move(request);
  call.principal = *principal;
  call.tenant = *tenant;
  call.id = std::move(*id);
  co_return co_await route->handler(std::move(call));
}

Task<base::Status> AdminApi::check_enabled(Principal principal, std::string_view method) {
  if (method == "GET" || principal.role == provisioning::Role::platform) co_return base::Done{};
  const auto tenant = co_await store_.find_tenant(principal.tenant);
  if (tenant && !tenant->enabled) co_return Error(Errc::tenant_disabled, "until it is enabled again it can be read");
  co_return base::Done{};
}

Task<Result<TenantId>> AdminApi::tenant_of(Principal principal, std::string query) {
  const auto asked = net::query_parameter(query, "tenant");
  if (!asked || *asked == principal.tenant.str()) co_return principal.tenant;
  if (principal.role != provisioning::Role::platform)
    co_return Error(Errc::permission_denied, "only the role platform works in other tenants");
  const auto tenant = co_await store_.find_tenant(TenantId(*asked));
  if (!tenant) co_return Error(Errc::invalid_argument, "there is no tenant " + asked->substr(0, 64));
  co_return tenant->id;
}

}  // namespace muster::dialect::admin
