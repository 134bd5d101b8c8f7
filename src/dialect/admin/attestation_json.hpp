// The four ways of attesting as JSON.
#pragma once

#include <boost/json/fwd.hpp>

#include "provisioning/enrollments.hpp"

namespace muster::dialect::admin {

/// {"type":"symmetric_key"|"tpm"|"x509"|"tpm_vendor", …}, certificates as PEM; without symmetric keys.
boost::json::object to_json(const provisioning::Attestation& attestation);

/// Reads an attestation into `attestation` and its symmetric keys, where it has some, into `keys`. Certificates may be
/// PEM or base64. invalid_argument, certificate_malformed, too_many_items.
base::Status read_attestation(const boost::json::object& object, provisioning::Attestation& attestation,
                              provisioning::SymmetricKeys& keys);

}  // namespace muster::dialect::admin
