// The attestation mechanism of an enrollment in Azure's JSON.
#pragma once

#include <boost/json/fwd.hpp>

#include "provisioning/enrollments.hpp"

namespace muster::dialect::azure {

/// What an enrollment's "attestation" member says.
struct AttestationDraft {
  provisioning::Attestation attestation;
  provisioning::SymmetricKeys keys;
};

/// Certificates may be PEM, base64 of DER or base64 of PEM. What is malformed or unsupported is an
/// invalid_argument, the detail naming the member.
base::Result<AttestationDraft> read_attestation(const boost::json::value& json, bool is_group);

}  // namespace muster::dialect::azure
