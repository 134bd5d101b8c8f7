// The management API's calls about whole services.
#pragma once

#include "dialect/azure/service_description.hpp"
#include "provisioning/tenants.hpp"

namespace muster::dialect::azure {

/// Services on one page of a list.
inline constexpr std::size_t services_page = 100;

/// Get, create, update and delete services; list them; say which names are free.
class ManagementServices final : public ManagementPart {
 public:
  /// `host`: what devices and service clients reach Muster by, with its port if it is not 443.
  ManagementServices(provisioning::Store& store, provisioning::Tenants& tenants, provisioning::TenantUpdates& updates,
                     std::string host)
      : store_(store), tenants_(tenants), updates_(updates), host_(std::move(host)) {}
  std::vector<ManagementRoute> routes() override;

 private:
  using Answer = base::Task<base::Result<ManagementAnswer>>;

  Answer get(ManagementCall call);
  Answer put(ManagementCall call);
  Answer patch(ManagementCall call);
  Answer remove(ManagementCall call);
  Answer list(ManagementCall call);
  Answer check_name(ManagementCall call);
  base::Task<base::Result<provisioning::TenantState>> create(const ManagementCall& call,
                                                             provisioning::TenantUpdate update);
  base::Task<boost::json::object> describe(ServiceAddress address, provisioning::TenantState state);

  provisioning::Store& store_;
  provisioning::Tenants& tenants_;
  provisioning::TenantUpdates& updates_;
  std::string host_;
};

}  // namespace muster::dialect::azure
