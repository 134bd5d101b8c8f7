// /muster/v1/policies: shared access policies of Azure's service API.
#pragma once

#include "dialect/admin/resource.hpp"
#include "provisioning/policies.hpp"

namespace muster::dialect::admin {

/// List, show, add and remove access policies; show and regenerate their keys.
class PolicyResource final : public Resource {
 public:
  PolicyResource(provisioning::Store& store, provisioning::Policies& policies) : store_(store), policies_(policies) {}
  std::vector<Route> routes() override;

 private:
  Task<Result<Answer>> list(Call call);
  Task<Result<Answer>> show(Call call);
  Task<Result<Answer>> add(Call call);
  Task<Result<Answer>> remove(Call call);
  Task<Result<Answer>> show_keys(Call call);
  Task<Result<Answer>> regenerate(Call call);
  Task<Result<Answer>> answer_with_keys(provisioning::AccessPolicy policy, bool created);

  provisioning::Store& store_;
  provisioning::Policies& policies_;
};

}  // namespace muster::dialect::admin
