#include "provisioning/tenant_update.hpp"

#include "provisioning/fixture_test.hpp"

namespace muster::provisioning {
namespace {

codec::ConnectionString connection(const std::string& text) { return *codec::parse_connection_string(text); }

const std::string with_key = "HostName=north.example;SharedAccessKeyName=iothubowner;SharedAccessKey=AAECAwQ=";
const std::string masked = "HostName=north.example;SharedAccessKeyName=iothubowner;SharedAccessKey=****";

WantedHub hub(const std::string& text) {
  WantedHub wanted;
  wanted.connection = connection(text);
  return wanted;
}

TenantUpdate with_hubs(std::vector<WantedHub> hubs) {
  TenantUpdate update;
  update.hubs = std::move(hubs);
  return update;
}

TenantUpdate with_policies(std::vector<WantedPolicy> policies) {
  TenantUpdate update;
  update.policies = std::move(policies);
  return update;
}

WantedPolicy policy(const std::string& name, SymmetricKeys keys = {}) {
  return {.name = name, .rights = static_cast<unsigned>(ServiceRight::enrollment_read), .keys = std::move(keys)};
}

// The tenant begins with the fixture's hub.example and no policy.
class TenantUpdateTest : public ProvisioningTest {
 protected:
  Result<TenantState> apply(TenantUpdate update) {
    return run(updates.apply(tenant_a, std::move(update), operator_ann));
  }
  TenantState state() { return *run(updates.read(tenant_a)); }
  SymmetricKeys keys_of(const std::string& name) {
    auto stored = *run(policies.get(tenant_a, name));
    return run(policies.reveal_keys(std::move(stored)));
  }
  std::string shown(const std::string& host) {
    auto stored = *run(store->find_hub(tenant_a, HubName(host)));
    return codec::to_masked_text(run(updates.reveal_connection(std::move(stored))));
  }
  std::string key(const std::string& host) {
    auto stored = *run(store->find_hub(tenant_a, HubName(host)));
    return base::to_hex(run(updates.reveal_connection(std::move(stored))).key.reveal());
  }
  std::size_t audit_size() { return run(store->scan_audit(0, 1000)).size(); }

  TenantUpdates updates{*store, vault, clock, random};
  Policies policies{*store, vault, clock, random};
};

TEST_F(TenantUpdateTest, ChangesSettingsHubsAndPoliciesInOneCommit) {
  TenantUpdate update = with_hubs({hub(with_key)});
  update.hubs->front().weight = 7;
  update.hubs->front().in_allocation = false;
  update.hubs->front().location = "north";
  update.policies = {policy("reader")};
  update.location = "plant 1";
  update.tags = R"({"line":"2"})";
  update.allocation_policy = AllocationPolicy::geo_latency;
  update.ip_rules = {IpRule{.name = "office", .network = "192.0.2.0/24"}};
  const auto changed = apply(std::move(update));
  ASSERT_TRUE(changed) << base::to_string(changed.error());

  EXPECT_EQ(changed->tenant.location, "plant 1");
  EXPECT_EQ(changed->tenant.tags, R"({"line":"2"})");
  EXPECT_EQ(changed->tenant.allocation_policy, AllocationPolicy::geo_latency);
  ASSERT_EQ(changed->tenant.ip_rules.size(), 1U);
  ASSERT_EQ(changed->hubs.size(), 1U) << "hub.example, which the list does not name, is unlinked";
  EXPECT_EQ(changed->hubs[0].weight, 7);
  EXPECT_FALSE(changed->hubs[0].in_allocation);
  EXPECT_EQ(changed->hubs[0].location, "north");
  ASSERT_EQ(changed->policies.size(), 1U);
  EXPECT_EQ(keys_of("reader").primary.size(), policy_key_size) << "drawn";
  EXPECT_EQ(shown("north.example"), masked);
  EXPECT_EQ(key("north.example"), "0001020304");

  EXPECT_EQ(audited("tenant.updated").at(0).detail, "location, tags, allocation policy, IP rules");
  EXPECT_EQ(audited("hub.created").size(), 1U);
  EXPECT_EQ(audited("hub.removed").size(), 1U);
  EXPECT_EQ(audited("policy.created").at(0).actor, operator_ann.name);
}

TEST_F(TenantUpdateTest, KeepsConnectionStringsSealed) {
  ASSERT_TRUE(apply(with_hubs({hub(with_key)})));
  const auto stored = *run(store->find_hub(tenant_a, HubName("north.example")));
  const std::string_view sealed = base::text_view(stored.connection_string);
  EXPECT_FALSE(sealed.empty());
  EXPECT_EQ(sealed.find("HostName"), std::string_view::npos);
}

TEST_F(TenantUpdateTest, LeavesAloneWhatIsNotGiven) {
  ASSERT_TRUE(apply(with_hubs({hub(with_key)})));
  ASSERT_TRUE(apply(with_policies({policy("reader")})));
  const auto before = state();
  TenantUpdate update;
  update.location = "elsewhere";
  const auto after = apply(std::move(update));
  ASSERT_TRUE(after);
  EXPECT_EQ(after->hubs.at(0).revision, before.hubs.at(0).revision);
  EXPECT_EQ(after->policies.at(0).revision, before.policies.at(0).revision);
  EXPECT_NE(after->entity_tag, before.entity_tag);
}

TEST_F(TenantUpdateTest, WritesNothingWhereNothingDiffers) {
  ASSERT_TRUE(apply(with_hubs({hub(with_key)})));
  ASSERT_TRUE(apply(with_policies({policy("reader", {secret(1), secret(2)})})));
  const auto before = state();
  const std::size_t records = audit_size();
  for (const auto& text : {with_key, masked}) {
    TenantUpdate same = with_hubs({hub(text)});
    same.policies = {policy("reader", {secret(1), {}})};
    same.location = before.tenant.location;
    const auto after = apply(std::move(same));
    ASSERT_TRUE(after);
    EXPECT_EQ(after->entity_tag, before.entity_tag);
  }
  EXPECT_EQ(audit_size(), records);
}

TEST_F(TenantUpdateTest, ReplacesKeysThatAreGiven) {
  ASSERT_TRUE(apply(with_policies({policy("reader", {secret(1), secret(2)})})));
  ASSERT_TRUE(apply(with_policies({policy("reader", {secret(3), {}})})));
  EXPECT_EQ(base::to_hex(keys_of("reader").primary.reveal()), base::to_hex(secret(3).reveal()));
  EXPECT_EQ(base::to_hex(keys_of("reader").secondary.reveal()), base::to_hex(secret(2).reveal()));
  ASSERT_EQ(audited("policy.key_set").size(), 1U);
  EXPECT_EQ(audited("policy.key_set")[0].detail, "primary");
  EXPECT_TRUE(audited("policy.updated").empty());

  ASSERT_TRUE(apply(with_policies({})));
  EXPECT_EQ(outcome(run(policies.get(tenant_a, "reader"))), "policy_not_found");
  EXPECT_EQ(audited("policy.removed").size(), 1U);
}

TEST_F(TenantUpdateTest, KeepsAMaskedKeyOfTheSameNameOnly) {
  ASSERT_TRUE(apply(with_hubs({hub(with_key)})));
  EXPECT_EQ(outcome(apply(with_hubs({hub("HostName=north.example;SharedAccessKeyName=x;SharedAccessKey=****")}))),
            "invalid_argument");
  EXPECT_EQ(key("north.example"), "0001020304");
  ASSERT_TRUE(apply(with_hubs({hub("HostName=north.example")})));
  EXPECT_EQ(shown("north.example"), "HostName=north.example") << "given without a key, it has none";
  EXPECT_EQ(outcome(apply(with_hubs({hub(masked)}))), "invalid_argument") << "nothing is left to keep";
}

TEST_F(TenantUpdateTest, RefusesWhatItsUseCasesWouldRefuseAndChangesNothing) {
  const auto before = state();
  const std::size_t records = audit_size();
  TenantUpdate long_location = with_hubs({hub(with_key)});
  long_location.location = std::string(129, 'x');
  TenantUpdate bad_rule;
  bad_rule.ip_rules = {IpRule{.name = "office", .network = "nowhere"}};
  TenantUpdate bad_weight = with_hubs({hub(with_key)});
  bad_weight.hubs->front().weight = 1001;
  TenantUpdate good_hub_bad_policy = with_hubs({hub(with_key)});
  good_hub_bad_policy.policies = {policy("a b")};
  TenantUpdate stale = with_hubs({});
  stale.precondition = {.kind = Precondition::Kind::must_match, .entity_tag = "stale"};
  TenantUpdate no_rights = with_policies({policy("reader")});
  no_rights.policies->front().rights = 0;

  const std::pair<TenantUpdate, const char*> cases[] = {
      {long_location, "invalid_argument"},
      {bad_rule, "invalid_argument"},
      {bad_weight, "invalid_argument"},
      {good_hub_bad_policy, "invalid_argument"},
      {no_rights, "invalid_argument"},
      {stale, "etag_mismatch"},
      {with_hubs({hub("HostName=no_host")}), "invalid_argument"},
      {with_hubs({hub(with_key), hub("HostName=North.Example")}), "invalid_argument"},
      {with_hubs({hub(masked)}), "invalid_argument"},
      {with_policies({policy("reader"), policy("reader")}), "invalid_argument"},
      {with_policies({policy("reader", {Secret(Bytes(15)), {}})}), "invalid_argument"},
      {with_policies({policy("reader", {{}, Secret(Bytes(65))})}), "invalid_argument"},
  };
  for (const auto& [update, refusal] : cases) EXPECT_EQ(outcome(apply(update)), refusal) << (&update - &cases[0].first);
  EXPECT_EQ(state().entity_tag, before.entity_tag);
  EXPECT_EQ(audit_size(), records);
  EXPECT_EQ(outcome(run(updates.read(TenantId("nobody")))), "tenant_not_found");
  EXPECT_EQ(outcome(run(updates.apply(TenantId("nobody"), {}, operator_ann))), "tenant_not_found");
}

TEST_F(TenantUpdateTest, LinksAsManyHubsAsTheTenantMayHave) {
  Tenant tenant = *run(store->find_tenant(tenant_a));
  tenant.limits.hubs_max = 1;
  commit(tenant_a, {Put{tenant}});
  EXPECT_EQ(outcome(apply(with_hubs({hub("HostName=hub.example"), hub(with_key)}))), "quota_exceeded");
  EXPECT_EQ(outcome(apply(with_hubs({hub(with_key)}))), "done") << "one for another";
}

TEST_F(TenantUpdateTest, TakesAHundredPolicies) {
  std::vector<WantedPolicy> many;
  for (std::size_t i = 0; i < policies_max; ++i) many.push_back(policy("p" + std::to_string(i)));
  EXPECT_EQ(outcome(apply(with_policies(many))), "done");
  many.push_back(policy("one-more"));
  EXPECT_EQ(outcome(apply(with_policies(many))), "too_many_items");
}

TEST_F(TenantUpdateTest, LetsOneOfTwoThatSawTheSameThrough) {
  const Precondition seen{.kind = Precondition::Kind::must_match, .entity_tag = state().entity_tag};
  TenantUpdate first;
  first.location = "first";
  first.precondition = seen;
  TenantUpdate second;
  second.location = "second";
  second.precondition = seen;
  const auto [one, other] = run_together(updates.apply(tenant_a, std::move(first), operator_ann),
                                         updates.apply(tenant_a, std::move(second), operator_ann));
  EXPECT_NE(static_cast<bool>(one), static_cast<bool>(other));
  EXPECT_EQ(state().tenant.location, one ? "first" : "second");
}

}  // namespace
}  // namespace muster::provisioning
