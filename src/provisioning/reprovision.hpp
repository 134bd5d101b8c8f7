// What becomes of a device that registers again. Pure functions of values.
#pragma once

#include <optional>

#include "provisioning/device.hpp"

namespace muster::provisioning {

/// Whether the device keeps the hub that it has, without allocation being asked. A device without a hub never does; nor
/// does one whose hub is not linked any more.
bool keeps_hub(const ReprovisionPolicy& policy, const std::optional<HubName>& current, bool current_is_linked);

/// What the caller is told: how the hub that it has now relates to the one it had.
RegistrationSubstatus substatus_of(const ReprovisionPolicy& policy, const std::optional<HubName>& current,
                                   const HubName& next);

}  // namespace muster::provisioning
