// What an allocation webhook answers (Microsoft's "Understand custom allocation policies": AllocationResponse).
#pragma once

#include <span>
#include <string_view>

#include "provisioning/allocation_webhook.hpp"

namespace muster::dialect::azure {

/// Reads an AllocationResponse of at most 64 KiB and 32 levels; names of members compare without regard to case. The
/// hub must be one of those that were offered, the twin an object of at most 32 KiB. webhook_failed otherwise.
base::Result<provisioning::WebhookVerdict> read_webhook_answer(std::string_view text,
                                                               std::span<const provisioning::HubName> offered);

}  // namespace muster::dialect::azure
