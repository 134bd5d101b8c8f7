// /muster/v1/certificates: the certificates that a tenant's devices were issued.
#pragma once

#include "dialect/admin/resource.hpp"
#include "provisioning/revocations.hpp"

namespace muster::dialect::admin {

/// List, show and revoke certificates.
class CertificateResource final : public Resource {
 public:
  CertificateResource(provisioning::Store& store, provisioning::Revocations& revocations)
      : store_(store), revocations_(revocations) {}
  std::vector<Route> routes() override;

 private:
  Task<Result<Answer>> list(Call call);
  Task<Result<Answer>> show(Call call);
  Task<Result<Answer>> revoke(Call call);

  provisioning::Store& store_;
  provisioning::Revocations& revocations_;
};

}  // namespace muster::dialect::admin
