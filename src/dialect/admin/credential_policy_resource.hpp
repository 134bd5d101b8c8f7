// /muster/v1/credential-policies: how certificates are issued to devices.
#pragma once

#include "dialect/admin/resource.hpp"
#include "provisioning/credential_policies.hpp"

namespace muster::dialect::admin {

/// List, show, put and remove credential policies.
class CredentialPolicyResource final : public Resource {
 public:
  CredentialPolicyResource(provisioning::Store& store, provisioning::CredentialPolicies& policies)
      : store_(store), policies_(policies) {}
  std::vector<Route> routes() override;

 private:
  Task<Result<Answer>> list(Call call);
  Task<Result<Answer>> show(Call call);
  Task<Result<Answer>> put(Call call);
  Task<Result<Answer>> remove(Call call);

  provisioning::Store& store_;
  provisioning::CredentialPolicies& policies_;
};

}  // namespace muster::dialect::admin
