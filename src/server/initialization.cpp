#include "server/initialization.hpp"

#include <algorithm>
#include <stdexcept>

#include "ca/authority.hpp"
#include "ca/certificate_builder.hpp"
#include "crypto/signer.hpp"
#include "provisioning/policies.hpp"
#include "provisioning/principals.hpp"

namespace muster::server {

using base::Secret;
using base::Task;
using base::TimePoint;
using provisioning::Authority;
using provisioning::AuthorityKind;
using provisioning::Put;
using provisioning::TenantId;
using provisioning::Write;

namespace {

constexpr std::size_t policy_key_size = 32;
constexpr const char* first_tenant = "default";
constexpr const char* owner_policy = "provisioningserviceowner";

/// A refusal where none can be: the arguments are our own.
template <class T>
T must(base::Result<T> result) {
  if (!result) throw std::runtime_error(base::to_string(result.error()));
  return std::move(*result);
}

/// Rows of one tenant that are made before the store can be asked for its data key.
class FirstRows {
 public:
  FirstRows(TenantId tenant, provisioning::Vault& vault, TimePoint now, base::Random& random)
      : vault_(vault), now_(now), random_(random), data_key_(vault.make_data_key(tenant, 1, now)) {
    write_.tenant = std::move(tenant);
    write_.changes.emplace_back(Put{data_key_});
  }

  void add(provisioning::Row row) { write_.changes.emplace_back(Put{std::move(row)}); }

  void add_authority(AuthorityKind kind, const crypto::Certificate& certificate, const crypto::PrivateKey& key) {
    Authority authority{.tenant = write_.tenant,
                        .kind = kind,
                        .id = base::Uuid::draw(random_),
                        .certificate = certificate.der(),
                        .key = {},
                        .created_at = now_};
    authority.key = vault_.seal_with(data_key_, key_place(authority), key.pkcs8());
    add(std::move(authority));
  }

  provisioning::SealedSecret seal(const provisioning::SecretPlace& place, const Secret& secret) {
    return vault_.seal_with(data_key_, place, secret);
  }

  Task<void> commit(provisioning::Store& store, std::string action, std::string detail) {
    write_.audit.push_back({.actor = "system",
                            .action = std::move(action),
                            .subject = "tenant:" + write_.tenant.str(),
                            .detail = std::move(detail),
                            .personal = {},
                            .at = now_});
    const auto committed = co_await store.commit(std::move(write_));
    if (!committed) throw std::runtime_error("initialization: " + base::to_string(committed.error()));
  }

 private:
  provisioning::Vault& vault_;
  TimePoint now_;
  base::Random& random_;
  provisioning::DataKey data_key_;
  Write write_;
};

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

provisioning::SecretPlace key_place(const Authority& authority) {
  return {authority.tenant, "authority", authority.id.str()};
}

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
  FirstRows rows(provisioning::platform_tenant, vault, now, random);
  const auto tree = must(ca::make_tree("Muster Service", now, random));
  rows.add_authority(AuthorityKind::service_root, tree.root, tree.root_key);
  rows.add_authority(AuthorityKind::service_issuing, tree.issuing, tree.issuing_key);
  const auto audit_key = crypto::PrivateKey::generate_p256();
  const auto certificate = co_await audit_certificate(audit_key, now, random);
  rows.add_authority(AuthorityKind::audit_signing, certificate, audit_key);
  co_await rows.commit(store, "platform.initialized", "service CA " + tree.root.sha256_thumbprint());
}

Task<std::optional<FirstKeys>> initialize_tenant(provisioning::Store& store, provisioning::Vault& vault,
                                                 std::string first_host, const base::Clock& clock,
                                                 base::Random& random) {
  provisioning::Page one{.after = {}, .limit = 1};
  const auto present = co_await store.list_tenants(std::move(one));
  if (!present.empty()) co_return std::nullopt;

  const TimePoint now = clock.now();
  const TenantId id(first_tenant);
  FirstRows rows(id, vault, now, random);
  FirstKeys keys{.id_scope = provisioning::IdScope("0ne" + base::to_hex(random.bytes(4))),
                 .policy_name = owner_policy,
                 .policy_key = random.secret(policy_key_size),
                 .operator_token = provisioning::draw_token(random),
                 .hub = base::to_lower(first_host)};

  rows.add(provisioning::Tenant{.id = id, .name = first_tenant, .id_scope = keys.id_scope, .created_at = now});
  const auto tree = must(ca::make_tree("Muster Devices " + keys.id_scope.str(), now, random));
  rows.add_authority(AuthorityKind::device_root, tree.root, tree.root_key);
  rows.add_authority(AuthorityKind::device_issuing, tree.issuing, tree.issuing_key);

  provisioning::AccessPolicy policy{.tenant = id,
                                    .name = owner_policy,
                                    .primary_key = {},
                                    .secondary_key = {},
                                    .rights = provisioning::all_service_rights,
                                    .created_at = now};
  policy.primary_key = rows.seal(provisioning::key_place(policy, "primary"), keys.policy_key);
  policy.secondary_key = rows.seal(provisioning::key_place(policy, "secondary"), random.secret(policy_key_size));
  rows.add(std::move(policy));

  rows.add(provisioning::Hub{.tenant = id,
                             .name = provisioning::HubName(keys.hub),
                             .location = {},
                             .tags = {},
                             .created_at = now,
                             .updated_at = now});
  rows.add(provisioning::Principal{.tenant = id,
                                   .id = base::Uuid::draw(random),
                                   .name = "operator",
                                   .token_hash = provisioning::hash_token(keys.operator_token.reveal()),
                                   .role = provisioning::Role::operator_,
                                   .scope = {},
                                   .expires_at = {},
                                   .created_at = now});
  co_await rows.commit(store, "tenant.created", "ID scope " + keys.id_scope.str() + ", hub " + keys.hub);
  co_return keys;
}

Task<Authority> find_authority(provisioning::Store& store, TenantId tenant, AuthorityKind kind) {
  const auto authorities = co_await store.list_authorities(tenant);
  const auto found = std::find_if(authorities.begin(), authorities.end(), [kind](const Authority& authority) {
    return authority.kind == kind && authority.state == provisioning::OverlapState::active;
  });
  if (found == authorities.end()) throw std::runtime_error("tenant " + tenant.str() + " lacks a signing certificate");
  co_return *found;
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

Task<Secret> make_operator(provisioning::Store& store, std::string name, const base::Clock& clock,
                           base::Random& random) {
  provisioning::Page one{.after = {}, .limit = 1};
  const auto tenants = co_await store.list_tenants(std::move(one));
  if (tenants.empty()) throw std::runtime_error("there is no tenant yet");
  provisioning::Principals principals(store, clock, random);
  provisioning::Principal wanted{.tenant = tenants.front().id,
                                 .id = {},
                                 .name = std::move(name),
                                 .token_hash = {},
                                 .role = provisioning::Role::operator_,
                                 .scope = {},
                                 .expires_at = {},
                                 .created_at = {}};
  provisioning::Actor actor{.name = "system", .address = {}};
  auto made = co_await principals.add(std::move(wanted), std::move(actor));
  if (!made) throw std::runtime_error(base::to_string(made.error()));
  co_return std::move(made->token);
}

}  // namespace muster::server
