#include "provisioning/webhook_keys.hpp"

#include <algorithm>

#include "provisioning/fixture_test.hpp"

namespace muster::provisioning {
namespace {

class WebhookKeysTest : public ProvisioningTest {
 protected:
  Bytes revealed() { return base::to_bytes(run(keys.reveal(tenant_a))->reveal()); }
  WebhookKeys keys{*store, vault, clock, random};
};

TEST_F(WebhookKeysTest, AreDrawnWhenFirstNeededAndStay) {
  EXPECT_TRUE(run(store->find_tenant(tenant_a))->webhook_key.empty());
  const Bytes key = revealed();
  EXPECT_EQ(key.size(), 32U);
  EXPECT_EQ(revealed(), key);
  EXPECT_EQ(audited("webhook_key.created").size(), 1U);
  const SealedSecret sealed = run(store->find_tenant(tenant_a))->webhook_key;
  EXPECT_EQ(std::search(sealed.begin(), sealed.end(), key.begin(), key.end()), sealed.end()) << "sealed in the store";
}

TEST_F(WebhookKeysTest, AreTheSameForTwoWhoNeedTheFirstOneAtOnce) {
  const auto [one, other] = run_together(keys.reveal(tenant_a), keys.reveal(tenant_a));
  ASSERT_TRUE(one && other);
  EXPECT_EQ(base::to_bytes(one->reveal()), base::to_bytes(other->reveal()));
}

TEST_F(WebhookKeysTest, AreReplacedByTheOperator) {
  const Bytes old = revealed();
  const auto fresh = run(keys.regenerate(tenant_a, operator_ann));
  ASSERT_TRUE(fresh);
  EXPECT_NE(base::to_bytes(fresh->reveal()), old);
  EXPECT_EQ(revealed(), base::to_bytes(fresh->reveal()));
  EXPECT_EQ(audited("webhook_key.regenerated")[0].actor, operator_ann.name);
  EXPECT_EQ(outcome(run(keys.regenerate(TenantId("nobody"), operator_ann))), "tenant_not_found");
  EXPECT_EQ(outcome(run(keys.reveal(TenantId("nobody")))), "tenant_not_found");
}

}  // namespace
}  // namespace muster::provisioning
