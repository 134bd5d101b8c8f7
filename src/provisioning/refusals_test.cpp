#include "provisioning/refusals.hpp"

#include "attest/symmetric_key/symmetric_key.hpp"
#include "provisioning/devices.hpp"
#include "provisioning/fixture_test.hpp"

namespace muster::provisioning {
namespace {

class RefusalsTest : public ProvisioningTest {
 protected:
  RefusalsTest() { enroll("pump-1", {}, {.primary = secret(1), .secondary = secret(2)}); }

  void send_refused(std::string_view id = "pump-1") { ASSERT_FALSE(send(signed_request(id, secret(3)))); }
  /// Another check fails than in `send_refused`.
  void send_without_proof(std::string_view id = "pump-1") { ASSERT_FALSE(send(request(id))); }
  std::string recorded() { return device("pump-1").registration->refusal; }
  std::vector<RefusalRecord> kept(std::string_view id = "pump-1") {
    return run(store->list_refusals(tenant_a, std::string(id)));
  }
  std::size_t strangers() { return static_cast<std::size_t>(run(store->count_refusals_of_strangers(tenant_a))); }
  void tidy() { run(after(registrar.tidy_refusals())); }
  void note(RegistrationRequest request, base::Error refusal) {
    run(after(registrar.note_refusal(std::move(request), std::move(refusal))));
  }
  void pass_a_minute() { clock.advance(std::chrono::minutes(1)); }

 private:
  static Task<bool> after(Task<void> task) {
    co_await std::move(task);
    co_return true;
  }
};

TEST_F(RefusalsTest, AreKeptWithEverythingThatExplainsThem) {
  RegistrationRequest wrong = signed_request("Pump-1", secret(3));
  wrong.transport = Transport::mqtt_websocket;
  ASSERT_FALSE(send(std::move(wrong)));
  ASSERT_EQ(kept().size(), 1U);
  const RefusalRecord refusal = kept().front();
  EXPECT_EQ(refusal.registration_id.str(), "Pump-1");
  EXPECT_EQ(refusal.at, noon);
  EXPECT_EQ(refusal.last_at, noon);
  EXPECT_EQ(refusal.count, 1);
  EXPECT_EQ(refusal.transport, Transport::mqtt_websocket);
  EXPECT_EQ(refusal.attestation, "symmetric_key");
  EXPECT_EQ(refusal.enrollment, "enrollment pump-1");
  EXPECT_EQ(refusal.code, "signature_mismatch");
  EXPECT_EQ(refusal.address, "198.51.100.9");
  EXPECT_NE(refusal.detail.find("0ne0000000A/registrations/Pump-1"), std::string::npos);
  EXPECT_TRUE(refusal.is_known);
}

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
  EXPECT_EQ(kept().size(), 1U) << "what happened stays known";
}

TEST_F(RefusalsTest, CountUpWhereTheyAreTheSameAndAreWrittenOnceAMinute) {
  for (int i = 0; i < 3; ++i) send_refused();
  send_refused("PUMP-1");
  EXPECT_EQ(kept().front().count, 1);
  EXPECT_EQ(audited("device.refused").size(), 1U);
  clock.advance(std::chrono::minutes(1) - std::chrono::microseconds(1));
  send_refused();
  EXPECT_EQ(audited("device.refused").size(), 1U);
  clock.advance(std::chrono::microseconds(1));
  send_refused();
  EXPECT_EQ(audited("device.refused").size(), 2U);
  ASSERT_EQ(kept().size(), 1U);
  EXPECT_EQ(kept().front().count, 6);
  EXPECT_EQ(kept().front().at, noon);
  EXPECT_EQ(kept().front().last_at, noon + std::chrono::minutes(1));
}

TEST_F(RefusalsTest, AreCountedInTheEndWhereTheDeviceGivesUp) {
  for (int i = 0; i < 3; ++i) send_refused();
  tidy();
  EXPECT_EQ(kept().front().count, 1) << "the minute is not over";
  pass_a_minute();
  tidy();
  EXPECT_EQ(kept().front().count, 3);
  EXPECT_EQ(kept().front().last_at, noon);
  pass_a_minute();
  tidy();
  EXPECT_EQ(kept().front().count, 3);
}

TEST_F(RefusalsTest, DoNotHideEachOther) {
  send_refused();
  send_without_proof();
  RegistrationRequest over_amqp = request("pump-1");
  over_amqp.transport = Transport::amqp;
  ASSERT_FALSE(send(std::move(over_amqp)));
  ASSERT_EQ(kept().size(), 3U);
  // The audit trail cannot be forgotten again, so it takes one of a name a minute.
  EXPECT_EQ(audited("device.refused").size(), 1U);
}

TEST_F(RefusalsTest, OfOneIdAreOnlyTheLatest) {
  // Each under another group is another kind of refusal.
  for (std::size_t i = 0; i <= refusals_of_one_id_max; ++i) {
    EnrollmentTerms terms;
    terms.enabled = false;
    const std::string group = "line-" + std::to_string(i);
    enroll_group(group, std::move(terms), {.primary = secret(9), .secondary = secret(9)});
    const Secret key = attest::symmetric_key::derive_device_key(secret(9), "valve-1");
    clock.advance(std::chrono::seconds(1));
    EXPECT_EQ(outcome(send(signed_request("valve-1", key))), "enrollment_disabled");
    ASSERT_TRUE(run(enrollments.remove(tenant_a, GroupId(group), {}, operator_ann)));
  }
  const auto refusals = kept("valve-1");
  ASSERT_EQ(refusals.size(), refusals_of_one_id_max);
  EXPECT_EQ(refusals.front().enrollment, "group line-10");
  EXPECT_EQ(refusals.back().enrollment, "group line-1");
}

TEST_F(RefusalsTest, AreKeptForNamesThatNobodyKnowsButStayOutOfTheAuditTrail) {
  send_refused("stranger-1");
  ASSERT_EQ(kept("stranger-1").size(), 1U);
  EXPECT_EQ(kept("stranger-1").front().code, "enrollment_not_found");
  EXPECT_EQ(kept("stranger-1").front().enrollment, "");
  EXPECT_NE(kept("stranger-1").front().detail.find("'stranger-1'"), std::string::npos);
  EXPECT_TRUE(audited("device.refused").empty());
}

TEST_F(RefusalsTest, OfStrangersCauseFewWritesAndTakeLittleRoom) {
  send_refused();
  std::size_t sent = 0;
  const auto send_some = [&](int count) {
    for (int i = 0; i < count; ++i) send_refused("stranger-" + std::to_string(sent++));
  };
  send_some(stranger_writes_a_minute_max + 5);
  EXPECT_EQ(strangers(), static_cast<std::size_t>(stranger_writes_a_minute_max));
  while (strangers() < refusals_of_strangers_max) {
    pass_a_minute();
    send_some(stranger_writes_a_minute_max);
  }
  EXPECT_EQ(strangers(), refusals_of_strangers_max);
  EXPECT_TRUE(kept("stranger-0").empty()) << "the oldest make room";
  EXPECT_EQ(kept("stranger-" + std::to_string(sent - 1)).size(), 1U);
  EXPECT_EQ(kept().size(), 1U) << "what is known is not pushed out";
}

TEST_F(RefusalsTest, OfAKnownDeviceDoNotWaitForStrangers) {
  for (int i = 0; i <= stranger_writes_a_minute_max; ++i) send_refused("stranger-" + std::to_string(i));
  send_refused();
  EXPECT_EQ(kept().size(), 1U);
}

TEST_F(RefusalsTest, AreWrittenForADeviceThatAGroupLetIn) {
  must_register(signed_request("pump-1", secret(1)));
  ASSERT_TRUE(run(enrollments.remove(tenant_a, registration_id("pump-1"), {}, operator_ann)));
  send_refused();
  EXPECT_EQ(audited("device.refused").size(), 1U);
  EXPECT_EQ(recorded().substr(0, 21), "enrollment_not_found:");
}

TEST_F(RefusalsTest, ThatCameBeforeTheRegistrarAreKeptToo) {
  note(request("pump-1"), {base::Errc::credentials_malformed, "field se is missing"});
  ASSERT_EQ(kept().size(), 1U);
  EXPECT_EQ(kept().front().code, "credentials_malformed");
  EXPECT_EQ(kept().front().attestation, "none");
  RegistrationRequest nowhere = request("pump-1");
  nowhere.id_scope = IdScope("0ne0000000B");
  note(std::move(nowhere), base::Errc::malformed_json);
  EXPECT_EQ(kept().size(), 1U) << "no tenant has it";
}

TEST_F(RefusalsTest, OfQuestionsAreKeptAsThoseOfRegistrations) {
  EXPECT_EQ(outcome(run(registrar.look_up(signed_request("pump-1", secret(1))))), "registration_not_found");
  must_register(signed_request("pump-1", secret(1)));
  EXPECT_EQ(outcome(run(registrar.operation_status(signed_request("pump-1", secret(1)), "5.other"))),
            "operation_not_found");
  EXPECT_EQ(outcome(run(registrar.authenticate(request("pump-1")))), "credentials_missing");
  ASSERT_EQ(kept().size(), 3U);
}

TEST_F(RefusalsTest, OfADisabledTenantAreKept) {
  Tenant tenant = *run(store->find_tenant(tenant_a));
  tenant.enabled = false;
  commit(tenant_a, {Put{tenant}});
  send_refused();
  ASSERT_EQ(kept().size(), 1U);
  EXPECT_EQ(kept().front().code, "tenant_disabled");
}

TEST_F(RefusalsTest, GoWithTheirDevice) {
  must_register(signed_request("pump-1", secret(1)));
  send_refused();
  Devices devices(*store, clock);
  ASSERT_TRUE(run(devices.remove(device("pump-1"), {}, operator_ann)));
  EXPECT_TRUE(kept().empty());
}

TEST_F(RefusalsTest, AreForgottenAfterNinetyDays) {
  send_refused();
  clock.advance(std::chrono::hours(90 * 24));
  tidy();
  EXPECT_EQ(kept().size(), 1U);
  clock.advance(std::chrono::microseconds(1));
  tidy();
  EXPECT_TRUE(kept().empty());
}

TEST_F(RefusalsTest, DoNotOverwriteARegistrationThatSucceedsMeanwhile) {
  must_register(signed_request("pump-1", secret(1)));
  const auto [refused, registered] = run_together(registrar.register_device(signed_request("pump-1", secret(3))),
                                                  registrar.register_device(signed_request("pump-1", secret(1))));
  EXPECT_FALSE(refused);
  EXPECT_TRUE(registered);
  EXPECT_EQ(device("pump-1").registration->status, RegistrationStatus::assigned);
  EXPECT_EQ(kept().size(), 1U);
}

TEST_F(RefusalsTest, StandInTheAuditTrailWhereARegistrationIsWrittenBetween) {
  must_register(signed_request("pump-1", secret(1)));
  // The refusal is about a revision that is gone when its turn to be written has come.
  const auto [registered, refused] = run_together(registrar.register_device(signed_request("pump-1", secret(1))),
                                                  registrar.register_device(signed_request("pump-1", secret(3))));
  EXPECT_TRUE(registered);
  EXPECT_FALSE(refused);
  EXPECT_EQ(kept().size(), 1U);
  EXPECT_EQ(audited("device.refused").size(), 1U);
}

}  // namespace
}  // namespace muster::provisioning
