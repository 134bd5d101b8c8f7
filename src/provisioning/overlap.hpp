// The life of what may exist twice during a rotation, a replacement, a transfer or a migration.
#pragma once

namespace muster::provisioning {

/// Prepared, in use, on its way out, over.
enum class OverlapState { pending, active, retiring, revoked };

}  // namespace muster::provisioning
