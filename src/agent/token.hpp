// Shared access signatures by a device's own key, wherever that key is.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "agent/device_key.hpp"
#include "base/clock.hpp"

namespace muster::agent {

/// A token for `resource` ("scope/registrations/id", "hub/devices/id"), which is percent-encoded first. An empty
/// `key_name` leaves skn out, as hubs want it for devices. Nothing where the key has nothing to sign with. Throws what
/// `key` throws. https://learn.microsoft.com/azure/iot-hub/iot-hub-dev-guide-sas
std::optional<std::string> make_token(DeviceKey& key, std::string_view resource, base::TimePoint expires,
                                      std::string_view key_name);

}  // namespace muster::agent
