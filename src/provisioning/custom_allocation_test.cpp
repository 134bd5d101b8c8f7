// Registrations whose hub a webhook chooses.
#include "provisioning/custom_allocation_test.hpp"
#include "provisioning/device_changes.hpp"

namespace muster::provisioning {
namespace {

TEST_F(CustomAllocationTest, GivesTheHubTheTwinAndThePayloadThatTheWebhookChose) {
  enroll_pump();
  webhook.say_hub("b.example", R"({"tags":{"from":"webhook"}})", R"({"told":1})");
  auto sent = pump();
  sent.payload = R"({"model":7})";
  const auto answer = register_patiently(node, std::move(sent));
  ASSERT_TRUE(answer);
  const auto& registered = std::get<RegisteredDevice>(*answer);
  EXPECT_EQ(registered.registration.status, RegistrationStatus::assigned);
  EXPECT_EQ(registered.registration.substatus, RegistrationSubstatus::initial_assignment);
  EXPECT_EQ(registered.registration.hub, HubName("b.example"));
  EXPECT_EQ(registered.registration.returned_payload, R"({"told":1})");
  EXPECT_EQ(active(device("pump-1").placements)->twin, R"({"tags":{"from":"webhook"}})");
  EXPECT_FALSE(entry());

  ASSERT_EQ(webhook.questions.size(), 1U);
  const WebhookQuestion& asked = webhook.questions[0];
  EXPECT_EQ(asked.registration_id.str(), "pump-1");
  EXPECT_EQ(asked.payload, R"({"model":7})");
  EXPECT_FALSE(asked.current_hub);
  const std::vector<HubName> all = {HubName("a.example"), HubName("b.example"), HubName("hub.example")};
  EXPECT_EQ(asked.linked_hubs, all);
}

TEST_F(CustomAllocationTest, TellsTheWebhookWhereTheDeviceIsAndLeavesItsTwinThere) {
  enroll_pump();
  webhook.say_hub("b.example");
  register_pump(node);
  webhook.answers.clear();
  webhook.say_hub("b.example", R"({"tags":{"from":"webhook"}})");
  const auto again = register_pump(node);
  EXPECT_EQ(webhook.questions[1].current_hub, HubName("b.example"));
  EXPECT_EQ(webhook.questions[1].current_device_id, "pump-1");
  EXPECT_EQ(again.registration.substatus, RegistrationSubstatus::reprovisioned_to_initial_assignment);
  EXPECT_EQ(active(device("pump-1").placements)->twin, R"({"tags":{"from":"enrollment"}})");
}

TEST_F(CustomAllocationTest, DoesNotAskForADeviceThatKeepsItsHub) {
  enroll_pump(custom({.update_hub_assignment = false, .migrate_device_data = false}));
  webhook.say_hub("b.example", {}, R"({"told":1})");
  register_pump(node);
  const auto again = register_pump(node);
  EXPECT_EQ(webhook.questions.size(), 1U);
  EXPECT_EQ(again.registration.hub, HubName("b.example"));
  EXPECT_EQ(again.registration.returned_payload, R"({"told":1})");
}

TEST_F(CustomAllocationTest, FailsForGoodWhereTheWebhookRefuses) {
  enroll_pump();
  webhook.say_status(400);
  const auto failed = register_pump(node);
  EXPECT_EQ(failed.registration.status, RegistrationStatus::failed);
  EXPECT_EQ(failed.registration.failure, "webhook_failed");
  EXPECT_EQ(failed.registration.failure_detail, "status code: 400");
  EXPECT_FALSE(entry());
  EXPECT_EQ(audited("device.refused").size(), 1U);
  const auto refusals = run(store->list_refusals(tenant_a, failed.device.name.folded()));
  ASSERT_EQ(refusals.size(), 1U);
  EXPECT_EQ(refusals[0].code, "webhook_failed");
  EXPECT_EQ(refusals[0].count, 1);
  EXPECT_EQ(polled(node, failed.registration.operation_id), RegistrationStatus::failed);

  // The next registration starts anew, and what failed before is forgotten.
  webhook.answers.clear();
  webhook.say_hub("a.example");
  const auto registered = register_pump(node);
  EXPECT_EQ(registered.registration.status, RegistrationStatus::assigned);
  EXPECT_EQ(registered.registration.substatus, RegistrationSubstatus::initial_assignment);
  EXPECT_TRUE(registered.registration.failure.empty());
}

TEST_F(CustomAllocationTest, TriesAgainWithPausesWhatMayPassAndGivesUpInTheEnd) {
  enroll_pump();
  webhook.say_status(503);
  EXPECT_EQ(register_impatiently(node).registration.status, RegistrationStatus::assigning);
  run_down_to(0);
  EXPECT_EQ(resume(node), 0U) << "the pause is not over";
  clock.advance(std::chrono::seconds(2));
  EXPECT_EQ(resume(node), 1U);
  EXPECT_EQ(entry()->attempts, 2);
  EXPECT_EQ(stored_pump().registration->status, RegistrationStatus::assigning);
  clock.advance(std::chrono::seconds(1));
  EXPECT_EQ(resume(node), 0U) << "the second pause is longer";
  clock.advance(std::chrono::seconds(2));
  EXPECT_EQ(resume(node), 1U);
  EXPECT_EQ(webhook.questions.size(), 3U);
  EXPECT_EQ(stored_pump().registration->status, RegistrationStatus::failed);
  EXPECT_EQ(stored_pump().registration->failure_detail, "status code: 503");
  EXPECT_FALSE(entry());
}

TEST_F(CustomAllocationTest, GivesUpInTheEndWhatCannotBeCarriedOut) {
  enroll_pump();
  webhook.say_hub("gone.example");
  EXPECT_EQ(register_impatiently(node).registration.status, RegistrationStatus::assigning);
  run_down_to(0);
  for (int taken_up = 1; taken_up < 2 * parts().custom.attempts_max; ++taken_up) {
    clock.advance(CustomAllocationSettings{}.lease);
    EXPECT_EQ(resume(node), 1U);
    EXPECT_EQ(stored_pump().registration->status, RegistrationStatus::assigning);
  }
  const std::size_t asked = webhook.questions.size();
  clock.advance(CustomAllocationSettings{}.lease);
  EXPECT_EQ(resume(node), 1U);
  EXPECT_EQ(webhook.questions.size(), asked) << "it is not asked once more";
  EXPECT_EQ(stored_pump().registration->refusal, "webhook_failed: what the webhook decided could not be carried out");
  EXPECT_FALSE(entry());
}

TEST_F(CustomAllocationTest, WaitsForTheSecondCallToo) {
  enroll_pump();
  webhook.say_status(503);
  webhook.say_hub("a.example");
  std::optional<Result<RegistrationOutcome>> outcome;
  start(base::store_result(node.register_device(pump()), outcome));
  run_until([&] { return !webhook.questions.empty(); });
  run_down_to(1);  // the one that wakes the registration at the end of its patience
  EXPECT_FALSE(outcome);
  clock.advance(std::chrono::seconds(2));
  EXPECT_EQ(resume(node), 1U);
  run_until([&] { return outcome.has_value(); });
  ASSERT_TRUE(*outcome);
  EXPECT_EQ(std::get<RegisteredDevice>(**outcome).registration.status, RegistrationStatus::assigned);
  run_down_to(0);
}

TEST_F(CustomAllocationTest, GivesUpAtOnceWhereTheEnrollmentIsGoneMeanwhile) {
  enroll_pump();
  webhook.say_status(503);
  register_impatiently(node);
  run_down_to(0);
  ASSERT_TRUE(run(enrollments.remove(tenant_a, registration_id("pump-1"), {}, operator_ann)));
  clock.advance(std::chrono::seconds(2));
  EXPECT_EQ(resume(node), 1U);
  EXPECT_EQ(stored_pump().registration->failure, "enrollment_not_found");
  EXPECT_FALSE(entry());
}

TEST_F(CustomAllocationTest, RefusesAtOnceWhereThereIsNoHubToChooseFrom) {
  EnrollmentTerms terms = custom();
  terms.hubs = {HubName("gone.example")};
  enroll_pump(std::move(terms));
  EXPECT_EQ(outcome(run(node.register_device(pump()))), "hub_not_linked");
  EXPECT_TRUE(webhook.questions.empty());
}

TEST_F(CustomAllocationTest, AnswersAssigningWhereTheWebhookIsSlowAndFinishesLater) {
  enroll_pump();
  webhook.say_hub("a.example");
  webhook.hold.emplace();
  const auto waiting = register_impatiently(node);
  EXPECT_EQ(waiting.registration.status, RegistrationStatus::assigning);
  const auto operation = waiting.registration.operation_id;
  EXPECT_EQ(polled(other_node, operation), RegistrationStatus::assigning);

  webhook.hold->set({});
  run_down_to(0);
  EXPECT_EQ(polled(other_node, operation), RegistrationStatus::assigned);
}

TEST_F(CustomAllocationTest, LetsADeviceThatAsksAgainWaitForTheSameDecision) {
  enroll_pump();
  webhook.say_hub("a.example");
  webhook.hold.emplace();
  register_impatiently(node);
  EXPECT_EQ(register_impatiently(node).registration.status, RegistrationStatus::assigning);
  EXPECT_EQ(register_impatiently(other_node).registration.status, RegistrationStatus::assigning);
  webhook.hold->set({});
  run_down_to(0);
  EXPECT_EQ(webhook.questions.size(), 1U);
  EXPECT_EQ(audited("device.registered").size(), 1U);
}

TEST_F(CustomAllocationTest, DecidesAnewForAnotherPayloadAndWhereItIsForced) {
  enroll_pump();
  webhook.say_hub("a.example");
  webhook.hold.emplace();
  const auto hold = *webhook.hold;
  register_impatiently(node);
  webhook.hold.reset();
  auto changed = pump();
  changed.payload = R"("new")";
  ASSERT_TRUE(register_impatiently(node, std::move(changed)).registration.payload == R"("new")");
  run_until([&] { return webhook.questions.size() == 2; });
  EXPECT_EQ(webhook.questions[1].payload, R"("new")");
  run_down_to(1);
  hold.set({});
  run_down_to(0);
  EXPECT_EQ(audited("device.registered").size(), 1U) << "the first decision came too late";

  webhook.hold.emplace();
  const auto second_hold = *webhook.hold;
  register_impatiently(node);
  webhook.hold.reset();
  auto forced = pump();
  forced.force = true;
  register_impatiently(node, std::move(forced));
  run_down_to(1);
  second_hold.set({});
  run_down_to(0);
  EXPECT_EQ(webhook.questions.size(), 4U);
}

TEST_F(CustomAllocationTest, SerialisesTwoRegistrationsAtTheSameTime) {
  enroll_pump();
  webhook.say_hub("a.example");
  std::optional<Result<RegistrationOutcome>> one;
  std::optional<Result<RegistrationOutcome>> other;
  start(base::store_result(node.register_device(pump()), one));
  start(base::store_result(other_node.register_device(pump()), other));
  // A node hears nothing of a decision that the other one made before its own patience ends.
  run_until([&] { return one || other; });
  run_down_to(0);
  run_until([&] { return one && other; });
  ASSERT_TRUE(*one && *other);
  EXPECT_EQ(std::get<RegisteredDevice>(**one).device.id, std::get<RegisteredDevice>(**other).device.id);
  run_down_to(0);
  const DeviceRecord stored = stored_pump();
  EXPECT_EQ(stored.registration->status, RegistrationStatus::assigned);
  EXPECT_EQ(stored.placements.size(), 1U);
  EXPECT_FALSE(entry());
}

TEST_F(CustomAllocationTest, LosesNothingWhenANodeIsKilled) {
  enroll_pump();
  webhook.say_hub("a.example");
  // The commit happened and nothing after it.
  background.is_alive = false;
  std::optional<Result<RegistrationOutcome>> outcome;
  start(base::store_result(node.register_device(pump()), outcome));
  run_until([&] { return background.stopped.size() == 2; });
  auto left = std::move(background.stopped);
  background.stopped.clear();
  background.is_alive = true;

  ASSERT_TRUE(entry());
  EXPECT_EQ(resume(other_node), 0U) << "the first node may still be at it";
  clock.advance(CustomAllocationSettings{}.lease);
  EXPECT_EQ(resume(other_node), 1U);
  EXPECT_EQ(stored_pump().registration->status, RegistrationStatus::assigned);
  EXPECT_FALSE(entry());
  EXPECT_EQ(webhook.questions.size(), 1U);
  EXPECT_FALSE(outcome);
  // Whoever waited at the killed node is let go, as its memory would have been.
  background.is_patient = false;
  background.spawn(std::move(left.at(1)));
  run_until([&] { return outcome.has_value(); });
}

TEST_F(CustomAllocationTest, LetsOneNodeOfTwoTakeUpWhatIsDue) {
  enroll_pump();
  webhook.say_status(503);
  register_impatiently(node);
  run_down_to(0);
  webhook.answers.clear();
  webhook.say_hub("a.example");
  clock.advance(std::chrono::seconds(2));
  const auto [one, other] = run_together(node.resume_allocations(), other_node.resume_allocations());
  EXPECT_EQ(one + other, 1U);
  EXPECT_EQ(webhook.questions.size(), 2U);
  EXPECT_EQ(audited("device.registered").size(), 1U);
}

TEST_F(CustomAllocationTest, LetsASlowNodeLoseAgainstTheOneThatTookOver) {
  enroll_pump();
  webhook.say_hub("a.example");
  webhook.say_hub("b.example");
  webhook.hold.emplace();
  const auto hold = *webhook.hold;
  register_impatiently(node);
  run_down_to(1);
  webhook.hold.reset();
  clock.advance(CustomAllocationSettings{}.lease);
  EXPECT_EQ(resume(other_node), 1U);
  EXPECT_EQ(stored_pump().registration->hub, HubName("a.example"));
  hold.set({});
  run_down_to(0);
  EXPECT_EQ(stored_pump().registration->hub, HubName("a.example"));
  EXPECT_EQ(audited("device.registered").size(), 1U);
}

TEST_F(CustomAllocationTest, ForgetsWhatNobodyWaitsFor) {
  enroll_pump();
  webhook.say_status(503);
  register_impatiently(node);
  run_down_to(0);
  const DeviceId id = stored_pump().device.id;
  ASSERT_TRUE(run(registrations.remove(tenant_a, registration_id("pump-1"), {}, operator_ann)));
  clock.advance(std::chrono::seconds(2));
  EXPECT_EQ(resume(node), 1U);
  EXPECT_FALSE(run(store->find_outbox_entry(tenant_a, id)));
  EXPECT_EQ(webhook.questions.size(), 1U);
}

TEST_F(CustomAllocationTest, LeavesInTheOutboxWhatIsTooMuchAtOnce) {
  AllocationParts busy = parts();
  busy.custom.calls_max = 0;
  Registrar busy_node(*store, vault, clock, random, busy);
  enroll_pump();
  webhook.say_hub("a.example");
  EXPECT_EQ(register_impatiently(busy_node).registration.status, RegistrationStatus::assigning);
  EXPECT_EQ(resume(busy_node), 0U);
  EXPECT_TRUE(webhook.questions.empty());
  EXPECT_EQ(resume(node), 1U);
  EXPECT_EQ(stored_pump().registration->status, RegistrationStatus::assigned);
}

}  // namespace
}  // namespace muster::provisioning
