// The certificate with which a TPM's manufacturer vouches for an endorsement key.
#pragma once

#include <span>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"
#include "codec/tpm/public_area.hpp"
#include "crypto/certificate.hpp"

namespace muster::attest::tpm {

/// The longest content of the TPM's NV memory that is looked at.
inline constexpr std::size_t endorsement_certificate_size_max = 8192;

/// Checks that `certificate` (DER, as read from the TPM: octets 00 or FF may follow it) vouches for `ek` and leads to
/// one of `roots`: TCG EK Credential Profile for TPM Family 2.0. `intermediates` are only helpers and trusted for
/// nothing; a root need not be self-signed. Errc::endorsement_certificate_missing where it is empty;
/// endorsement_certificate_untrusted otherwise, the detail saying which check failed.
base::Status check_endorsement_certificate(const codec::tpm::PublicArea& ek, base::ByteView certificate,
                                           std::span<const crypto::Certificate> intermediates,
                                           std::span<const crypto::Certificate> roots, base::TimePoint now);

}  // namespace muster::attest::tpm
