// /muster/v1/groups: enrollment groups.
#pragma once

#include "dialect/admin/resource.hpp"

namespace muster::dialect::admin {

/// List, show, put and remove enrollment groups; show their symmetric keys.
class GroupResource final : public Resource {
 public:
  GroupResource(provisioning::Store& store, provisioning::Enrollments& enrollments)
      : store_(store), enrollments_(enrollments) {}
  std::vector<Route> routes() override;

 private:
  Task<Result<Answer>> list(Call call);
  Task<Result<Answer>> show(Call call);
  Task<Result<Answer>> put(Call call);
  Task<Result<Answer>> remove(Call call);
  Task<Result<Answer>> show_keys(Call call);

  provisioning::Store& store_;
  provisioning::Enrollments& enrollments_;
};

}  // namespace muster::dialect::admin
