// Enrollments and groups as JSON.
#pragma once

#include <boost/json/fwd.hpp>

#include "provisioning/enrollments.hpp"

namespace muster::dialect::admin {

/// With `entity_tag`; without symmetric keys.
boost::json::object to_json(const provisioning::Enrollment& enrollment);
boost::json::object to_json(const provisioning::EnrollmentGroup& group);

/// {"primary_key":…,"secondary_key":…}, base64.
boost::json::object to_json(const provisioning::SymmetricKeys& keys);

/// Adds the keys to the attestation of an enrollment or a group.
void add_keys(boost::json::object& enrollment, const provisioning::SymmetricKeys& keys);

/// Reads what a PUT sends for this id; members that only answers have are passed over, so that an answer can be sent
/// back changed. The draft's precondition is left to the caller. invalid_argument, certificate_malformed.
base::Result<provisioning::Draft<provisioning::Enrollment>> read_enrollment(const boost::json::object& body,
                                                                            base::TenantId tenant,
                                                                            base::RegistrationId id);
base::Result<provisioning::Draft<provisioning::EnrollmentGroup>> read_group(const boost::json::object& body,
                                                                            base::TenantId tenant, base::GroupId id);

}  // namespace muster::dialect::admin
