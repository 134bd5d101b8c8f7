// Certification requests (PKCS #10, RFC 2986).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "crypto/key.hpp"

namespace muster::crypto {

/// Octets of one request, characters of one as text, and host names that it may ask for.
inline constexpr std::size_t signing_request_size_max = 8 * 1024;
inline constexpr std::size_t signing_request_text_size_max = 16 * 1024;
inline constexpr std::size_t signing_request_names_max = 16;

/// What somebody asks a certificate authority for. They have the key's private half; nothing else of it is proven.
struct SigningRequest {
  PublicKey key;
  std::optional<std::string> common_name;  ///< the last one of the subject, UTF-8
  std::vector<std::string> dns_names;      ///< of subjectAltName, as they stand there; its other names are passed over

  /// One DER CertificationRequest and nothing behind it, signed by its own key, which is of a kind that PublicKey
  /// takes. Refuses with csr_malformed.
  static base::Result<SigningRequest> from_der(ByteView der);
  /// PEM ("CERTIFICATE REQUEST") or base64 of DER. csr_malformed.
  static base::Result<SigningRequest> from_text(std::string_view text);
};

}  // namespace muster::crypto
