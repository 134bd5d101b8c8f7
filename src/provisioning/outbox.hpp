// Work on other systems that a commit orders: retried until it is done, by whichever node is alive.
#pragma once

#include <string>

#include "provisioning/enrollment.hpp"

namespace muster::provisioning {

struct OutboxEntry {
  TenantId tenant;
  Uuid id;
  std::string kind;
  JsonText content;
  int attempts = 0;
  TimePoint due_at;
  TimePoint created_at;
  Revision revision = 0;
};

}  // namespace muster::provisioning
