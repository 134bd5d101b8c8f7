#include "provisioning/tenants.hpp"

#include "provisioning/authorities.hpp"
#include "provisioning/fixture_test.hpp"
#include "provisioning/policies.hpp"
#include "provisioning/principals.hpp"

namespace muster::provisioning {
namespace {

const TenantId plant{"plant-2"};

class TenantsTest : public ProvisioningTest {
 protected:
  TenantsTest() { commit(platform_tenant, {Put{vault.make_data_key(platform_tenant, 1, noon)}}); }

  NewTenant add(std::string id, std::string hub = {}) {
    auto made = run(tenants.add({.id = TenantId(std::move(id)), .hub = std::move(hub)}, operator_ann));
    if (!made) throw std::runtime_error(base::to_string(made.error()));
    return *std::move(made);
  }
  std::string refusal_of_add(WantedTenant wanted) { return outcome(run(tenants.add(std::move(wanted), operator_ann))); }
  std::vector<AuditEvent> events(const TenantId& tenant) {
    std::vector<AuditEvent> found;
    for (const auto& row : run(store->list_audit(tenant, std::nullopt, 100))) found.push_back(row.record.event);
    return found;
  }

  Tenants tenants{*store, vault, clock, random};
  Policies policies{*store, vault, clock, random};
};

TEST_F(TenantsTest, MakesEverythingThatATenantNeedsAtOnce) {
  const NewTenant made = add("Plant-2", "Hub-2.example");
  EXPECT_EQ(made.tenant.id, plant) << "ids are folded to lower case";
  EXPECT_EQ(made.tenant.name, "plant-2");
  EXPECT_EQ(made.tenant.limits, TenantLimits{});
  EXPECT_TRUE(made.tenant.id_scope.str().starts_with("0ne"));
  EXPECT_EQ(made.tenant.id_scope.str().size(), 11U);

  EXPECT_EQ(run(store->find_tenant(made.tenant.id_scope))->id, plant);
  EXPECT_EQ(run(store->list_data_keys(plant)).size(), 1U);
  EXPECT_EQ(run(store->list_hubs(plant)).front().name.str(), "hub-2.example");
  const auto root =
      *crypto::Certificate::from_der(run(find_authority(*store, plant, AuthorityKind::device_root)).certificate);
  const auto issuing =
      *crypto::Certificate::from_der(run(find_authority(*store, plant, AuthorityKind::device_issuing)).certificate);
  EXPECT_TRUE(issuing.is_issued_by(root));

  const auto principal = run(store->find_principal(hash_token(made.operator_token.reveal())));
  ASSERT_TRUE(principal);
  EXPECT_EQ(principal->tenant, plant);
  EXPECT_EQ(principal->role, Role::operator_);
  const auto token = codec::parse_sas_token(
      codec::make_sas_token("dps.example", made.policy_key, noon + std::chrono::hours(1), made.policy_name));
  EXPECT_EQ(run(policies.authenticate(*token))->tenant, plant);

  const auto trail = events(plant);
  ASSERT_EQ(trail.size(), 1U);
  EXPECT_EQ(trail[0].action, "tenant.created");
  EXPECT_EQ(trail[0].actor, "principal:ann");
  EXPECT_EQ(trail[0].detail, "ID scope " + made.tenant.id_scope.str() + ", hub hub-2.example");
}

TEST_F(TenantsTest, BeginsWithoutAHubWhereNoneIsNamed) {
  add("plant-2");
  EXPECT_TRUE(run(store->list_hubs(plant)).empty());
}

TEST_F(TenantsTest, RefusesIdsThatAreNone) {
  for (const std::string& id :
       {std::string(), std::string("-a"), std::string("a-"), std::string("a b"), std::string("a.b"), std::string("a/b"),
        std::string("\xc3\xa4"), std::string(65, 'a'), std::string("platform"), std::string("Platform")})
    EXPECT_EQ(refusal_of_add({.id = TenantId(id)}), "invalid_argument") << id;
  EXPECT_EQ(refusal_of_add({.id = TenantId(std::string(64, 'a'))}), "done");
}

TEST_F(TenantsTest, RefusesSettingsAndLimitsOutOfRange) {
  const std::pair<const char*, WantedTenant> cases[] = {
      {"name", {.id = plant, .settings = {.name = std::string(129, 'a')}}},
      {"control character", {.id = plant, .settings = {.name = "a\nb"}}},
      {"location", {.id = plant, .settings = {.location = std::string(129, 'a')}}},
      {"tags", {.id = plant, .settings = {.tags = std::string(4097, ' ')}}},
      {"IP rule", {.id = plant, .settings = {.ip_rules = {{.name = "a", .network = "nowhere"}}}}},
      {"negative", {.id = plant, .limits = {.devices_max = -1}}},
      {"rate of nothing", {.id = plant, .limits = {.registrations_per_minute = 0}}},
      {"too high", {.id = plant, .limits = {.devices_max = 1'000'000'001}}},
      {"more hubs than allocation looks at", {.id = plant, .limits = {.hubs_max = 1001}}},
      {"hub", {.id = plant, .hub = "a hub"}},
  };
  for (const auto& [what, wanted] : cases) EXPECT_EQ(refusal_of_add(wanted), "invalid_argument") << what;
  EXPECT_EQ(outcome(run(tenants.get(plant))), "tenant_not_found");
  EXPECT_TRUE(events(plant).empty());
}

TEST_F(TenantsTest, RefusesAnIdTwiceAlsoAfterItsRemoval) {
  add("plant-2");
  EXPECT_EQ(refusal_of_add({.id = plant}), "already_exists");
  ASSERT_TRUE(run(tenants.set_enabled(plant, false, {}, operator_ann)));
  ASSERT_TRUE(run(tenants.remove(plant, "plant-2", {}, operator_ann)));
  EXPECT_EQ(refusal_of_add({.id = plant}), "already_exists") << "its audit trail would be the next one's to read";
}

TEST_F(TenantsTest, ChangesSettingsAndLeavesTheRest) {
  const NewTenant made = add("plant-2");
  const TenantSettings settings{.name = "Plant 2",
                                .allocation_policy = AllocationPolicy::static_hub,
                                .location = "Berlin",
                                .tags = R"({"line":"3"})",
                                .ip_rules = {{.name = "all", .network = "0.0.0.0/0"}},
                                .require_verified_ca = true};
  const auto changed = run(tenants.put_settings(plant, settings, {}, operator_ann));
  ASSERT_TRUE(changed);
  const auto stored = *run(store->find_tenant(plant));
  EXPECT_EQ(stored.name, "Plant 2");
  EXPECT_EQ(stored.allocation_policy, AllocationPolicy::static_hub);
  EXPECT_EQ(stored.location, "Berlin");
  EXPECT_EQ(stored.tags, R"({"line":"3"})");
  EXPECT_EQ(stored.ip_rules, settings.ip_rules);
  EXPECT_TRUE(stored.require_verified_ca);
  EXPECT_EQ(stored.id_scope, made.tenant.id_scope);
  EXPECT_EQ(stored.limits, made.tenant.limits);
  EXPECT_EQ(stored.revision, changed->revision);
  EXPECT_EQ(events(plant).front().action, "tenant.updated");
}

TEST_F(TenantsTest, SaysInTheTrailWhichLimitsChanged) {
  add("plant-2");
  TenantLimits limits;
  limits.devices_max = 10;
  limits.hubs_max = 2;
  ASSERT_TRUE(run(tenants.set_limits(plant, limits, {}, operator_ann)));
  EXPECT_EQ(run(store->find_tenant(plant))->limits, limits);
  EXPECT_EQ(events(plant).front().detail, "devices_max 1000000 -> 10, hubs_max 1000 -> 2");
}

TEST_F(TenantsTest, ChangesOnlyTheVersionThatIsNamed) {
  add("plant-2");
  const Precondition stale{.kind = Precondition::Kind::must_match, .entity_tag = "1-1"};
  EXPECT_EQ(outcome(run(tenants.put_settings(plant, {.name = "a"}, stale, operator_ann))), "etag_mismatch");
  EXPECT_EQ(outcome(run(tenants.set_limits(plant, {}, stale, operator_ann))), "etag_mismatch");
  EXPECT_EQ(outcome(run(tenants.set_enabled(plant, false, stale, operator_ann))), "etag_mismatch");
  EXPECT_EQ(outcome(run(tenants.remove(plant, "plant-2", stale, operator_ann))), "etag_mismatch");
  EXPECT_EQ(events(plant).size(), 1U);
}

TEST_F(TenantsTest, RefusesDevicesOfADisabledTenantUntilItIsEnabled) {
  const Secret key = secret(3);
  enroll("device-7", terms_of(SymmetricKeyAttestation{}), {.primary = key, .secondary = key});
  ASSERT_TRUE(run(tenants.set_enabled(tenant_a, false, {}, operator_ann)));
  EXPECT_EQ(outcome(send(signed_request("device-7", key))), "tenant_disabled");
  ASSERT_TRUE(run(tenants.set_enabled(tenant_a, true, {}, operator_ann)));
  EXPECT_EQ(outcome(send(signed_request("device-7", key))), "done");
  EXPECT_EQ(events(tenant_a).at(1).action, "tenant.enabled");
}

TEST_F(TenantsTest, RemovesOnlyWhatIsDisabledAndNamedTwice) {
  const NewTenant made = add("plant-2", "hub.example");
  EXPECT_EQ(outcome(run(tenants.remove(plant, "plant-2", {}, operator_ann))), "in_use");
  ASSERT_TRUE(run(tenants.set_enabled(plant, false, {}, operator_ann)));
  EXPECT_EQ(outcome(run(tenants.remove(plant, "", {}, operator_ann))), "invalid_argument");
  EXPECT_EQ(outcome(run(tenants.remove(plant, "plant-3", {}, operator_ann))), "invalid_argument");
  ASSERT_TRUE(run(tenants.get(plant)));

  EXPECT_EQ(outcome(run(tenants.remove(plant, "plant-2", {}, operator_ann))), "done");
  EXPECT_EQ(outcome(run(tenants.get(plant))), "tenant_not_found");
  EXPECT_FALSE(run(store->find_tenant(made.tenant.id_scope)));
  EXPECT_FALSE(run(store->find_principal(hash_token(made.operator_token.reveal()))));
  EXPECT_TRUE(run(store->list_hubs(plant)).empty());
  EXPECT_TRUE(run(store->list_data_keys(plant)).empty());
  EXPECT_EQ(events(plant).size(), 2U) << "what happened stays";
  EXPECT_EQ(events(platform_tenant).front().action, "tenant.removed");
  EXPECT_EQ(events(platform_tenant).front().subject, "tenant:plant-2");
  EXPECT_TRUE(run(tenants.get(tenant_a))) << "no other tenant is touched";
}

TEST_F(TenantsTest, ForgetsTheKeysOfARemovedTenant) {
  add("plant-2");
  const SecretPlace place{plant, "table", "row"};
  const SealedSecret sealed = run(vault.seal(place, secret(1)));
  ASSERT_TRUE(run(tenants.set_enabled(plant, false, {}, operator_ann)));
  ASSERT_TRUE(run(tenants.remove(plant, "plant-2", {}, operator_ann)));
  EXPECT_THROW(run(vault.open(place, sealed)), std::runtime_error);
}

}  // namespace
}  // namespace muster::provisioning
