#include "provisioning/reprovision.hpp"

#include <gtest/gtest.h>

namespace muster::provisioning {
namespace {

constexpr ReprovisionPolicy never{.update_hub_assignment = false, .migrate_device_data = false};
constexpr ReprovisionPolicy migrate{.update_hub_assignment = true, .migrate_device_data = true};
constexpr ReprovisionPolicy reset{.update_hub_assignment = true, .migrate_device_data = false};

const HubName hub_a{"a.example"};
const HubName hub_b{"b.example"};

TEST(Reprovision, KeepsTheHubOnlyWhereThePolicySaysSoAndTheHubIsThere) {
  EXPECT_TRUE(keeps_hub(never, hub_a, true));
  EXPECT_FALSE(keeps_hub(never, hub_a, false));
  EXPECT_FALSE(keeps_hub(never, std::nullopt, false));
  EXPECT_FALSE(keeps_hub(migrate, hub_a, true));
  EXPECT_FALSE(keeps_hub(reset, hub_a, true));
}

TEST(Reprovision, TellsHowTheHubsRelate) {
  struct Case {
    ReprovisionPolicy policy;
    std::optional<HubName> before;
    HubName after;
    RegistrationSubstatus told;
  };
  const Case cases[] = {
      {migrate, std::nullopt, hub_a, RegistrationSubstatus::initial_assignment},
      {reset, std::nullopt, hub_a, RegistrationSubstatus::initial_assignment},
      {never, std::nullopt, hub_a, RegistrationSubstatus::initial_assignment},
      {migrate, hub_a, hub_a, RegistrationSubstatus::reprovisioned_to_initial_assignment},
      {reset, hub_a, hub_a, RegistrationSubstatus::reprovisioned_to_initial_assignment},
      {never, hub_a, hub_a, RegistrationSubstatus::reprovisioned_to_initial_assignment},
      {migrate, hub_a, hub_b, RegistrationSubstatus::device_data_migrated},
      {reset, hub_a, hub_b, RegistrationSubstatus::device_data_reset},
  };
  for (const auto& [policy, before, after, told] : cases) EXPECT_EQ(substatus_of(policy, before, after), told);
}

TEST(Reprovision, TellsWhatADeviceBeginsWithInANewHub) {
  Placement before;
  before.twin = "old";
  before.iot_edge = true;
  struct Case {
    ReprovisionPolicy policy;
    const Placement* previous;
    const char* webhook_twin;
    const char* twin;
    bool iot_edge;
  };
  const Case cases[] = {
      {migrate, nullptr, "", "initial", false},      {reset, nullptr, "", "initial", false},
      {never, nullptr, "", "initial", false},        {migrate, &before, "", "old", true},
      {reset, &before, "", "initial", false},        {never, &before, "", "initial", false},
      {migrate, nullptr, "chosen", "chosen", false}, {migrate, &before, "chosen", "chosen", true},
      {reset, &before, "chosen", "chosen", false},
  };
  for (const auto& [policy, previous, webhook_twin, twin, iot_edge] : cases) {
    EnrollmentTerms terms;
    terms.reprovision = policy;
    terms.initial_twin = "initial";
    const DeviceData data = data_in_new_hub(terms, previous, webhook_twin);
    EXPECT_EQ(data.twin, twin);
    EXPECT_EQ(data.iot_edge, iot_edge);
  }
}

}  // namespace
}  // namespace muster::provisioning
