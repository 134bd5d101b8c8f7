#include "provisioning/principals.hpp"

#include "provisioning/fixture_test.hpp"

namespace muster::provisioning {
namespace {

class PrincipalsTest : public ProvisioningTest {
 protected:
  Principal stored_principal(const std::string& name) {
    return Principal{.tenant = tenant_a,
                     .id = Uuid::draw(random),
                     .name = name,
                     .token_hash = base::to_bytes(name),
                     .role = Role::auditor,
                     .scope = {},
                     .expires_at = {},
                     .created_at = noon};
  }
  std::string remove(const std::string& name) { return outcome(run(principals.remove(tenant_a, name, operator_ann))); }

  Principals principals{*store, clock, random};
};

TEST_F(PrincipalsTest, AreFoundAndRemovedHoweverManyThereAre) {
  std::vector<Change> changes;
  for (int i = 0; i < 1000; ++i) changes.emplace_back(Put{stored_principal("a" + std::to_string(i))});
  changes.emplace_back(Put{stored_principal("zoe")});
  commit(tenant_a, std::move(changes));

  const auto found = run(principals.get(tenant_a, "zoe"));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->name, "zoe");
  EXPECT_EQ(outcome(run(principals.add(stored_principal("zoe"), operator_ann))), "already_exists");
  EXPECT_EQ(remove("zoe"), "done");
  EXPECT_EQ(remove("zoe"), "principal_not_found");
}

TEST_F(PrincipalsTest, AreFoundByTheirExactNameInTheirOwnTenantOnly) {
  commit(tenant_a, {Put{stored_principal("zoe")}});
  EXPECT_EQ(outcome(run(principals.get(tenant_a, "Zoe"))), "principal_not_found");
  EXPECT_EQ(outcome(run(principals.get(tenant_a, "zo"))), "principal_not_found");
  EXPECT_EQ(outcome(run(principals.get(TenantId("tenant-b"), "zoe"))), "principal_not_found");
}

}  // namespace
}  // namespace muster::provisioning
