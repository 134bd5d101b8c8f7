// /muster/v1/audit: what happened.
#pragma once

#include "dialect/admin/resource.hpp"

namespace muster::dialect::admin {

/// Lists the audit trail, newest first.
class AuditResource final : public Resource {
 public:
  explicit AuditResource(provisioning::Store& store) : store_(store) {}
  std::vector<Route> routes() override;

 private:
  Task<Result<Answer>> list(Call call);

  provisioning::Store& store_;
};

}  // namespace muster::dialect::admin
