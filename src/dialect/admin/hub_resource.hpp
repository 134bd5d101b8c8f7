// /muster/v1/hubs: the hubs that a tenant's devices are assigned to.
#pragma once

#include "dialect/admin/resource.hpp"
#include "provisioning/hubs.hpp"

namespace muster::dialect::admin {

/// List, show, put and remove hubs.
class HubResource final : public Resource {
 public:
  HubResource(provisioning::Store& store, provisioning::Hubs& hubs) : store_(store), hubs_(hubs) {}
  std::vector<Route> routes() override;

 private:
  Task<Result<Answer>> list(Call call);
  Task<Result<Answer>> show(Call call);
  Task<Result<Answer>> put(Call call);
  Task<Result<Answer>> remove(Call call);

  provisioning::Store& store_;
  provisioning::Hubs& hubs_;
};

}  // namespace muster::dialect::admin
