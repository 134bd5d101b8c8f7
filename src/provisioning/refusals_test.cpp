#include "provisioning/refusals.hpp"

#include "provisioning/fixture_test.hpp"

namespace muster::provisioning {
namespace {

class RefusalsTest : public ProvisioningTest {
 protected:
  RefusalsTest() { enroll("pump-1", {}, {.primary = secret(1), .secondary = secret(2)}); }

  void send_refused(std::string_view id = "pump-1") { ASSERT_FALSE(send(signed_request(id, secret(3)))); }
  std::string recorded() { return device("pump-1").registration->refusal; }
};

TEST_F(RefusalsTest, StandInTheAuditTrail) {
  send_refused();
  const auto events = audited("device.refused");
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].actor, "device:pump-1");
  EXPECT_EQ(events[0].subject, "device:pump-1");
  EXPECT_EQ(events[0].outcome, "signature_mismatch");
  EXPECT_NE(events[0].detail.find("0ne0000000A/registrations/pump-1"), std::string::npos);
  EXPECT_EQ(events[0].personal, "198.51.100.9");
}

TEST_F(RefusalsTest, StandInTheDevicesRecordUntilItSucceeds) {
  const auto registered = must_register(signed_request("pump-1", secret(1)));
  send_refused();
  EXPECT_EQ(recorded().substr(0, 19), "signature_mismatch:");
  const DeviceRecord refused = device("pump-1");
  EXPECT_EQ(refused.registration->status, RegistrationStatus::assigned) << "what it has, it keeps";
  EXPECT_EQ(refused.registration->updated_at, registered.registration.updated_at);
  must_register(signed_request("pump-1", secret(1)));
  EXPECT_EQ(recorded(), "");
}

TEST_F(RefusalsTest, AreWrittenOnceAMinuteAndDevice) {
  enroll("pump-2", {}, {.primary = secret(1), .secondary = secret(2)});
  for (int i = 0; i < 3; ++i) send_refused();
  send_refused("PUMP-1");
  EXPECT_EQ(audited("device.refused").size(), 1U);
  send_refused("pump-2");
  EXPECT_EQ(audited("device.refused").size(), 2U);
  clock.advance(std::chrono::minutes(1) - std::chrono::microseconds(1));
  send_refused();
  EXPECT_EQ(audited("device.refused").size(), 2U);
  clock.advance(std::chrono::microseconds(1));
  send_refused();
  EXPECT_EQ(audited("device.refused").size(), 3U);
}

TEST_F(RefusalsTest, AreNotWrittenForNamesThatNobodyKnows) {
  send_refused("stranger-1");
  EXPECT_TRUE(audited("device.refused").empty());
}

TEST_F(RefusalsTest, AreWrittenForADeviceThatAGroupLetIn) {
  must_register(signed_request("pump-1", secret(1)));
  ASSERT_TRUE(run(enrollments.remove(tenant_a, registration_id("pump-1"), {}, operator_ann)));
  send_refused();
  EXPECT_EQ(audited("device.refused").size(), 1U);
  EXPECT_EQ(recorded().substr(0, 21), "enrollment_not_found:");
}

TEST_F(RefusalsTest, DoNotOverwriteARegistrationThatSucceedsMeanwhile) {
  must_register(signed_request("pump-1", secret(1)));
  const auto [refused, registered] = run_together(registrar.register_device(signed_request("pump-1", secret(3))),
                                                  registrar.register_device(signed_request("pump-1", secret(1))));
  EXPECT_FALSE(refused);
  EXPECT_TRUE(registered);
  const auto status = device("pump-1").registration->status;
  EXPECT_EQ(status, RegistrationStatus::assigned);
}

}  // namespace
}  // namespace muster::provisioning
