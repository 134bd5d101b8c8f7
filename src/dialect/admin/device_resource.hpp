// /muster/v1/devices: devices that have registered.
#pragma once

#include "dialect/admin/resource.hpp"
#include "provisioning/devices.hpp"

namespace muster::dialect::admin {

/// List, show and forget devices, and tell why one was refused.
class DeviceResource final : public Resource {
 public:
  DeviceResource(provisioning::Store& store, provisioning::Devices& devices) : store_(store), devices_(devices) {}
  std::vector<Route> routes() override;

 private:
  Task<Result<Answer>> list(Call call);
  Task<Result<Answer>> show(Call call);
  Task<Result<Answer>> list_refusals(Call call);
  Task<Result<Answer>> remove(Call call);

  provisioning::Store& store_;
  provisioning::Devices& devices_;
};

}  // namespace muster::dialect::admin
