// What a device writes when it registers.
#pragma once

#include <optional>
#include <string>

#include "base/error.hpp"
#include "provisioning/attestation.hpp"

namespace muster::dialect::azure {

struct RegisterBody {
  std::optional<std::string> registration_id;  ///< some SDKs leave it to the path
  std::optional<provisioning::TpmKeys> tpm;
  std::optional<provisioning::JsonText> payload;
  std::string signing_request;  ///< "csr": PKCS #10, base64 of DER or PEM; empty: none
};

/// Reads the body of a registration or a look-up; no octets are an empty object. malformed_json, invalid_argument (a
/// member of the wrong type, base64 that is none).
///
/// Muster's own extension: tpm.endorsementKeyCertificate (base64 of DER) and tpm.endorsementKeyIntermediates (an array
/// of them, at most 8), for enrollment groups by vendor roots.
base::Result<RegisterBody> read_register_body(std::string_view body);

}  // namespace muster::dialect::azure
