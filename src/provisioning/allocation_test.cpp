#include "provisioning/allocation.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <string>
#include <vector>

namespace muster::provisioning {
namespace {

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
  AllocationFacts facts;
  facts.device = "pump-1";
  facts.linked = hubs;
  const auto hub = allocate(terms, tenant_policy, facts);
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
  EXPECT_EQ(policy_of(terms_naming({}), AllocationPolicy::custom), AllocationPolicy::custom);
}

/// Each way in which a hub takes no new devices.
using Closing = void (*)(Hub&, std::set<HubName>& full);
constexpr Closing closings[] = {
    [](Hub& hub, std::set<HubName>&) { hub.accepts_devices = false; },
    [](Hub& hub, std::set<HubName>&) { hub.healthy = false; },
    [](Hub& hub, std::set<HubName>& full) { full.insert(hub.name); },
};

TEST(Allocation, PassesOverHubsThatTakeNoNewDevices) {
  for (const Closing close : closings) {
    std::vector<Hub> hubs = linked;
    AllocationFacts facts;
    close(hubs[0], facts.full);
    close(hubs[1], facts.full);
    facts.linked = hubs;
    const auto chosen_of = [&](const EnrollmentTerms& terms) {
      const auto hub = allocate(terms, AllocationPolicy::hashed, facts);
      return hub ? hub->name.str() : std::string(base::describe(hub.error().code()).name);
    };
    for (int i = 0; i < 20; ++i) {
      const std::string device = device_name(i);
      facts.device = device;
      EXPECT_EQ(chosen_of(terms_naming({})), "c.example");
    }
    facts.device = "pump-1";
    EXPECT_EQ(chosen_of(terms_naming({"a.example"})), "no_hub_available");
    // The one hub of a static allocation has no stand-in.
    EXPECT_EQ(chosen_of(terms_naming({"a.example", "c.example"}, AllocationPolicy::static_hub)), "no_hub_available");
    // A device stays where it is.
    facts.current = HubName("b.example");
    EXPECT_EQ(chosen_of(terms_naming({"a.example", "b.example"})), "b.example");
    EXPECT_EQ(chosen_of(terms_naming({"b.example"}, AllocationPolicy::static_hub)), "b.example");
  }
  EXPECT_EQ(chosen(terms_naming({}), {}), "no_hub_available");
}

TEST(Allocation, GivesAHubOutsideAllocationOnlyToEnrollmentsThatNameIt) {
  std::vector<Hub> hubs = {hub("a.example"), hub("b.example")};
  hubs[1].in_allocation = false;
  for (int i = 0; i < 20; ++i) {
    const std::string device = device_name(i);
    AllocationFacts facts;
    facts.device = device;
    facts.linked = hubs;
    EXPECT_EQ(allocate({}, AllocationPolicy::hashed, facts)->name, HubName("a.example"));
  }
  EXPECT_EQ(chosen(terms_naming({"b.example"}), hubs), "b.example");
  hubs[0].in_allocation = false;
  EXPECT_EQ(chosen(terms_naming({}), hubs), "no_hub_available");
}

// By latency.

constexpr Place berlin{52.52, 13.40};
constexpr Place potsdam{52.39, 13.06};
constexpr Place sydney{-33.87, 151.21};

Hub hub_at(const std::string& name, const Place& place, int weight = 1) {
  Hub made = hub(name, weight);
  made.latitude_microdegrees = static_cast<std::int32_t>(place.latitude * 1e6);
  made.longitude_microdegrees = static_cast<std::int32_t>(place.longitude * 1e6);
  return made;
}

std::map<std::string, int> devices_by_latency(const std::vector<Hub>& hubs, std::optional<Place> place) {
  std::map<std::string, int> counts;
  for (int i = 0; i < 1000; ++i) {
    const std::string device = device_name(i);
    AllocationFacts facts;
    facts.device = device;
    facts.linked = hubs;
    facts.place = place;
    ++counts[allocate(terms_naming({}, AllocationPolicy::geo_latency), AllocationPolicy::hashed, facts)->name.str()];
  }
  return counts;
}

TEST(AllocationByLatency, GivesTheNearestHub) {
  const std::vector<Hub> hubs = {hub_at("sydney.example", sydney, 1000), hub_at("berlin.example", berlin),
                                 hub("somewhere.example", 1000)};
  EXPECT_EQ(devices_by_latency(hubs, potsdam), (std::map<std::string, int>{{"berlin.example", 1000}}));
  EXPECT_EQ(devices_by_latency(hubs, Place{-37.8, 144.9}), (std::map<std::string, int>{{"sydney.example", 1000}}));
}

TEST(AllocationByLatency, SharesAmongHubsThatAreEquallyNearByTheirWeights) {
  const std::vector<Hub> hubs = {hub_at("berlin.example", berlin, 1), hub_at("potsdam.example", potsdam, 3),
                                 hub_at("sydney.example", sydney)};
  const auto counts = devices_by_latency(hubs, Place{52.5, 13.3});
  EXPECT_EQ(counts.size(), 2U);
  EXPECT_NEAR(counts.at("potsdam.example"), 750, 50);
}

TEST(AllocationByLatency, HashesWhereNoPlaceIsKnown) {
  const std::vector<Hub> placed = {hub_at("berlin.example", berlin), hub_at("sydney.example", sydney)};
  EXPECT_EQ(devices_by_latency(placed, std::nullopt).size(), 2U);
  EXPECT_EQ(devices_by_latency({hub("a.example"), hub("b.example")}, berlin).size(), 2U);
}

TEST(AllocationByLatency, PassesOverTheNearestHubWhereItTakesNoNewDevices) {
  std::vector<Hub> hubs = {hub_at("sydney.example", sydney), hub_at("berlin.example", berlin)};
  hubs[1].accepts_devices = false;
  EXPECT_EQ(devices_by_latency(hubs, potsdam), (std::map<std::string, int>{{"sydney.example", 1000}}));
}

}  // namespace
}  // namespace muster::provisioning
