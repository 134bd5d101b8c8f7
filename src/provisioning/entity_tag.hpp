// What a client hands back to say which version of a thing it changes.
#pragma once

#include <string>

#include "provisioning/tenant.hpp"

namespace muster::provisioning {

/// Opaque hexadecimal text. A thing that was deleted and made again has another one, although it has the same revision.
std::string entity_tag(TimePoint created_at, Revision revision);

}  // namespace muster::provisioning
