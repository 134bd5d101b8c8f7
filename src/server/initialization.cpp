#include "server/initialization.hpp"

#include <algorithm>
#include <stdexcept>

#include "ca/authority.hpp"
#include "ca/certificate_builder.hpp"
#include "crypto/signer.hpp"
#include "provisioning/authorities.hpp"
#include "provisioning/first_rows.hpp"
#include "provisioning/principals.hpp"

namespace muster::server {

using base::Secret;
using base::Task;
using base::TimePoint;
using provisioning::Authority;
using provisioning::AuthorityKind;
using provisioning::TenantId;

namespace {

/// A refusal where none can be: the arguments are our own.
template <class T>
T must(base::Result<T> result) {
  if (!result) throw std::runtime_error(base::to_string(result.error()));
  return std::move(*result);
}

Task<crypto::Certificate> audit_certificate(const crypto::PrivateKey& key, TimePoint now, base::Random& random) {
  crypto::KeyringSigner signer;
  signer.add("audit", key);
  ca::CertificateRequest request{.common_name = "Muster Audit Trail",
                                 .organization = {},
                                 .dns_names = {},
                                 .ip_addresses = {},
                                 .key = key.public_key(),
                                 .not_before = now - ca::backdating,
                                 .not_after = now + ca::root_lifetime,
                                 .path_length = {}};
  auto issued = co_await ca::issue(signer, "audit", std::nullopt, std::move(request), random);
  co_return must(std::move(issued));
}

}  // namespace

void prepare_directory(const DataDirectory& directory, const Configuration& configuration, base::Random& random) {
  directory.prepare();
  directory.make_master_key(random);
  if (!std::filesystem::exists(directory.configuration()))
    directory.write(directory.configuration(), base::view(initial_configuration(configuration)));
}

Task<void> initialize_platform(provisioning::Store& store, provisioning::Vault& vault, const base::Clock& clock,
                               base::Random& random) {
  const auto present = co_await store.list_authorities(provisioning::platform_tenant);
  if (!present.empty()) co_return;
  const TimePoint now = clock.now();
  provisioning::FirstRows rows(provisioning::platform_tenant, vault, now, random);
  const auto tree = must(ca::make_tree("Muster Service", now, random));
  rows.add_authority(AuthorityKind::service_root, tree.root, tree.root_key);
  rows.add_authority(AuthorityKind::service_issuing, tree.issuing, tree.issuing_key);
  const auto audit_key = crypto::PrivateKey::generate_p256();
  const auto certificate = co_await audit_certificate(audit_key, now, random);
  rows.add_authority(AuthorityKind::audit_signing, certificate, audit_key);
  provisioning::Write write = rows.take({.actor = "system",
                                         .action = "platform.initialized",
                                         .subject = "tenant:" + provisioning::platform_tenant.str(),
                                         .detail = "service CA " + tree.root.sha256_thumbprint(),
                                         .personal = {},
                                         .at = now});
  must(co_await store.commit(std::move(write)));
}

Task<std::optional<provisioning::NewTenant>> initialize_tenant(provisioning::Store& store, provisioning::Vault& vault,
                                                               std::string first_host, const base::Clock& clock,
                                                               base::Random& random) {
  provisioning::Page one{.after = {}, .limit = 1};
  const auto present = co_await store.list_tenants(std::move(one));
  if (!present.empty()) co_return std::nullopt;
  provisioning::Tenants tenants(store, vault, clock, random);
  provisioning::WantedTenant wanted{.id = first_tenant, .hub = std::move(first_host)};
  provisioning::Actor actor{.name = "system", .address = {}};
  auto made = co_await tenants.add(std::move(wanted), std::move(actor));
  co_return must(std::move(made));
}

Task<void> write_public_certificates(provisioning::Store& store, DataDirectory directory) {
  const std::pair<AuthorityKind, std::filesystem::path> files[] = {
      {AuthorityKind::service_root, directory.ca_certificate()},
      {AuthorityKind::audit_signing, directory.audit_certificate()},
  };
  for (const auto& [kind, file] : files) {
    if (std::filesystem::exists(file)) continue;
    const auto authority = co_await find_authority(store, provisioning::platform_tenant, kind);
    const auto certificate = must(crypto::Certificate::from_der(authority.certificate));
    directory.write(file, base::view(certificate.pem()));
  }
}

Task<Secret> make_principal(provisioning::Store& store, TenantId tenant, std::string name, const base::Clock& clock,
                            base::Random& random) {
  const bool is_platform = tenant == provisioning::platform_tenant;
  const auto stored = co_await store.find_tenant(tenant);
  if (!is_platform && !stored) throw std::runtime_error("there is no tenant " + tenant.str());
  provisioning::Principals principals(store, clock, random);
  provisioning::Principal wanted{.tenant = std::move(tenant),
                                 .id = {},
                                 .name = std::move(name),
                                 .token_hash = {},
                                 .role = is_platform ? provisioning::Role::platform : provisioning::Role::operator_,
                                 .scope = {},
                                 .expires_at = {},
                                 .created_at = {}};
  provisioning::Actor actor{.name = "system", .address = {}};
  auto made = co_await principals.add(std::move(wanted), std::move(actor));
  co_return std::move(must(std::move(made)).token);
}

}  // namespace muster::server
