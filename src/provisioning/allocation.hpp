// Which hub a device belongs to. Pure functions of values.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "base/error.hpp"
#include "provisioning/enrollment.hpp"
#include "provisioning/hub.hpp"

namespace muster::provisioning {

/// Weighted rendezvous hashing (Thaler and Ravishankar, "Using name-based mappings to increase hit rates", 1998; the
/// weights after Schindelhauer and Schomaker, 2005): every hub draws a score from the device's name and its own, the
/// highest wins. Adding a hub moves only the devices that it wins. Null where `hubs` is empty.
const Hub* choose_by_hash(std::string_view folded_registration_id, std::span<const Hub> hubs);

/// The hub for a device under its enrollment's terms, out of the tenant's linked hubs. The hub that it is in now
/// (`current`) stays a candidate although it accepts no new devices.
///
/// Refuses with hub_not_linked (the enrollment names a hub that the tenant does not have), no_hub_available (none
/// accepts devices), allocation_policy_unsupported (geo-latency and custom allocation are not offered).
base::Result<Hub> allocate(std::string_view folded_registration_id, const EnrollmentTerms& terms,
                           AllocationPolicy tenant_policy, std::span<const Hub> linked,
                           const std::optional<HubName>& current);

}  // namespace muster::provisioning
