// A device's record as JSON.
#pragma once

#include <boost/json/fwd.hpp>

#include "provisioning/device.hpp"

namespace muster::dialect::admin {

/// Everything that is known of a device but its secrets.
boost::json::object to_json(const provisioning::DeviceRecord& record);

}  // namespace muster::dialect::admin
