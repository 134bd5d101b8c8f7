// The management API's calls about access keys. They are made, changed and removed by a PUT of the service.
#pragma once

#include "dialect/azure/management_call.hpp"
#include "provisioning/policies.hpp"

namespace muster::dialect::azure {

/// Shows the keys of all access policies, and of one.
class ManagementKeys final : public ManagementPart {
 public:
  ManagementKeys(provisioning::Store& store, provisioning::Policies& policies) : store_(store), policies_(policies) {}
  std::vector<ManagementRoute> routes() override;

 private:
  using Answer = base::Task<base::Result<ManagementAnswer>>;

  Answer list(ManagementCall call);
  Answer show(ManagementCall call);
  base::Task<boost::json::object> describe(provisioning::AccessPolicy policy);

  provisioning::Store& store_;
  provisioning::Policies& policies_;
};

}  // namespace muster::dialect::azure
