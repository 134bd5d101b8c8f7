// Azure's management API for DPS, as @azure/arm-deviceprovisioningservices 5 and 6 use it ("Azure Resource Manager",
// provider Microsoft.Devices). docs/reference/azure-management.md lists the calls.
#pragma once

#include <memory>

#include "dialect/azure/management_call.hpp"
#include "net/log.hpp"
#include "provisioning/ca_certificates.hpp"
#include "provisioning/policies.hpp"
#include "provisioning/principals.hpp"
#include "provisioning/tenant_update.hpp"
#include "provisioning/tenants.hpp"

namespace muster::dialect::azure {

/// What the API works with. All of it must outlive the API.
struct ManagementCollaborators {
  provisioning::Store& store;
  provisioning::Principals& principals;
  provisioning::Tenants& tenants;
  provisioning::TenantUpdates& updates;
  provisioning::Policies& policies;
  provisioning::CaCertificates& certificates;
  net::Log& log;
  std::string host;  ///< what devices and service clients reach Muster by, with its port if it is not 443
};

/// A service is a tenant, its name the tenant's id. Whoever calls shows a principal's token (RFC 6750 section 2.1), as
/// for Muster's own administration, and may do what its role allows. Safe to call from many threads.
class ManagementApi {
 public:
  explicit ManagementApi(const ManagementCollaborators& collaborators);

  /// Whether a path is one of this API's.
  static bool takes(const std::vector<std::string>& segments);

  base::Task<net::HttpResponse> handle(net::HttpRequest request, std::vector<std::string> segments);
  net::HttpResponse refuse(const net::RefusedRequest& refused) const;

  const std::vector<ManagementRoute>& routes() const { return routes_; }

 private:
  using Answer = base::Task<base::Result<ManagementAnswer>>;

  /// tenant_not_found; tenant_disabled for whoever would change it and does not run the platform.
  base::Task<base::Status> check_service(const ManagementCall& call, const ManagementRoute& route);
  Answer dispatch(const net::HttpRequest& request, std::vector<std::string> segments);

  provisioning::Store& store_;
  provisioning::Principals& principals_;
  net::Log& log_;
  std::vector<std::unique_ptr<ManagementPart>> parts_;
  std::vector<ManagementRoute> routes_;
};

}  // namespace muster::dialect::azure
