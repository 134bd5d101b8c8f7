// What every stored row has in common.
#pragma once

#include <cstdint>

namespace muster::provisioning {

/// Counts the writes of one row: 0 for a row that is not stored yet, 1 after the first write. A writer hands back the
/// revision that it read; the store refuses the write where somebody was faster.
using Revision = std::int64_t;

}  // namespace muster::provisioning
