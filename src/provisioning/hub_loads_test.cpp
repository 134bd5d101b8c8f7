#include "provisioning/hub_loads.hpp"

#include "provisioning/fixture_test.hpp"

namespace muster::provisioning {
namespace {

class HubLoadsTest : public ProvisioningTest {
 protected:
  HubLoadsTest() {
    add_hub("a.example");
    enroll_group("line-1", {}, {.primary = secret(1), .secondary = secret(2)});
  }

  void limit(const std::string& name, std::optional<std::int64_t> devices_max) {
    Hub hub = *run(store->find_hub(tenant_a, HubName(name)));
    hub.devices_max = devices_max;
    commit(tenant_a, {Put{hub}});
  }
  /// A device in a hub, as another node would put it there.
  void place(const std::string& hub) {
    Placement placement;
    placement.tenant = tenant_a;
    placement.device = Uuid::draw(random);
    placement.id = Uuid::draw(random);
    placement.hub = HubName(hub);
    commit(tenant_a, {Put{placement}});
  }
  std::set<HubName> full() {
    const auto hubs = run(store->list_hubs(tenant_a));
    return run(loads.full(tenant_a, hubs));
  }

  HubLoads loads{*store, clock};
};

TEST_F(HubLoadsTest, KnowsWhichHubsAreFull) {
  place("a.example");
  EXPECT_TRUE(full().empty()) << "no limit, never full";
  limit("a.example", 2);
  EXPECT_TRUE(full().empty());
  limit("a.example", 1);
  EXPECT_EQ(full(), std::set{HubName("a.example")});
  limit("hub.example", 0);
  EXPECT_EQ(full(), (std::set{HubName("a.example"), HubName("hub.example")}));
}

TEST_F(HubLoadsTest, CountsWhatThisNodePlacesAtOnceAndWhatOthersPlaceSoon) {
  limit("a.example", 2);
  EXPECT_TRUE(full().empty());
  loads.moved(tenant_a, std::nullopt, HubName("a.example"));
  loads.moved(tenant_a, std::nullopt, HubName("a.example"));
  EXPECT_EQ(full(), std::set{HubName("a.example")});
  loads.moved(tenant_a, HubName("a.example"), HubName("hub.example"));
  EXPECT_TRUE(full().empty());

  place("a.example");
  place("a.example");
  EXPECT_TRUE(full().empty()) << "counted ten seconds ago at most";
  clock.advance(HubLoads::counted_for);
  EXPECT_EQ(full(), std::set{HubName("a.example")});
}

TEST_F(HubLoadsTest, KeepsDevicesOutOfAFullHub) {
  limit("a.example", 1);
  limit("hub.example", 2);
  int refused = 0;
  for (int i = 0; i < 5; ++i) {
    EnrollmentTerms terms;
    const std::string id = "pump-" + std::to_string(i);
    enroll(id, std::move(terms), {.primary = secret(1), .secondary = secret(2)});
    refused += outcome(send(signed_request(id, secret(1)))) == "no_hub_available" ? 1 : 0;
  }
  EXPECT_EQ(refused, 2);
  const auto counted = run(store->count_devices_by_hub(tenant_a));
  ASSERT_EQ(counted.size(), 2U);
  EXPECT_EQ(counted[0].devices, 1);
  EXPECT_EQ(counted[1].devices, 2);
}

}  // namespace
}  // namespace muster::provisioning
