// Enrollments in the JSON of Azure's service API (Microsoft's REST reference "Individual enrollment" and "Enrollment
// group").
#pragma once

#include <boost/json/fwd.hpp>
#include <optional>
#include <string_view>

#include "provisioning/enrollments.hpp"

namespace muster::dialect::azure {

/// Reads an enrollment; the id is the path's, and properties that are not known are ignored, as Azure does. Null is
/// absent. Refuses with malformed_json or invalid_argument, the detail naming the member.
base::Result<provisioning::Draft<provisioning::Enrollment>> read_enrollment(const boost::json::object& json,
                                                                            const provisioning::TenantId& tenant,
                                                                            const provisioning::RegistrationId& id);
base::Result<provisioning::Draft<provisioning::EnrollmentGroup>> read_group(const boost::json::object& json,
                                                                            const provisioning::TenantId& tenant,
                                                                            const provisioning::GroupId& id);

/// An enrollment group's id: as a registration id, but folded to lower case. Nothing where it is none.
std::optional<provisioning::GroupId> parse_group_id(std::string_view text);

/// Writes an enrollment. Symmetric keys are there only where they are given; `record` adds the registration's state.
boost::json::object write_enrollment(const provisioning::Enrollment& enrollment,
                                     const provisioning::SymmetricKeys* keys, const provisioning::DeviceRecord* record);
boost::json::object write_group(const provisioning::EnrollmentGroup& group, const provisioning::SymmetricKeys* keys);

/// AttestationMechanism: {"type", and the member of that name}.
boost::json::object write_attestation(const provisioning::Attestation& attestation, bool is_group,
                                      const provisioning::SymmetricKeys* keys);

}  // namespace muster::dialect::azure
