// The management API's calls about the CA certificates of a service.
#pragma once

#include "dialect/azure/management_call.hpp"
#include "provisioning/ca_certificates.hpp"

namespace muster::dialect::azure {

/// List, get, put and delete CA certificates; prove possession of their keys.
class ManagementCertificates final : public ManagementPart {
 public:
  ManagementCertificates(provisioning::Store& store, provisioning::CaCertificates& certificates)
      : store_(store), certificates_(certificates) {}
  std::vector<ManagementRoute> routes() override;

 private:
  using Answer = base::Task<base::Result<ManagementAnswer>>;

  Answer list(ManagementCall call);
  Answer get(ManagementCall call);
  Answer put(ManagementCall call);
  Answer remove(ManagementCall call);
  Answer draw_code(ManagementCall call);
  Answer verify(ManagementCall call);

  provisioning::Store& store_;
  provisioning::CaCertificates& certificates_;
};

}  // namespace muster::dialect::azure
