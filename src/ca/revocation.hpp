// What an authority says about the certificates that it issued: revocation lists (RFC 5280 section 5) and answers to
// questions about single certificates (RFC 6960).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/task.hpp"
#include "crypto/certificate.hpp"
#include "crypto/ocsp_request.hpp"
#include "crypto/signer.hpp"

namespace muster::ca {

/// A revocation. `reason` as RFC 5280 section 5.3.1 numbers them.
struct Revocation {
  base::TimePoint at;
  std::uint8_t reason = 0;
};

struct RevokedSerial {
  std::string serial;  ///< hexadecimal
  Revocation revocation;
};

struct RevocationList {
  std::uint64_t number = 0;  ///< greater than that of every list before
  base::TimePoint this_update;
  base::TimePoint next_update;
  std::vector<RevokedSerial> revoked;
};

/// The DER CertificateList, signed by `issuer`, whose key the signer knows as `key_id`. The signer must outlive the
/// task. Refuses what the signer refuses.
base::Task<base::Result<base::Bytes>> sign_list(crypto::Signer& signer, std::string key_id, crypto::Certificate issuer,
                                                RevocationList list);

enum class CertificateState { good, revoked, unknown };

/// What is answered about one certificate.
struct CertificateStatus {
  base::Bytes id;  ///< CertID of the question, DER
  CertificateState state = CertificateState::unknown;
  std::optional<Revocation> revocation;  ///< where it is revoked
};

struct OcspAnswer {
  base::TimePoint now;
  base::TimePoint next_update;
  std::vector<CertificateStatus> statuses;
  std::optional<base::Bytes> nonce;  ///< of the question
};

/// The DER OCSPResponse "successful", signed by the issuer itself (RFC 6960 section 4.2.2.2), so that it needs no
/// certificate of its own.
base::Task<base::Result<base::Bytes>> sign_ocsp_answer(crypto::Signer& signer, std::string key_id,
                                                       crypto::Certificate issuer, OcspAnswer answer);

/// RFC 6960 section 4.2.1: refusals are not signed.
enum class OcspRefusal : std::uint8_t { malformed_request = 1, internal_error = 2, try_later = 3 };
base::Bytes ocsp_refusal(OcspRefusal refusal);

}  // namespace muster::ca
