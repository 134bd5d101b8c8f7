#include "ca/authority.hpp"

#include <algorithm>
#include <utility>

namespace muster::ca {
namespace {

using base::Errc;
using base::Error;
using base::Random;
using base::Result;
using base::TimePoint;
using crypto::Certificate;
using crypto::PrivateKey;

constexpr std::size_t common_name_size_max = 64;

CertificateRequest authority_request(std::string common_name, const PrivateKey& key, TimePoint now,
                                     std::chrono::hours lifetime, int path_length) {
  return {.common_name = std::move(common_name),
          .organization = std::nullopt,
          .dns_names = {},
          .ip_addresses = {},
          .key = key.public_key(),
          .not_before = now - backdating,
          .not_after = now + lifetime,
          .is_ca = true,
          .path_length = path_length};
}

Result<Certificate> sign_here(const PrivateKey& key, const std::optional<Certificate>& issuer,
                              const CertificateRequest& request, Random& random) {
  const auto unsigned_part = to_be_signed(request, issuer, random);
  if (!unsigned_part) return unsigned_part.error();
  return assemble(*unsigned_part, key.sign_sha256(*unsigned_part));
}

}  // namespace

Result<AuthorityTree> make_tree(std::string_view name, TimePoint now, Random& random) {
  if (name.empty()) return Error(Errc::invalid_argument, "an authority needs a name");
  const PrivateKey root_key = PrivateKey::generate_p256();
  const PrivateKey issuing_key = PrivateKey::generate_p256();
  const std::string text(name);

  const auto root =
      sign_here(root_key, std::nullopt, authority_request(text + " Root CA", root_key, now, root_lifetime, 1), random);
  if (!root) return root.error();
  const auto issuing = sign_here(
      root_key, *root, authority_request(text + " Issuing CA", issuing_key, now, issuing_lifetime, 0), random);
  if (!issuing) return issuing.error();
  return AuthorityTree{.root = *root, .issuing = *issuing, .root_key = root_key, .issuing_key = issuing_key};
}

base::Task<Result<Certificate>> server_certificate(crypto::Signer& signer, std::string key_id, Certificate issuing,
                                                   crypto::PublicKey key, std::vector<std::string> hosts, TimePoint now,
                                                   Random& random) {
  CertificateRequest request{.common_name = {},
                             .organization = std::nullopt,
                             .dns_names = {},
                             .ip_addresses = {},
                             .key = std::move(key),
                             .not_before = std::max<TimePoint>(now - backdating, issuing.not_before()),
                             .not_after = std::min<TimePoint>(now + server_lifetime, issuing.not_after()),
                             .path_length = std::nullopt,
                             .server_auth = true};
  // Clients read the alternative names; the common name is for people.
  if (!hosts.empty() && hosts.front().size() <= common_name_size_max) request.common_name = hosts.front();
  for (auto& host : hosts) (ip_octets(host) ? request.ip_addresses : request.dns_names).push_back(std::move(host));
  if (request.dns_names.empty() && request.ip_addresses.empty())
    co_return Error(Errc::invalid_argument, "a server certificate without a host name");
  co_return co_await issue(signer, std::move(key_id), std::move(issuing), std::move(request), random);
}

base::Task<Result<Certificate>> device_certificate(crypto::Signer& signer, std::string key_id, Certificate issuing,
                                                   std::string common_name, crypto::PublicKey key,
                                                   DeviceCertificateTerms terms, TimePoint now, Random& random) {
  CertificateRequest request{.common_name = std::move(common_name),
                             .organization = std::nullopt,
                             .dns_names = std::move(terms.dns_names),
                             .ip_addresses = {},
                             .key = std::move(key),
                             .not_before = std::max<TimePoint>(now - backdating, issuing.not_before()),
                             .not_after = std::min<TimePoint>(now + terms.lifetime, issuing.not_after()),
                             .path_length = std::nullopt,
                             .client_auth = true,
                             .crl_url = std::move(terms.crl_url),
                             .ocsp_url = std::move(terms.ocsp_url),
                             .issuer_url = std::move(terms.issuer_url)};
  co_return co_await issue(signer, std::move(key_id), std::move(issuing), std::move(request), random);
}

bool due_for_renewal(const Certificate& certificate, TimePoint now) {
  const auto lifetime = certificate.not_after() - certificate.not_before();
  return certificate.not_after() - now <= lifetime / 3;
}

}  // namespace muster::ca
