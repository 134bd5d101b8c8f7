// Whether an endorsement key is exactly what its manufacturer's TPM makes of the default template.
#pragma once

#include "base/bytes.hpp"
#include "base/error.hpp"

namespace muster::attest::tpm {

/// Accepts a TPM2B_PUBLIC that is template L-1 (RSA-2048), L-2 (P-256) or H-3 (P-384) of the TCG EK Credential Profile
/// with a key filled in, octet by octet. The certificate vouches for the bare key only: without this check one key
/// could be presented under any number of policies and attributes, each with a registration id of its own.
/// Errc::tpm_key_unsupported otherwise.
base::Status check_default_template(base::ByteView ek_tpm2b);

}  // namespace muster::attest::tpm
