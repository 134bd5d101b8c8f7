// Certificates that devices ask for with a registration whose hub a webhook chooses.
#include "provisioning/credential_policies.hpp"
#include "provisioning/custom_allocation_test.hpp"
#include "provisioning/device_changes.hpp"
#include "provisioning/signing_request_test.hpp"

namespace muster::provisioning {
namespace {

class CustomCertificateTest : public CustomAllocationTest {
 protected:
  CustomCertificateTest() {
    add_device_authorities(tree);
    allow({});
    EnrollmentTerms terms = custom();
    terms.credential_policy = "daily";
    enroll_pump(std::move(terms));
  }
  void allow(std::vector<std::string> key_kinds) {
    CredentialPolicy policy{.tenant = tenant_a,
                            .name = "daily",
                            .lifetime_hours = 24,
                            .key_kinds = std::move(key_kinds),
                            .created_at = {},
                            .updated_at = {}};
    ASSERT_TRUE(run(credential_policies.put(std::move(policy), {}, operator_ann)));
  }
  RegistrationRequest asking(std::string signing_request) const {
    RegistrationRequest made = pump();
    made.signing_request = std::move(signing_request);
    return made;
  }
  RegistrationRequest asking(const crypto::PrivateKey& with) const { return asking(request_of(with, "pump-1")); }
  std::vector<IssuedCertificate> issued() {
    Page all{.after = {}, .limit = 100};
    return run(store->list_device_certificates(tenant_a, std::nullopt, std::move(all)));
  }
  RegisteredDevice looked_up() { return *run(node.look_up(pump())); }

  ca::AuthorityTree tree = *ca::make_tree("Plant Devices", noon, random);
  crypto::PrivateKey key = crypto::PrivateKey::generate_p256();
  CredentialPolicies credential_policies{*store, clock};
};

TEST_F(CustomCertificateTest, IsIssuedTogetherWithTheHub) {
  webhook.say_hub("a.example");
  webhook.hold.emplace();
  EXPECT_TRUE(register_impatiently(node, asking(key)).certificate_chain.empty());
  EXPECT_TRUE(issued().empty()) << "the webhook may still refuse";
  webhook.hold->set({});
  run_down_to(0);
  const auto registered = looked_up();
  EXPECT_EQ(registered.registration.status, RegistrationStatus::assigned);
  ASSERT_EQ(registered.certificate_chain.size(), 3U);
  EXPECT_EQ(crypto::Certificate::from_der(registered.certificate_chain[0])->public_key(), key.public_key());
  ASSERT_EQ(issued().size(), 1U);
  EXPECT_EQ(issued()[0].serial, stored_pump().registration->certificate_serial);
  EXPECT_EQ(audited("certificate.issued").size(), 1U);
}

TEST_F(CustomCertificateTest, ComesWithTheAnswerOfWhoWaits) {
  webhook.say_hub("a.example");
  const auto answer = register_patiently(node, asking(key));
  ASSERT_TRUE(answer);
  EXPECT_EQ(std::get<RegisteredDevice>(*answer).certificate_chain.size(), 3U);
  const auto again = register_patiently(node, asking(key));
  ASSERT_TRUE(again);
  EXPECT_EQ(std::get<RegisteredDevice>(*again).certificate_chain, std::get<RegisteredDevice>(*answer).certificate_chain)
      << "one key, one certificate";
}

TEST_F(CustomCertificateTest, IsNotIssuedWhereTheWebhookRefuses) {
  webhook.say_status(400);
  const auto refused = register_patiently(node, asking(key));
  ASSERT_TRUE(refused);
  EXPECT_EQ(std::get<RegisteredDevice>(*refused).registration.failure, "webhook_failed");
  EXPECT_TRUE(issued().empty());
  EXPECT_TRUE(audited("certificate.issued").empty());
}

TEST_F(CustomCertificateTest, IsRefusedBeforeTheWebhookIsAsked) {
  EXPECT_EQ(outcome(register_patiently(node, asking("nonsense"))), "csr_malformed");
  EXPECT_EQ(outcome(register_patiently(node, asking(request_of(key, "pump-2")))), "csr_not_allowed");
  allow({"P-384"});
  EXPECT_EQ(outcome(register_patiently(node, asking(key))), "csr_not_allowed");
  EXPECT_TRUE(webhook.questions.empty());
  EXPECT_FALSE(run(store->find_device(tenant_a, std::string("pump-1")))) << "nothing was changed";
}

TEST_F(CustomCertificateTest, FailsWithTheHubWhereThePolicyForbidsItMeanwhile) {
  webhook.say_hub("a.example");
  webhook.hold.emplace();
  register_impatiently(node, asking(key));
  allow({"P-384"});
  webhook.hold->set({});
  run_down_to(0);
  EXPECT_EQ(stored_pump().registration->status, RegistrationStatus::failed);
  EXPECT_EQ(stored_pump().registration->failure, "csr_not_allowed");
  EXPECT_TRUE(stored_pump().placements.empty());
  EXPECT_TRUE(issued().empty());
  EXPECT_FALSE(entry());
}

TEST_F(CustomCertificateTest, IsIssuedOnceWhereANodeIsKilled) {
  webhook.say_hub("a.example");
  background.is_alive = false;
  std::optional<Result<RegistrationOutcome>> answer;
  start(base::store_result(node.register_device(asking(key)), answer));
  run_until([&] { return background.stopped.size() == 2; });
  auto left = std::move(background.stopped);
  background.is_alive = true;
  clock.advance(CustomAllocationSettings{}.lease);
  EXPECT_EQ(resume(other_node), 1U);
  EXPECT_EQ(issued().size(), 1U);
  EXPECT_EQ(looked_up().certificate_chain.size(), 3U);
  background.is_patient = false;
  background.spawn(std::move(left.at(1)));  // lets go of who waits at the killed node
  run_until([&] { return answer.has_value(); });
  EXPECT_EQ(std::get<RegisteredDevice>(**answer).certificate_chain.size(), 3U);
}

TEST_F(CustomCertificateTest, IsIssuedOnceWhereTwoNodesDecide) {
  webhook.say_hub("a.example");
  webhook.hold.emplace();
  register_impatiently(node, asking(key));
  run_until([&] { return webhook.questions.size() == 1; });
  const auto slow = *webhook.hold;
  webhook.hold.emplace();
  clock.advance(CustomAllocationSettings{}.lease);
  EXPECT_EQ(run(other_node.resume_allocations()), 1U);
  run_until([&] { return webhook.questions.size() == 2; });
  slow.set({});
  webhook.hold->set({});
  run_down_to(0);
  EXPECT_EQ(stored_pump().registration->status, RegistrationStatus::assigned);
  EXPECT_EQ(issued().size(), 1U);
  EXPECT_EQ(audited("certificate.issued").size(), 1U);
}

TEST_F(CustomCertificateTest, OfAnotherKeyIsDecidedAnewAndOfTheSameKeyIsWaitedFor) {
  webhook.say_hub("a.example");
  webhook.hold.emplace();
  register_impatiently(node, asking(key));
  register_impatiently(node, asking(key));  // signed anew: other octets
  register_impatiently(node);
  EXPECT_EQ(webhook.questions.size(), 1U);
  const auto slow = *webhook.hold;
  webhook.hold.emplace();
  const auto other_key = crypto::PrivateKey::generate_p256();
  register_impatiently(node, asking(other_key));
  run_until([&] { return webhook.questions.size() == 2; });
  slow.set({});
  webhook.hold->set({});
  run_down_to(0);
  ASSERT_EQ(issued().size(), 1U);
  EXPECT_EQ(crypto::Certificate::from_der(issued()[0].certificate)->public_key(), other_key.public_key());
}

TEST_F(CustomCertificateTest, OfBeforeIsNoAnswerToARequestThatIsStillDecided) {
  webhook.say_hub("a.example");
  ASSERT_TRUE(register_patiently(node, asking(key)));
  webhook.hold.emplace();
  const auto waiting = register_impatiently(node, asking(crypto::PrivateKey::generate_p256()));
  EXPECT_EQ(waiting.registration.status, RegistrationStatus::assigning);
  EXPECT_TRUE(waiting.certificate_chain.empty());
  EXPECT_TRUE(looked_up().certificate_chain.empty());
  webhook.hold->set({});
  run_down_to(0);
  EXPECT_EQ(issued().size(), 2U);
}

}  // namespace
}  // namespace muster::provisioning
