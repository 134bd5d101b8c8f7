// /muster/v1/principals: who administers.
#pragma once

#include "dialect/admin/resource.hpp"
#include "provisioning/principals.hpp"

namespace muster::dialect::admin {

/// List, show, add and remove principals. A token is shown once, in the answer to its making.
class PrincipalResource final : public Resource {
 public:
  PrincipalResource(provisioning::Store& store, provisioning::Principals& principals)
      : store_(store), principals_(principals) {}
  std::vector<Route> routes() override;

 private:
  Task<Result<Answer>> list(Call call);
  Task<Result<Answer>> show(Call call);
  Task<Result<Answer>> add(Call call);
  Task<Result<Answer>> remove(Call call);

  provisioning::Store& store_;
  provisioning::Principals& principals_;
};

}  // namespace muster::dialect::admin
