// /muster/v1/tenants: the tenants of this service, each what Azure calls a DPS instance.
#pragma once

#include "dialect/admin/resource.hpp"
#include "provisioning/tenants.hpp"

namespace muster::dialect::admin {

/// Make, list, show, change, limit, disable and remove tenants. Unlike elsewhere the tenant that is worked on is the
/// one in the address; but for the role platform it must be the principal's own.
class TenantResource final : public Resource {
 public:
  TenantResource(provisioning::Store& store, provisioning::Tenants& tenants) : store_(store), tenants_(tenants) {}
  std::vector<Route> routes() override;

 private:
  Task<Result<Answer>> list(Call call);
  Task<Result<Answer>> add(Call call);
  Task<Result<Answer>> show(Call call);
  Task<Result<Answer>> put(Call call);
  Task<Result<Answer>> set_limits(Call call);
  Task<Result<Answer>> set_state(Call call);
  Task<Result<Answer>> remove(Call call);

  provisioning::Store& store_;
  provisioning::Tenants& tenants_;
};

}  // namespace muster::dialect::admin
