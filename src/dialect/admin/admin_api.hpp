// Muster's own administration: /muster/v1. docs/reference/admin-api.md and openapi.json describe it.
#pragma once

#include <memory>
#include <vector>

#include "dialect/admin/resource.hpp"
#include "provisioning/ca_certificates.hpp"
#include "provisioning/credential_policies.hpp"
#include "provisioning/devices.hpp"
#include "provisioning/hubs.hpp"
#include "provisioning/policies.hpp"
#include "provisioning/principals.hpp"
#include "provisioning/revocations.hpp"
#include "provisioning/tenants.hpp"
#include "provisioning/webhook_keys.hpp"
#include "provisioning/webhook_questions.hpp"

namespace muster::dialect::admin {

/// What every path of this API begins with.
inline constexpr std::string_view path_prefix = "/muster/v1/";

/// What the API works with. All of it must outlive the API.
struct Collaborators {
  provisioning::Store& store;
  provisioning::Enrollments& enrollments;
  provisioning::Devices& devices;
  provisioning::Hubs& hubs;
  provisioning::Principals& principals;
  provisioning::Policies& policies;
  provisioning::Tenants& tenants;
  provisioning::CaCertificates& cas;
  provisioning::WebhookKeys& webhook_keys;
  provisioning::AllocationWebhook& webhook;
  provisioning::CredentialPolicies& credential_policies;
  provisioning::Revocations& revocations;
  const base::Clock& clock;
};

/// Answers every request below /muster/v1/. Whoever asks shows a principal's token (RFC 6750 section 2.1); the role
/// table of provisioning/access.hpp says what it may do. Safe to call from many threads.
class AdminApi final : public net::HttpHandler {
 public:
  explicit AdminApi(const Collaborators& collaborators);

  Task<net::HttpResponse> handle(net::HttpRequest request) override;
  net::HttpResponse refuse(const net::RefusedRequest& refused) override;

  const std::vector<Route>& routes() const { return routes_; }

 private:
  Task<Result<Answer>> respond(net::HttpRequest request);
  /// Where a tenant is disabled, its own principals may look and nothing more.
  Task<base::Status> check_enabled(provisioning::Principal principal, std::string_view method);
  Task<Result<TenantId>> tenant_of(provisioning::Principal principal, std::string query);

  provisioning::Store& store_;
  provisioning::Principals& principals_;
  std::vector<std::unique_ptr<Resource>> resources_;
  std::vector<Route> routes_;
};

}  // namespace muster::dialect::admin
