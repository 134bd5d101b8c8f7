#include "dialect/azure/service_access.hpp"

#include <algorithm>

#include "codec/sas_token.hpp"
#include "provisioning/names.hpp"

namespace muster::dialect::azure {

using base::Errc;
using base::Error;
using base::Result;
using base::Task;

namespace {

std::string without_port(std::string_view host) {
  const std::size_t colon = host.rfind(':');
  // An IPv6 literal has colons of its own and stands in brackets where a port follows.
  if (colon == std::string_view::npos || host.find(']', colon) != std::string_view::npos ||
      (host.find(':') != colon && host.front() != '['))
    return base::to_lower(host);
  return base::to_lower(host.substr(0, colon));
}

}  // namespace

base::Status ServiceCaller::may(provisioning::ServiceRight right) const {
  if ((rights & static_cast<unsigned>(right)) != 0) return base::Done{};
  return Error(Errc::permission_denied,
               "policy " + policy + " lacks the right " + std::string(provisioning::name_of(right)));
}

ServiceAccess::ServiceAccess(provisioning::Policies& policies, const std::vector<std::string>& hosts)
    : policies_(policies) {
  for (const auto& host : hosts) hosts_.push_back(base::to_lower(host));
}

bool ServiceAccess::covers(const std::string& resource, const std::string& path) const {
  const std::size_t slash = resource.find('/');
  const std::string host = without_port(std::string_view(resource).substr(0, slash));
  if (std::find(hosts_.begin(), hosts_.end(), host) == hosts_.end()) return false;
  std::string prefix = slash == std::string::npos ? std::string{} : base::to_lower(resource.substr(slash));
  while (!prefix.empty() && prefix.back() == '/') prefix.pop_back();
  const std::string called = base::to_lower(path);
  return called.starts_with(prefix) && (called.size() == prefix.size() || called[prefix.size()] == '/');
}

Task<Result<ServiceCaller>> ServiceAccess::authenticate(const net::HttpRequest& request) {
  const auto authorization = request.header("Authorization");
  if (!authorization || authorization->empty()) co_return Error(Errc::credentials_missing, "no Authorization header");
  const auto token = codec::parse_sas_token(*authorization);
  if (!token) co_return token.error();
  if (!covers(token->resource, request.path))
    co_return Error(Errc::token_for_another_resource, "it is for " + token->resource);

  const auto policy = co_await policies_.authenticate(*token);
  if (!policy) co_return policy.error();
  ServiceCaller caller{.tenant = policy->tenant, .policy = policy->name, .rights = policy->rights};
  co_return caller;
}

}  // namespace muster::dialect::azure
