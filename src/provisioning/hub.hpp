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
  bool in_allocation = true;                     ///< false: only enrollments that name it get it
  bool healthy = true;                           ///< false: it gets no new devices until it is healthy again
  std::optional<std::int64_t> devices_max = {};  ///< with so many devices it is full
  /// Where it stands, for allocation by latency; north and east are positive.
  std::optional<std::int32_t> latitude_microdegrees = {};
  std::optional<std::int32_t> longitude_microdegrees = {};
  SealedSecret connection_string = {};  ///< as Azure's management API links it; empty where there is none
  Revision revision = 0;
};

}  // namespace muster::provisioning
