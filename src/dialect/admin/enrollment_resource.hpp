// /muster/v1/enrollments: individual enrollments.
#pragma once

#include "dialect/admin/resource.hpp"

namespace muster::dialect::admin {

/// List, show, put and remove individual enrollments; show their symmetric keys.
class EnrollmentResource final : public Resource {
 public:
  EnrollmentResource(provisioning::Store& store, provisioning::Enrollments& enrollments)
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
