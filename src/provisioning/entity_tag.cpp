#include "provisioning/entity_tag.hpp"

#include <cstdio>

namespace muster::provisioning {

std::string entity_tag(TimePoint created_at, Revision revision) {
  char text[40];
  const int size = std::snprintf(text, sizeof text, "%014llx-%llx",
                                 static_cast<unsigned long long>(base::to_unix_microseconds(created_at)),
                                 static_cast<unsigned long long>(revision));
  return {text, static_cast<std::size_t>(size)};
}

}  // namespace muster::provisioning
