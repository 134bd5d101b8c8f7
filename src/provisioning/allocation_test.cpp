#include "provisioning/allocation.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <string>
#include <vector>

namespace muster::provisioning {
namespace {

using base::Errc;

constexpr int device_count = 10000;

Hub hub(const std::string& name, int weight = 1) {
  Hub made;
  made.name = HubName(name);
  made.weight = weight;
  return made;
}

std::string device_name(int number) { return "device-" + std::to_string(number); }

std::map<std::string, int> devices_by_hub(const std::vector<Hub>& hubs) {
  std::map<std::string, int> counts;
  for (int i = 0; i < device_count; ++i) ++counts[choose_by_hash(device_name(i), hubs)->name.str()];
  return counts;
}

TEST(HashedAllocation, GivesEachHubItsShare) {
  const std::vector<Hub> hubs = {hub("a.example", 1), hub("b.example", 2), hub("c.example", 5)};
  auto counts = devices_by_hub(hubs);
  for (const auto& hub : hubs) {
    const double share = static_cast<double>(counts[hub.name.str()]) / device_count;
    EXPECT_NEAR(share, hub.weight / 8.0, 0.03) << hub.name.str();
  }
}

TEST(HashedAllocation, SharesEvenlyWhateverTheCommonWeight) {
  const auto light = devices_by_hub({hub("a.example", 1), hub("b.example", 1), hub("c.example", 1)});
  const auto heavy = devices_by_hub({hub("a.example", 1000), hub("b.example", 1000), hub("c.example", 1000)});
  EXPECT_EQ(light, heavy);
  for (const auto& [name, count] : light) EXPECT_NEAR(count, device_count / 3.0, 0.03 * device_count) << name;
}

TEST(HashedAllocation, MovesOnlyWhatANewHubWins) {
  const std::vector<Hub> before = {hub("a.example", 1), hub("b.example", 2)};
  const std::vector<Hub> after = {hub("c.example", 1), hub("a.example", 1), hub("b.example", 2)};
  int moved = 0;
  for (int i = 0; i < device_count; ++i) {
    const HubName old_hub = choose_by_hash(device_name(i), before)->name;
    const HubName new_hub = choose_by_hash(device_name(i), after)->name;
    if (old_hub == new_hub) continue;
    EXPECT_EQ(new_hub, HubName("c.example"));
    ++moved;
  }
  EXPECT_NEAR(moved, device_count / 4.0, 0.03 * device_count);
}

TEST(HashedAllocation, MovesOnlyTheDevicesOfAHubThatGoes) {
  const std::vector<Hub> before = {hub("a.example"), hub("b.example"), hub("c.example")};
  const std::vector<Hub> after = {hub("a.example"), hub("c.example")};
  for (int i = 0; i < device_count; ++i) {
    const HubName old_hub = choose_by_hash(device_name(i), before)->name;
    if (old_hub != HubName("b.example")) {
      EXPECT_EQ(choose_by_hash(device_name(i), after)->name, old_hub);
    }
  }
}

TEST(HashedAllocation, ChoosesNothingWhereThereIsNothing) { EXPECT_EQ(choose_by_hash("pump-1", {}), nullptr); }

// The whole decision.

const std::vector<Hub> linked = {hub("a.example"), hub("b.example"), hub("c.example")};

EnrollmentTerms terms_naming(std::vector<std::string> hubs, std::optional<AllocationPolicy> policy = {}) {
  EnrollmentTerms terms;
  for (auto& name : hubs) terms.hubs.emplace_back(std::move(name));
  terms.allocation_policy = policy;
  return terms;
}

std::string chosen(const EnrollmentTerms& terms, const std::vector<Hub>& hubs = linked,
                   AllocationPolicy tenant_policy = AllocationPolicy::hashed) {
  const auto hub = allocate("pump-1", terms, tenant_policy, hubs, std::nullopt);
  return hub ? hub->name.str() : std::string(base::describe(hub.error().code()).name);
}

TEST(Allocation, KeepsToTheHubsThatTheEnrollmentNames) {
  for (const auto& only : linked) EXPECT_EQ(chosen(terms_naming({only.name.str()})), only.name.str());
}

TEST(Allocation, RefusesAHubThatIsNotLinked) {
  EXPECT_EQ(chosen(terms_naming({"a.example", "gone.example"})), "hub_not_linked");
}

TEST(Allocation, GivesTheFirstNamedHubUnderAStaticPolicy) {
  const auto policy = AllocationPolicy::static_hub;
  EXPECT_EQ(chosen(terms_naming({"c.example", "a.example"}, policy)), "c.example");
  EXPECT_EQ(chosen(terms_naming({"b.example", "a.example"}), linked, policy), "b.example");
  EXPECT_EQ(chosen(terms_naming({}, policy)), "no_hub_available");
}

TEST(Allocation, FollowsTheEnrollmentBeforeTheTenant) {
  EXPECT_EQ(chosen(terms_naming({"c.example"}, AllocationPolicy::static_hub), linked, AllocationPolicy::custom),
            "c.example");
  EXPECT_EQ(chosen(terms_naming({}), linked, AllocationPolicy::custom), "allocation_policy_unsupported");
}

TEST(Allocation, RefusesPoliciesThatAreNotOffered) {
  for (const auto policy : {AllocationPolicy::geo_latency, AllocationPolicy::custom})
    EXPECT_EQ(chosen(terms_naming({}, policy)), "allocation_policy_unsupported");
}

TEST(Allocation, PassesOverHubsThatAcceptNoDevices) {
  std::vector<Hub> hubs = linked;
  hubs[0].accepts_devices = hubs[1].accepts_devices = false;
  EXPECT_EQ(chosen(terms_naming({}), hubs), "c.example");
  EXPECT_EQ(chosen(terms_naming({"a.example"}), hubs), "no_hub_available");
  // The one hub of a static allocation has no stand-in.
  EXPECT_EQ(chosen(terms_naming({"a.example", "c.example"}, AllocationPolicy::static_hub), hubs), "no_hub_available");
  EXPECT_EQ(chosen(terms_naming({}), {}), "no_hub_available");
}

TEST(Allocation, KeepsADeviceInAHubThatAcceptsNoNewOnes) {
  std::vector<Hub> hubs = {hub("a.example"), hub("b.example")};
  hubs[0].accepts_devices = hubs[1].accepts_devices = false;
  const auto kept = allocate("pump-1", {}, AllocationPolicy::hashed, hubs, HubName("b.example"));
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->name, HubName("b.example"));
}

}  // namespace
}  // namespace muster::provisioning
