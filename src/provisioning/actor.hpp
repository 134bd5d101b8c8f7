// Who does something, for the audit trail.
#pragma once

#include <string>

namespace muster::provisioning {

struct Actor {
  std::string name;     ///< "principal:NAME", "policy:NAME", "device:NAME" or "system"
  std::string address;  ///< where the request came from; personal data: it stays outside the audit chain
};

}  // namespace muster::provisioning
