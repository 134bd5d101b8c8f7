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

/// What the device's twin holds at first in a hub that it is new in, and the capability of its identity there.
struct DeviceData {
  JsonText twin;  ///< empty: nothing
  bool iot_edge = false;
};

/// For a device that enters a hub, `previous` being where it was until now (null: nowhere, or its registration was
/// deleted). A first assignment and a reset begin with what the enrollment says, a migration with what the device had.
/// A webhook's twin, where there is one, goes before both.
DeviceData data_in_new_hub(const EnrollmentTerms& terms, const Placement* previous, const JsonText& webhook_twin);

}  // namespace muster::provisioning
