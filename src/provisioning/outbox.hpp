// Work on other systems that a commit orders: retried until it is done, by whichever node is alive.
#pragma once

#include <string>

#include "provisioning/grounds.hpp"

namespace muster::provisioning {

struct OutboxEntry {
  TenantId tenant;
  Uuid id;
  std::string kind;
  JsonText content;
  int attempts = 0;
  TimePoint due_at;
  TimePoint created_at;
  Grounds grounds = {};              ///< what let the device in that the work is for
  std::string signing_request = {};  ///< of the device, for a certificate once the work is done; empty: none
  Revision revision = 0;
};

}  // namespace muster::provisioning
