#include "provisioning/hubs.hpp"

#include "provisioning/fixture_test.hpp"

namespace muster::provisioning {
namespace {

class HubsTest : public ProvisioningTest {
 protected:
  std::string put(const std::string& name, int weight = 1) {
    Hub hub;
    hub.tenant = tenant_a;
    hub.name = HubName(name);
    hub.weight = weight;
    return outcome(run(hubs.put(std::move(hub), {}, operator_ann)));
  }

  Hubs hubs{*store, clock};
};

TEST_F(HubsTest, RefusesOneHubMoreThanAllocationLooksAt) {
  std::vector<Change> changes;
  for (int i = 2; i < 1000; ++i) {
    Hub hub;
    hub.tenant = tenant_a;
    hub.name = HubName("a" + std::to_string(i) + ".example");
    hub.created_at = hub.updated_at = noon;
    changes.emplace_back(Put{hub});
  }
  commit(tenant_a, std::move(changes));  // with the fixture's hub.example these are 999

  EXPECT_EQ(put("y.example"), "done");
  EXPECT_EQ(put("z.example"), "too_many_items");
  EXPECT_EQ(outcome(run(hubs.get(tenant_a, HubName("z.example")))), "hub_not_found");
  EXPECT_EQ(put("y.example", 7), "done") << "hubs that exist can be changed";
  ASSERT_TRUE(run(hubs.remove(tenant_a, HubName("y.example"), {}, operator_ann)));
  EXPECT_EQ(put("z.example"), "done");
}

TEST_F(HubsTest, RefusesAPlaceThatIsNone) {
  struct Case {
    std::optional<std::int32_t> latitude;
    std::optional<std::int32_t> longitude;
    const char* outcome;
  };
  const Case cases[] = {
      {90'000'000, -180'000'000, "done"},    {-90'000'000, 180'000'000, "done"},
      {std::nullopt, std::nullopt, "done"},  {90'000'001, 0, "invalid_argument"},
      {0, -180'000'001, "invalid_argument"}, {0, std::nullopt, "invalid_argument"},
      {std::nullopt, 0, "invalid_argument"},
  };
  for (const auto& [latitude, longitude, expected] : cases) {
    Hub hub;
    hub.tenant = tenant_a;
    hub.name = HubName("a.example");
    hub.latitude_microdegrees = latitude;
    hub.longitude_microdegrees = longitude;
    EXPECT_EQ(outcome(run(hubs.put(std::move(hub), {}, operator_ann))), expected);
  }
}

}  // namespace
}  // namespace muster::provisioning
