// /muster/v1/status: what one is talking to, and as whom.
#pragma once

#include "base/clock.hpp"
#include "dialect/admin/resource.hpp"

namespace muster::dialect::admin {

/// Shows the service's version and time, the tenant and the principal.
class StatusResource final : public Resource {
 public:
  StatusResource(provisioning::Store& store, const base::Clock& clock) : store_(store), clock_(clock) {}
  std::vector<Route> routes() override;

 private:
  Task<Result<Answer>> show(Call call);

  provisioning::Store& store_;
  const base::Clock& clock_;
};

}  // namespace muster::dialect::admin
