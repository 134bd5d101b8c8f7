#include "server/initialization.hpp"

#include "codec/sas_token.hpp"
#include "crypto/certificate.hpp"
#include "provisioning/authorities.hpp"
#include "provisioning/policies.hpp"
#include "provisioning/principals.hpp"
#include "server/fixture_test.hpp"

namespace muster::server {
namespace {

using provisioning::AuthorityKind;
using provisioning::platform_tenant;

class Initialization : public StoreTest {
 protected:
  std::size_t records() { return base::run_task(store->scan_audit(0, 1000)).size(); }
  std::vector<provisioning::Tenant> tenants() {
    provisioning::Page page;
    return base::run_task(store->list_tenants(std::move(page)));
  }
  crypto::Certificate certificate_of(const base::TenantId& tenant, AuthorityKind kind) {
    return *crypto::Certificate::from_der(base::run_task(find_authority(*store, tenant, kind)).certificate);
  }
};

TEST_F(Initialization, MakesPlatformAndTenantOnce) {
  initialize();
  ASSERT_TRUE(keys);
  EXPECT_EQ(keys->tenant.id_scope.str().size(), 11U);
  EXPECT_TRUE(keys->tenant.id_scope.str().starts_with("0ne"));
  EXPECT_EQ(base::run_task(store->list_hubs(keys->tenant.id)).front().name.str(), "dps.example");
  EXPECT_EQ(records(), 2U);

  initialize();
  EXPECT_FALSE(keys);
  EXPECT_EQ(records(), 2U);
  EXPECT_EQ(tenants().size(), 1U);
  EXPECT_EQ(base::run_task(store->list_authorities(platform_tenant)).size(), 3U);
}

// A crash, or a full disk, may come between the two commits.
TEST_F(Initialization, GoesOnWhereItWasCutOff) {
  base::run_task(initialize_platform(*store, vault, clock, random));
  const auto root = certificate_of(platform_tenant, AuthorityKind::service_root);
  store.reset();
  store = store::open_store(directory.database(), random);
  EXPECT_TRUE(tenants().empty());

  provisioning::Vault reopened(base::Secret(base::Bytes(32, 7)), 1, *store, random);
  base::run_task(initialize_platform(*store, reopened, clock, random));
  const auto made = base::run_task(initialize_tenant(*store, reopened, "dps.example", clock, random));
  EXPECT_TRUE(made);
  EXPECT_EQ(certificate_of(platform_tenant, AuthorityKind::service_root), root);
}

TEST_F(Initialization, GivesTheTenantEverythingItNeeds) {
  initialize();
  const auto tenant = base::run_task(store->find_tenant(keys->tenant.id_scope));
  ASSERT_TRUE(tenant);
  EXPECT_TRUE(tenant->enabled);
  EXPECT_EQ(base::run_task(store->list_data_keys(tenant->id)).size(), 1U);
  EXPECT_EQ(base::run_task(store->list_hubs(tenant->id)).size(), 1U);
  const auto policy = base::run_task(store->find_policy(tenant->id, keys->policy_name));
  ASSERT_TRUE(policy);
  EXPECT_EQ(policy->rights, provisioning::all_service_rights);
}

TEST_F(Initialization, HandsOverAPolicyKeyThatWorks) {
  initialize();
  provisioning::Policies policies(*store, vault, clock, random);
  const auto token = codec::parse_sas_token(
      codec::make_sas_token("dps.example", keys->policy_key, noon + std::chrono::hours(1), keys->policy_name));
  const auto policy = base::run_task(policies.authenticate(*token));
  ASSERT_TRUE(policy) << policy.error().detail();
  EXPECT_EQ(policy->tenant, tenants().front().id);
}

TEST_F(Initialization, HandsOverAnOperatorTokenThatWorks) {
  initialize();
  const auto principal = base::run_task(store->find_principal(provisioning::hash_token(keys->operator_token.reveal())));
  ASSERT_TRUE(principal);
  EXPECT_EQ(principal->role, provisioning::Role::operator_);
  EXPECT_EQ(principal->tenant, tenants().front().id);
}

TEST_F(Initialization, MakesAnotherOperatorForWhoeverLostTheToken) {
  EXPECT_EQ(fault_of([&] { base::run_task(make_principal(*store, first_tenant, "anna", clock, random)); }),
            "there is no tenant default");
  initialize();
  const auto token = base::run_task(make_principal(*store, first_tenant, "anna", clock, random));
  const auto principal = base::run_task(store->find_principal(provisioning::hash_token(token.reveal())));
  ASSERT_TRUE(principal);
  EXPECT_EQ(principal->name, "anna");
  EXPECT_EQ(principal->role, provisioning::Role::operator_);
  EXPECT_EQ(principal->tenant, first_tenant);
  EXPECT_NE(fault_of([&] { base::run_task(make_principal(*store, first_tenant, "", clock, random)); }), "");
}

TEST_F(Initialization, MakesAPlatformPrincipalOnlyWhereOneIsAskedFor) {
  initialize();
  EXPECT_TRUE(base::run_task(store->list_principals(platform_tenant)).empty());
  const auto token = base::run_task(make_principal(*store, platform_tenant, "root", clock, random));
  const auto principal = base::run_task(store->find_principal(provisioning::hash_token(token.reveal())));
  ASSERT_TRUE(principal);
  EXPECT_EQ(principal->role, provisioning::Role::platform);
  EXPECT_EQ(principal->tenant, platform_tenant);
}

TEST_F(Initialization, KeepsTheTreesOfServiceAndTenantApart) {
  initialize();
  const auto tenant = tenants().front().id;
  const std::pair<base::TenantId, std::pair<AuthorityKind, AuthorityKind>> trees[] = {
      {platform_tenant, {AuthorityKind::service_root, AuthorityKind::service_issuing}},
      {tenant, {AuthorityKind::device_root, AuthorityKind::device_issuing}},
  };
  for (const auto& [owner, kinds] : trees)
    EXPECT_TRUE(certificate_of(owner, kinds.second).is_issued_by(certificate_of(owner, kinds.first)));
  EXPECT_FALSE(certificate_of(tenant, AuthorityKind::device_issuing)
                   .is_issued_by(certificate_of(platform_tenant, AuthorityKind::service_root)));
  EXPECT_FALSE(certificate_of(platform_tenant, AuthorityKind::audit_signing).is_ca());
}

TEST_F(Initialization, StoresNoSecretInPlain) {
  initialize();
  const std::string policy_key(base::text_view(keys->policy_key.reveal()));
  const std::string token(base::text_view(keys->operator_token.reveal()));
  store.reset();
  for (const auto& entry : std::filesystem::directory_iterator(temporary.path())) {
    const std::string content = read_text(entry.path());
    EXPECT_EQ(content.find(policy_key), std::string::npos) << entry.path();
    EXPECT_EQ(content.find(token), std::string::npos) << entry.path();
  }
}

TEST_F(Initialization, WritesPublicCertificatesAndLeavesThemAlone) {
  EXPECT_NE(fault_of([&] { base::run_task(write_public_certificates(*store, directory)); }), "");
  initialize();
  base::run_task(write_public_certificates(*store, directory));
  EXPECT_EQ(*crypto::Certificate::from_text(read_text(directory.ca_certificate())),
            certificate_of(platform_tenant, AuthorityKind::service_root));
  EXPECT_EQ(*crypto::Certificate::from_text(read_text(directory.audit_certificate())),
            certificate_of(platform_tenant, AuthorityKind::audit_signing));
  write_text(directory.ca_certificate(), "mine");
  base::run_task(write_public_certificates(*store, directory));
  EXPECT_EQ(read_text(directory.ca_certificate()), "mine");
}

}  // namespace
}  // namespace muster::server
