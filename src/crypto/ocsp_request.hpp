// Questions about the state of certificates (RFC 6960 section 4.1).
#pragma once

#include <optional>
#include <vector>

#include "base/error.hpp"
#include "crypto/certificate.hpp"

namespace muster::crypto {

inline constexpr std::size_t ocsp_request_size_max = 4 * 1024;
inline constexpr std::size_t ocsp_certificates_max = 16;
/// RFC 9654 section 2.1.
inline constexpr std::size_t ocsp_nonce_size_max = 128;

/// A certificate that somebody asks about.
struct OcspCertificateId {
  Bytes der;           ///< CertID, octet by octet, as the answer repeats it
  std::string serial;  ///< upper-case hexadecimal, as Certificate::serial() has it
  bool is_issuers;     ///< whether it names the issuer that the request was read for
};

struct OcspRequest {
  std::vector<OcspCertificateId> certificates;  ///< at least one
  std::optional<Bytes> nonce;                   ///< the extension's value, as the answer repeats it
};

/// A DER OCSPRequest and nothing behind it. A signature on it is passed over: nobody is refused an answer. `issuer` is
/// who answers. Refuses with malformed_request what is none, what asks about more than `ocsp_certificates_max`, and a
/// nonce that is too long.
base::Result<OcspRequest> parse_ocsp_request(ByteView der, const Certificate& issuer);

}  // namespace muster::crypto
