// Where devices belong.
#pragma once

#include <string>
#include <vector>

#include "provisioning/tenant.hpp"

namespace muster::provisioning {

enum class HubKind {
  external  ///< devices are assigned to it; nothing is created there
};

struct Hub {
  TenantId tenant;
  HubName name;  ///< the host name that devices connect to
  HubKind kind = HubKind::external;
  int weight = 1;               ///< 1 to 1000: its share under hashed allocation
  bool accepts_devices = true;  ///< false: it keeps its devices and gets no new ones
  std::string location;         ///< free text, such as a region's name
  std::vector<std::string> tags;
  TimePoint created_at;
  TimePoint updated_at;
  Revision revision = 0;
};

}  // namespace muster::provisioning
