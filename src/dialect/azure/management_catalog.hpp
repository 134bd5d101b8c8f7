// The management API's calls whose answers are the same for every service: what there is of Azure, and what there is
// not.
#pragma once

#include "dialect/azure/management_call.hpp"

namespace muster::dialect::azure {

/// Operations, SKUs, results of operations, private endpoints and private links.
class ManagementCatalog final : public ManagementPart {
 public:
  std::vector<ManagementRoute> routes() override;
};

}  // namespace muster::dialect::azure
