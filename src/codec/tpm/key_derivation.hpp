// The key derivation functions of TPM 2.0 (TPM 2.0 Library, Part 1, section 11.4.10).
#pragma once

#include <string_view>

#include "base/bytes.hpp"
#include "base/secret.hpp"
#include "crypto/hash.hpp"

namespace muster::codec::tpm {

/// KDFa (section 11.4.10.2): NIST SP 800-108 in counter mode with HMAC. The label is given without its terminating
/// zero, which is added. `bits` is a multiple of 8.
base::Secret kdfa(crypto::HashAlgorithm algorithm, const base::Secret& key, std::string_view label,
                  base::ByteView context_u, base::ByteView context_v, std::uint32_t bits);

/// KDFe (section 11.4.10.3): from the x-coordinate of an agreed point and the x-coordinates of both parties' keys.
base::Secret kdfe(crypto::HashAlgorithm algorithm, const base::Secret& shared_x, std::string_view label,
                  base::ByteView party_u, base::ByteView party_v, std::uint32_t bits);

}  // namespace muster::codec::tpm
