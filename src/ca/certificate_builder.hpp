// Issuing certificates.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/task.hpp"
#include "crypto/certificate.hpp"
#include "crypto/signer.hpp"

namespace muster::ca {

/// What a certificate shall say.
struct CertificateRequest {
  /// Up to 64 characters of printable UTF-8 (RFC 5280 appendix A, ub-common-name). Empty only together with at least
  /// one alternative name and without an organization; authorities need one.
  std::string common_name;
  std::optional<std::string> organization;  ///< up to 64 characters
  std::vector<std::string> dns_names;       ///< host names; with `ip_addresses` at most 100
  std::vector<std::string> ip_addresses;    ///< literals of IPv4 and IPv6
  crypto::PublicKey key;
  base::TimePoint not_before;
  base::TimePoint not_after;
  bool is_ca = false;
  std::optional<int> path_length;  ///< authorities only: how many more may stand below
  bool server_auth = false;
  bool client_auth = false;
  std::string crl_url = {};     ///< where the issuer's revocation list is (RFC 5280 section 4.2.1.13); empty: left out
  std::string ocsp_url = {};    ///< whom to ask about this certificate (section 4.2.2.1); empty: left out
  std::string issuer_url = {};  ///< where the issuer's certificate is (section 4.2.2.1); empty: left out
};

/// The DER TBSCertificate (RFC 5280 section 4.1) to be signed with ecdsa-with-SHA256 by the issuer, or by the
/// certificate's own key where there is no issuer. The serial number has 20 octets, 158 bits of them random. Key
/// identifiers are made by RFC 7093 section 2, method 4. Refuses with invalid_argument what a certificate cannot say.
base::Result<base::Bytes> to_be_signed(const CertificateRequest& request,
                                       const std::optional<crypto::Certificate>& issuer, base::Random& random);

/// The certificate made of a TBSCertificate and its ECDSA-SHA256 signature. Throws where they make none.
crypto::Certificate assemble(base::ByteView to_be_signed, base::ByteView signature);

/// Issues a certificate by `issuer`, whose key the signer knows as `key_id`; self-signed where there is no issuer.
/// Refuses what `to_be_signed` and the signer refuse. The signer and the generator must outlive the task.
base::Task<base::Result<crypto::Certificate>> issue(crypto::Signer& signer, std::string key_id,
                                                    std::optional<crypto::Certificate> issuer,
                                                    CertificateRequest request, base::Random& random);

/// A host name as RFC 1123 section 2.1 has it: up to 253 characters, labels of 1 to 63 letters, digits and inner
/// dashes, the last one not all digits. No wildcards.
bool is_host_name(std::string_view text);
/// The 4 or 16 octets of an IP literal; nothing where it is none.
std::optional<base::Bytes> ip_octets(const std::string& literal);

}  // namespace muster::ca
