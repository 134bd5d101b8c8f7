#include "server/server_certificate.hpp"

#include <algorithm>
#include <stdexcept>

#include "ca/authority.hpp"
#include "crypto/signer.hpp"
#include "provisioning/authorities.hpp"

namespace muster::server {

using base::Task;
using provisioning::AuthorityKind;
using provisioning::CertificatePurpose;
using provisioning::IssuedCertificate;
using provisioning::OverlapState;
using provisioning::platform_tenant;

namespace {

constexpr const char* issuing_key = "service-issuing";

provisioning::SecretPlace key_place(const IssuedCertificate& issued) {
  return {issued.tenant, "issued_certificate", issued.serial};
}

}  // namespace

ServerCertificate::ServerCertificate(provisioning::Store& store, provisioning::Vault& vault, const base::Clock& clock,
                                     base::Random& random, std::vector<std::string> hosts)
    : store_(store), vault_(vault), clock_(clock), random_(random), hosts_(std::move(hosts)) {}

bool ServerCertificate::still_good(const IssuedCertificate& issued) const {
  const auto certificate = crypto::Certificate::from_der(issued.certificate);
  if (!certificate || ca::due_for_renewal(*certificate, clock_.now())) return false;
  return std::all_of(hosts_.begin(), hosts_.end(),
                     [&](const std::string& host) { return certificate->names_host(host); });
}

Task<net::TlsIdentity> ServerCertificate::current() {
  auto issued = co_await store_.find_active_certificate(platform_tenant, CertificatePurpose::server);
  if (!issued || !still_good(*issued)) issued = co_await issue(std::move(issued));

  const auto leaf = crypto::Certificate::from_der(issued->certificate);
  const auto authority = co_await find_authority(store_, platform_tenant, AuthorityKind::service_issuing);
  const auto issuing = crypto::Certificate::from_der(authority.certificate);
  provisioning::SecretPlace place = key_place(*issued);
  const base::Secret key_octets = co_await vault_.open(std::move(place), issued->key);
  const auto key = crypto::PrivateKey::from_pkcs8(key_octets);
  if (!leaf || !issuing || !key) throw std::runtime_error("the server's certificate cannot be read");
  net::TlsIdentity identity{.certificate_chain_pem = leaf->pem() + issuing->pem(), .private_key_pem = key->pem()};
  co_return identity;
}

Task<IssuedCertificate> ServerCertificate::issue(std::optional<IssuedCertificate> predecessor) {
  const auto authority = co_await find_authority(store_, platform_tenant, AuthorityKind::service_issuing);
  const auto issuing = crypto::Certificate::from_der(authority.certificate);
  provisioning::SecretPlace authority_place = key_place(authority);
  const base::Secret authority_key = co_await vault_.open(std::move(authority_place), authority.key);
  const auto signing_key = crypto::PrivateKey::from_pkcs8(authority_key);
  if (!issuing || !signing_key) throw std::runtime_error("the service CA cannot be read");
  crypto::KeyringSigner signer;
  signer.add(issuing_key, *signing_key);

  const auto now = clock_.now();
  const auto key = crypto::PrivateKey::generate_p256();
  const auto certificate =
      co_await ca::server_certificate(signer, issuing_key, *issuing, key.public_key(), hosts_, now, random_);
  if (!certificate) throw std::runtime_error("the server's certificate: " + base::to_string(certificate.error()));

  IssuedCertificate issued{.tenant = platform_tenant,
                           .serial = certificate->serial(),
                           .authority = authority.id,
                           .purpose = CertificatePurpose::server,
                           .certificate = certificate->der(),
                           .key = {},
                           .not_before = certificate->not_before(),
                           .not_after = certificate->not_after()};
  provisioning::SecretPlace place = key_place(issued);
  issued.key = co_await vault_.seal(std::move(place), key.pkcs8());

  provisioning::Write write{.tenant = platform_tenant, .changes = {}, .audit = {}};
  write.changes.emplace_back(provisioning::Put{issued});
  if (predecessor) {
    predecessor->state = OverlapState::retiring;
    write.changes.emplace_back(provisioning::Put{*predecessor});
  }
  write.audit.push_back({.actor = "system",
                         .action = "server_certificate.issued",
                         .subject = "certificate:" + issued.serial,
                         .detail = "for " + hosts_.front() + " until " + base::to_rfc3339(issued.not_after),
                         .personal = {},
                         .at = now});
  const auto committed = co_await store_.commit(std::move(write));
  if (committed) co_return issued;
  // Another node renewed it at the same moment: its certificate is as good.
  auto others = co_await store_.find_active_certificate(platform_tenant, CertificatePurpose::server);
  if (!others || !still_good(*others)) throw std::runtime_error("the server's certificate was not stored");
  co_return std::move(*others);
}

}  // namespace muster::server
