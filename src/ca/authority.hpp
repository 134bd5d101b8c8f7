// Which certificates Muster makes for itself, and for how long.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ca/certificate_builder.hpp"

namespace muster::ca {

/// 365 days each.
inline constexpr std::chrono::hours root_lifetime{20 * 365 * 24};
inline constexpr std::chrono::hours issuing_lifetime{10 * 365 * 24};
inline constexpr std::chrono::hours server_lifetime{90 * 24};
/// How far back validity starts: clocks of devices lag.
inline constexpr std::chrono::minutes backdating{5};

/// A root and the authority below it that does the issuing (P-256). The root's key is needed only to replace the
/// issuing authority and can be kept elsewhere.
struct AuthorityTree {
  crypto::Certificate root;
  crypto::Certificate issuing;
  crypto::PrivateKey root_key;
  crypto::PrivateKey issuing_key;
};

/// A new tree of the names "NAME Root CA" and "NAME Issuing CA". The issuing authority can have no authority below it.
/// One tree serves the service's own certificates, and one each tenant's devices; neither vouches for the other.
/// Refuses with invalid_argument a name of more than 53 characters.
base::Result<AuthorityTree> make_tree(std::string_view name, base::TimePoint now, base::Random& random);

/// A TLS server's certificate for host names and IP literals (1 to 100), valid for `server_lifetime`, or as long as
/// the issuing authority where that ends earlier. Refuses with invalid_argument what is neither name nor literal.
base::Task<base::Result<crypto::Certificate>> server_certificate(crypto::Signer& signer, std::string key_id,
                                                                 crypto::Certificate issuing, crypto::PublicKey key,
                                                                 std::vector<std::string> hosts, base::TimePoint now,
                                                                 base::Random& random);

/// What a device's certificate shall say beside its name.
struct DeviceCertificateTerms {
  std::chrono::hours lifetime;
  std::vector<std::string> dns_names;
  std::string crl_url;  ///< these three as in CertificateRequest
  std::string ocsp_url;
  std::string issuer_url;
};

/// A device's certificate for TLS clients, valid for its lifetime or as long as the issuing authority where that ends
/// earlier. Refuses with invalid_argument names that a certificate cannot have.
base::Task<base::Result<crypto::Certificate>> device_certificate(crypto::Signer& signer, std::string key_id,
                                                                 crypto::Certificate issuing, std::string common_name,
                                                                 crypto::PublicKey key, DeviceCertificateTerms terms,
                                                                 base::TimePoint now, base::Random& random);

/// Whether a third or less of the certificate's lifetime is left.
bool due_for_renewal(const crypto::Certificate& certificate, base::TimePoint now);

}  // namespace muster::ca
