#include "provisioning/deferrals.hpp"

#include "base/run_task.hpp"
#include "provisioning/fixture_test.hpp"

namespace muster::provisioning {
namespace {

class DeferralsTest : public ProvisioningTest {
 protected:
  DeferralsTest() { add_tenant(tenant_b, IdScope("0ne0000000b")); }

  Caller caller(std::string_view id, const TenantId& tenant = tenant_a) {
    return Caller{.tenant = *run(store->find_tenant(tenant)),
                  .registration_id = registration_id(id),
                  .evidence = {},
                  .address = "198.51.100.9"};
  }
  std::string put_off(std::string_view id, bool force = false, std::optional<JsonText> payload = {}) {
    const Caller device = caller(id);
    return run(deferrals.put_off(device, turn, force, std::move(payload)))->operation_id;
  }
  std::optional<Deferrals::Turn> read(std::string_view id, std::string operation, const TenantId& tenant = tenant_a) {
    return run(deferrals.read(tenant, registration_id(id), std::move(operation)));
  }

  const TenantId tenant_b{"tenant-b"};
  const TimePoint turn = noon + std::chrono::microseconds(1'234'567);
  Deferrals deferrals{*store, vault, clock};
};

TEST_F(DeferralsTest, WritesIntoTheIdAllThatANodeMustKnow) {
  const std::string operation = put_off("device-7");
  EXPECT_EQ(operation.size(), 55U) << "as long as Azure's, for which devices have room";
  EXPECT_TRUE(operation.starts_with("4."));
  const auto read_back = read("DEVICE-7", operation);
  ASSERT_TRUE(read_back);
  EXPECT_EQ(read_back->turn, turn);
  EXPECT_FALSE(read_back->force);
  EXPECT_TRUE(read("device-7", put_off("device-7", true))->force);

  Vault other_node_vault(secret(7), 1, *store, random);
  Deferrals other_node(*store, other_node_vault, clock);
  EXPECT_TRUE(run(other_node.read(tenant_a, registration_id("device-7"), operation)));
}

TEST_F(DeferralsTest, BelievesNoIdThatItDidNotMakeForThisDevice) {
  const std::string operation = put_off("device-7");
  EXPECT_FALSE(read("device-8", operation));
  EXPECT_FALSE(read("device-7", operation, tenant_b));
  for (std::size_t i = 0; i < operation.size(); ++i) {
    std::string changed = operation;
    changed[i] = changed[i] == '0' ? '1' : '0';
    EXPECT_FALSE(read("device-7", changed)) << i;
    EXPECT_FALSE(read("device-7", operation.substr(0, i))) << i;
  }
  EXPECT_FALSE(read("device-7", operation + "0"));
  EXPECT_FALSE(read("device-7", std::string(55, '4')));
  EXPECT_FALSE(read("device-7", "5" + operation.substr(1)));
}

TEST_F(DeferralsTest, ForgetsATurnAnHourAfterIt) {
  const std::string operation = put_off("device-7");
  clock.advance(turn - noon + std::chrono::hours(1));
  EXPECT_TRUE(read("device-7", operation));
  clock.advance(std::chrono::microseconds(1));
  EXPECT_FALSE(read("device-7", operation));
}

TEST_F(DeferralsTest, KeepsWhatTheDeviceSentAlongForItsLastOperation) {
  const std::string first = put_off("device-7", false, R"({"a":1})");
  EXPECT_EQ(run(deferrals.find(tenant_a, registration_id("device-7"), first))->payload, R"({"a":1})");
  const std::string second = put_off("device-7", true, R"({"a":2})");
  EXPECT_FALSE(run(deferrals.find(tenant_a, registration_id("device-7"), first)));
  const auto kept = run(deferrals.find(tenant_a, registration_id("device-7"), second));
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->payload, R"({"a":2})");
  base::run_task(deferrals.remove(*kept));
  EXPECT_FALSE(run(deferrals.find(tenant_a, registration_id("device-7"), second)));
  base::run_task(deferrals.remove(*kept));  // somebody else was faster
}

TEST_F(DeferralsTest, WritesNothingForADeviceThatSentNothingAlong) {
  put_off("device-7");
  EXPECT_FALSE(run(store->find_deferred(tenant_a, std::string("device-7"))));
}

TEST_F(DeferralsTest, ClearsAwayWhatNobodyCameBackFor) {
  put_off("device-7", false, "{}");
  clock.advance(std::chrono::hours(2));
  EXPECT_EQ(run(deferrals.remove_old()), 0U);
  clock.advance(std::chrono::microseconds(1));
  EXPECT_EQ(run(deferrals.remove_old()), 1U);
  EXPECT_FALSE(run(store->find_deferred(tenant_a, std::string("device-7"))));
}

}  // namespace
}  // namespace muster::provisioning
