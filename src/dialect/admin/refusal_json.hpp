// Why a device was refused, as JSON.
#pragma once

#include <boost/json/fwd.hpp>
#include <optional>
#include <vector>

#include "provisioning/store.hpp"

namespace muster::dialect::admin {

/// All that is known of one registration id and its refusals.
struct RefusalReport {
  base::RegistrationId registration_id;
  std::vector<provisioning::RefusalRecord> refusals;   ///< the latest first
  std::optional<provisioning::DeviceRecord> device;    ///< nothing where none registered under that name
  std::optional<provisioning::Enrollment> enrollment;  ///< its own, where it has one
  std::optional<provisioning::EnrollmentGroup> group;  ///< the one that let it in, where it has no own one
};

/// {"registration_id", "refusals": [...], "device", "enrollment"}; each refusal with the cause and the cure of
/// dialect/error_advice.hpp and whether the device has registered since.
boost::json::object to_json(const RefusalReport& report);

}  // namespace muster::dialect::admin
