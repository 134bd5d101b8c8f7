// Which hub a device belongs to. Pure functions of values.
#pragma once

#include <optional>
#include <set>
#include <span>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "provisioning/enrollment.hpp"
#include "provisioning/hub.hpp"
#include "provisioning/place.hpp"

namespace muster::provisioning {

/// Hubs this near to each other count as equally near: by a fibre, 50 km are half a millisecond there and back.
inline constexpr double equally_near_kilometres = 50;

/// What a decision is made upon, beside the terms of the enrollment.
struct AllocationFacts {
  std::string_view device;         ///< the folded registration id
  std::span<const Hub> linked;     ///< the tenant's hubs
  std::set<HubName> full;          ///< those of them that have as many devices as they may
  std::optional<HubName> current;  ///< where the device is now
  std::optional<Place> place;      ///< where on earth it is, where that is known
};

/// Weighted rendezvous hashing (Thaler and Ravishankar, "Using name-based mappings to increase hit rates", 1998; the
/// weights after Schindelhauer and Schomaker, 2005): every hub draws a score from the device's name and its own, the
/// highest wins. Adding a hub moves only the devices that it wins. Null where `hubs` is empty.
const Hub* choose_by_hash(std::string_view folded_registration_id, std::span<const Hub> hubs);

/// The hubs nearest to a place, and those hardly farther away (equally_near_kilometres). Hubs whose place is not known
/// count last: they are all there is only where no hub's place is known.
std::vector<Hub> nearest(const Place& place, std::vector<Hub> hubs);

/// The hubs that a device may get: those that the enrollment names, in that order, or all of the tenant's that take
/// part in allocation; and of these the ones that take new devices: not draining, healthy, not full. The hub that the
/// device is in now stays a candidate whatever state it is in.
///
/// Refuses with hub_not_linked (the enrollment names a hub that the tenant does not have) and no_hub_available.
base::Result<std::vector<Hub>> candidates(const EnrollmentTerms& terms, const AllocationFacts& facts);

/// The hub for a device under its enrollment's terms: hashed, static (the first hub that the enrollment names) or by
/// latency (the nearest; hashed where the device's place is not known). Refuses as `candidates` does. A custom policy
/// is decided by its webhook (provisioning/custom_allocation.hpp), not here: std::logic_error.
base::Result<Hub> allocate(const EnrollmentTerms& terms, AllocationPolicy tenant_policy, const AllocationFacts& facts);

/// The policy that decides for an enrollment: its own, else its tenant's.
AllocationPolicy policy_of(const EnrollmentTerms& terms, AllocationPolicy tenant_policy);

}  // namespace muster::provisioning
