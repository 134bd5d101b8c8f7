// /muster/v1/cas: the CA certificates that a tenant's enrollments refer to.
#pragma once

#include "base/clock.hpp"
#include "dialect/admin/resource.hpp"
#include "provisioning/ca_certificates.hpp"

namespace muster::dialect::admin {

/// List, show, put and remove CA certificates; draw verification codes and take the proof of possession.
class CaResource final : public Resource {
 public:
  CaResource(provisioning::Store& store, provisioning::CaCertificates& cas, const base::Clock& clock)
      : store_(store), cas_(cas), clock_(clock) {}
  std::vector<Route> routes() override;

 private:
  Task<Result<Answer>> list(Call call);
  Task<Result<Answer>> show(Call call);
  Task<Result<Answer>> put(Call call);
  Task<Result<Answer>> remove(Call call);
  Task<Result<Answer>> draw_code(Call call);
  Task<Result<Answer>> verify(Call call);

  provisioning::Store& store_;
  provisioning::CaCertificates& cas_;
  const base::Clock& clock_;
};

}  // namespace muster::dialect::admin
