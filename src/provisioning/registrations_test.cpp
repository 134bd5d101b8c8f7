#include "provisioning/registrations.hpp"

#include "provisioning/device_changes.hpp"
#include "provisioning/entity_tag.hpp"
#include "provisioning/fixture_test.hpp"

namespace muster::provisioning {
namespace {

class RegistrationsTest : public ProvisioningTest {
 protected:
  RegistrationsTest() {
    enroll("pump-1", {}, {.primary = secret(1), .secondary = secret(2)});
    registered = must_register(pump());
  }
  RegistrationRequest pump() const { return signed_request("pump-1", secret(1)); }
  Status remove(Precondition precondition = {}) {
    return run(registrations.remove(tenant_a, registration_id("Pump-1"), std::move(precondition), operator_ann));
  }
  std::string tag() {
    const auto stored = device("pump-1").registration;
    return entity_tag(stored->created_at, stored->revision);
  }

  RegisteredDevice registered;
};

TEST_F(RegistrationsTest, AreFoundByNameWithoutRegardToCase) {
  const auto found = run(registrations.get(tenant_a, registration_id("PUMP-1")));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->device.id, registered.device.id);
  EXPECT_EQ(outcome(run(registrations.get(tenant_a, registration_id("pump-2")))), "registration_not_found");
  EXPECT_EQ(outcome(run(registrations.get(TenantId("tenant-b"), registration_id("pump-1")))), "registration_not_found");
}

TEST_F(RegistrationsTest, BeginAnewAfterTheyWereRemoved) {
  ASSERT_TRUE(remove());
  EXPECT_EQ(outcome(run(registrar.look_up(pump()))), "registration_not_found");
  EXPECT_EQ(outcome(remove()), "registration_not_found");

  clock.advance(std::chrono::hours(1));
  const auto again = must_register(pump());
  EXPECT_EQ(again.registration.substatus, RegistrationSubstatus::initial_assignment);
  EXPECT_EQ(again.device.id, registered.device.id) << "the device itself stays";
  EXPECT_NE(again.registration.operation_id, registered.registration.operation_id);
  EXPECT_EQ(again.registration.created_at, clock.now());
}

TEST_F(RegistrationsTest, EndThePlacementAndKeepTheHistory) {
  ASSERT_TRUE(remove());
  const DeviceRecord removed = device("pump-1");
  EXPECT_FALSE(removed.registration);
  EXPECT_EQ(active(removed.placements), nullptr);
  ASSERT_EQ(removed.placements.size(), 1U);
  EXPECT_EQ(removed.placements[0].valid_until, clock.now());
  EXPECT_NE(active(removed.credentials), nullptr);
  must_register(pump());
  EXPECT_EQ(device("pump-1").placements.size(), 2U);
}

TEST_F(RegistrationsTest, AreRemovedOnlyAsTheCallerSawThem) {
  const std::string seen = tag();
  must_register(pump());
  EXPECT_EQ(outcome(remove({.kind = Precondition::Kind::must_match, .entity_tag = seen})), "etag_mismatch");
  EXPECT_EQ(outcome(remove({.kind = Precondition::Kind::must_match, .entity_tag = tag()})), "done");
}

TEST_F(RegistrationsTest, ReportWhoRemovedThem) {
  ASSERT_TRUE(remove());
  const auto events = audited("registration.removed");
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].actor, "principal:ann");
  EXPECT_EQ(events[0].subject, "device:pump-1");
  EXPECT_EQ(events[0].personal, "192.0.2.7");
}

}  // namespace
}  // namespace muster::provisioning
