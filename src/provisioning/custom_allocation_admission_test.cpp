// What becomes of a registration whose enrollment, CA or certificate is changed while its webhook thinks.
#include <functional>

#include "provisioning/authority_test.hpp"
#include "provisioning/ca_certificates.hpp"
#include "provisioning/custom_allocation_test.hpp"
#include "provisioning/device_changes.hpp"
#include "provisioning/revocations.hpp"
#include "provisioning/software_tpm_test.hpp"

namespace muster::provisioning {
namespace {

class CustomAdmissionTest : public CustomAllocationTest {
 protected:
  static EnrollmentTerms custom(Attestation attestation) {
    EnrollmentTerms terms = CustomAllocationTest::custom();
    terms.attestation = std::move(attestation);
    return terms;
  }
  static X509Attestation references(std::string primary, std::string secondary = {}) {
    X509Attestation attestation;
    attestation.primary_reference = std::move(primary);
    attestation.secondary_reference = std::move(secondary);
    return attestation;
  }
  void upload(const std::string& ca, const TestAuthority& authority, bool is_verified = true) {
    CaDraft draft{.tenant = tenant_a,
                  .name = ca,
                  .certificate = std::string(base::text_view(authority.der())),
                  .is_verified = is_verified};
    if (!run(cas.put(std::move(draft), {}, operator_ann))) throw std::runtime_error("not uploaded");
  }
  void remove_ca(const std::string& ca) { commit(tenant_a, {Remove{*run(store->find_ca_certificate(tenant_a, ca))}}); }
  void set_keys(std::uint8_t primary, std::uint8_t secondary, EnrollmentTerms terms = CustomAllocationTest::custom()) {
    enroll("pump-1", std::move(terms), {.primary = secret(primary), .secondary = secret(secondary)});
  }
  RegistrationRequest presenting(Bytes leaf) const {
    RegistrationRequest made = request("pump-1");
    made.evidence.certificates = {std::move(leaf)};
    return made;
  }

  /// A registration whose webhook is asked and does not answer yet.
  void begin(RegistrationRequest request) {
    webhook.questions.clear();
    webhook.hold.emplace();
    const auto waiting = register_impatiently(node, std::move(request));
    if (waiting.registration.status != RegistrationStatus::assigning) throw std::runtime_error("not assigning");
    run_until([&] { return !webhook.questions.empty(); });
  }
  /// How it ends once the webhook answers: the hub, or why it failed.
  std::string end() {
    webhook.hold->set({});
    webhook.hold.reset();
    run_down_to(0);
    const DeviceRecord record = stored(name);
    const bool is_assigned = record.registration->status == RegistrationStatus::assigned;
    EXPECT_EQ(active(record.placements) != nullptr, is_assigned) << "placed where it is assigned, and only there";
    EXPECT_FALSE(run(store->find_outbox_entry(tenant_a, record.device.id)));
    return is_assigned ? record.registration->hub.str() : record.registration->failure;
  }
  DeviceRecord stored(const std::string& id) { return *run(store->find_device(tenant_a, id)); }

  std::string name = "pump-1";
  CaCertificates cas{*store, clock, random};
  Revocations revocations{*store, vault, clock};
  const TestAuthority root{"Root 1", noon};
  const TestAuthority other_root{"Root 2", noon};
};

TEST_F(CustomAdmissionTest, RefusesWhoWasLetInByAnEnrollmentThatWasMadeAnew) {
  webhook.say_hub("a.example");
  set_keys(1, 2);
  begin(pump());
  ASSERT_TRUE(run(enrollments.remove(tenant_a, registration_id("pump-1"), {}, operator_ann)));
  clock.advance(std::chrono::milliseconds(1));
  set_keys(3, 4);
  EXPECT_EQ(end(), "enrollment_changed");
}

TEST_F(CustomAdmissionTest, PlacesNoDeviceOfATenantThatWasDisabled) {
  webhook.say_hub("a.example");
  set_keys(1, 2);
  begin(pump());
  Tenant tenant = *run(store->find_tenant(tenant_a));
  tenant.enabled = false;
  commit(tenant_a, {Put{tenant}});
  EXPECT_EQ(end(), "tenant_disabled");
}

TEST_F(CustomAdmissionTest, RefusesWhoWasLetInByKeysThatAreOthersNow) {
  webhook.say_hub("a.example");
  set_keys(1, 2);
  begin(pump());
  set_keys(3, 4);
  EXPECT_EQ(end(), "enrollment_changed");
  const Registration failed = *stored_pump().registration;
  EXPECT_EQ(failed.status, RegistrationStatus::failed);
  EXPECT_NE(failed.refusal.find("keys, certificates or references"), std::string::npos) << failed.refusal;
  ASSERT_EQ(audited("device.refused").size(), 1U);
  EXPECT_EQ(audited("device.refused")[0].outcome, "enrollment_changed");
  const auto refusals = run(store->list_refusals(tenant_a, name));
  ASSERT_EQ(refusals.size(), 1U);
  EXPECT_EQ(refusals[0].code, "enrollment_changed");

  EXPECT_EQ(outcome(register_patiently(node, pump())), "signature_mismatch");
  const auto again = register_patiently(node, signed_request("pump-1", secret(3)));
  ASSERT_TRUE(again);
  EXPECT_EQ(std::get<RegisteredDevice>(*again).registration.status, RegistrationStatus::assigned);
}

TEST_F(CustomAdmissionTest, RefusesWhoWasLetInByWhatIsNoProofAnyMore) {
  const auto individual = [this](Attestation attestation) { enroll("pump-1", custom(std::move(attestation))); };
  const auto group = [this](Attestation attestation) { enroll_group("line-1", custom(std::move(attestation))); };
  X509Attestation signing;
  signing.primary_certificate = root.der();
  X509Attestation other_signing;
  other_signing.primary_certificate = other_root.der();
  upload("root", root);
  upload("other", other_root);

  struct Change {
    const char* what;
    std::function<void()> before;
    std::function<void()> meanwhile;
  };
  const std::vector<Change> changes = {
      {"reference", [&] { individual(references("root")); }, [&] { individual(references("other")); }},
      {"CA unverified", [&] { individual(references("root")); }, [&] { upload("root", root, false); }},
      {"CA replaced", [&] { individual(references("other", "root")); },
       [&] { upload("root", TestAuthority("Root 3", noon)); }},
      {"CA removed", [&] { individual(references("root")); }, [&] { remove_ca("root"); }},
      {"group's reference", [&] { group(references("other", "root")); }, [&] { group(references("other")); }},
      {"group's CA unverified", [&] { group(references("root")); }, [&] { upload("root", root, false); }},
      {"group's CA removed", [&] { group(references("root")); }, [&] { remove_ca("root"); }},
      {"group's certificate", [&] { group(signing); }, [&] { group(other_signing); }},
      {"kind", [&] { group(signing); }, [&] { group(SymmetricKeyAttestation{}); }},
      {"disabled individual enrollment", [&] { group(signing); },
       [&] {
         EnrollmentTerms terms = terms_of(SymmetricKeyAttestation{});
         terms.enabled = false;
         enroll("pump-1", std::move(terms), {});
       }},
  };
  webhook.say_hub("a.example");
  for (const Change& change : changes) {
    upload("root", root);
    change.before();
    begin(presenting(root.issue("pump-1")));
    change.meanwhile();
    EXPECT_EQ(end(), "enrollment_changed") << change.what;
    EXPECT_NE(outcome(register_patiently(node, presenting(root.issue("pump-1")))), "done") << change.what;
    if (auto enrolled = run(store->find_enrollment(tenant_a, name))) commit(tenant_a, {Remove{*enrolled}});
    if (auto enrolled = run(store->find_group(tenant_a, GroupId("line-1")))) commit(tenant_a, {Remove{*enrolled}});
  }
}

TEST_F(CustomAdmissionTest, RefusesACertificateThatWasRevokedMeanwhile) {
  X509Attestation signing;
  signing.primary_certificate = root.der();
  enroll_group("line-1", custom(signing));
  const Bytes leaf = root.issue("pump-1");
  const IssuedCertificate issued = record_issued(leaf);
  webhook.say_hub("a.example");
  begin(presenting(leaf));
  ASSERT_TRUE(run(revocations.revoke(tenant_a, issued.serial, RevocationReason::key_compromise, operator_ann)));
  EXPECT_EQ(end(), "certificate_revoked");
}

TEST_F(CustomAdmissionTest, HoldsAVendorGroupsListAgainAndNothingElseOfIt) {
  const SoftwareTpm tpm;
  name = attest::tpm::registration_id_of(tpm.keys().endorsement_key);
  const Bytes hash = attest::tpm::read_endorsement_key(tpm.keys().endorsement_key)->hash;
  const TestAuthority vendor("Vendor Root", noon);
  const auto allow = [&](std::vector<Bytes> keys) {
    enroll_group("vendor-1", custom(TpmVendorAttestation{
                                 .roots = {vendor.der()}, .intermediates = {}, .allowed_keys = std::move(keys)}));
  };
  const auto answer_of_tpm = [&] {
    auto asking = request(name);
    asking.evidence.tpm = tpm.keys();
    asking.evidence.tpm->endorsement_certificate = vendor.issue("TPM 1", tpm.endorsement_key().key().public_key());
    const auto challenge = std::get<TpmChallenge>(*send(std::move(asking)));
    return signed_request(name, tpm.open(challenge.activation_blob).key);
  };
  webhook.say_hub("a.example");
  allow({hash});
  begin(answer_of_tpm());
  allow({Bytes(32, 1)});
  EXPECT_EQ(end(), "endorsement_key_not_allowed");

  clock.advance(std::chrono::minutes(1));
  allow({hash});
  begin(answer_of_tpm());
  allow({Bytes(32, 1), hash});
  EXPECT_EQ(end(), "a.example") << "the next batch's keys were added";
}

TEST_F(CustomAdmissionTest, TakesOtherChangesAsTheyAreThen) {
  webhook.say_hub("a.example");
  set_keys(1, 2);
  begin(pump());
  EnrollmentTerms terms = CustomAllocationTest::custom();
  terms.initial_twin = R"({"tags":{"from":"update"}})";
  set_keys(1, 2, terms);
  ASSERT_EQ(end(), "a.example");
  EXPECT_EQ(active(stored_pump().placements)->twin, R"({"tags":{"from":"update"}})");
  EXPECT_EQ(webhook.questions.size(), 2U) << "the webhook may decide otherwise now";
}

TEST_F(CustomAdmissionTest, MindsNoVerificationCodeThatIsDrawnForItsCa) {
  upload("root", root);
  enroll("pump-1", custom(references("root")));
  webhook.say_hub("a.example");
  begin(presenting(root.issue("pump-1")));
  ASSERT_TRUE(run(cas.draw_code(tenant_a, "root", {}, operator_ann)));
  EXPECT_EQ(end(), "a.example");
  EXPECT_EQ(webhook.questions.size(), 1U);
}

TEST_F(CustomAdmissionTest, LetsInAnewWhoStillWaits) {
  const auto patiently = [this](std::uint8_t primary, std::uint8_t secondary) {
    webhook.questions.clear();
    webhook.hold.emplace();
    background.is_patient = true;
    std::optional<Result<RegistrationOutcome>> answer;
    start(base::store_result(node.register_device(pump()), answer));
    run_until([&] { return !webhook.questions.empty(); });
    set_keys(primary, secondary);
    webhook.hold->set({});
    webhook.hold.reset();
    run_until([&] { return answer.has_value(); });
    run_down_to(0);
    return *std::move(answer);
  };
  webhook.say_hub("a.example");
  set_keys(1, 2);
  const auto admitted = patiently(1, 3);
  ASSERT_TRUE(admitted) << base::to_string(admitted.error());
  const auto& registered = std::get<RegisteredDevice>(*admitted);
  EXPECT_EQ(registered.registration.status, RegistrationStatus::assigned);
  EXPECT_TRUE(registered.registration.refusal.empty());
  EXPECT_EQ(webhook.questions.size(), 2U);

  EXPECT_EQ(outcome(patiently(4, 5)), "signature_mismatch") << "the key that it has is not good for anything now";
  EXPECT_EQ(stored_pump().registration->status, RegistrationStatus::failed);
}

TEST_F(CustomAdmissionTest, RefusesOnAnotherNodeToo) {
  webhook.say_hub("a.example");
  set_keys(1, 2);
  background.is_alive = false;  // the commit happened and nothing after it
  std::optional<Result<RegistrationOutcome>> answer;
  start(base::store_result(node.register_device(pump()), answer));
  run_until([&] { return background.stopped.size() == 2; });
  auto left = std::move(background.stopped);
  background.is_alive = true;
  set_keys(3, 4);
  clock.advance(CustomAllocationSettings{}.lease);
  EXPECT_EQ(resume(other_node), 1U);
  EXPECT_EQ(stored_pump().registration->failure, "enrollment_changed");
  EXPECT_TRUE(webhook.questions.empty()) << "it need not be asked";
  background.is_patient = false;
  background.spawn(std::move(left.at(1)));  // lets go of who waits at the killed node
  run_until([&] { return answer.has_value(); });
  EXPECT_EQ(outcome(*answer), "signature_mismatch");
}

TEST_F(CustomAdmissionTest, DecidesAnewForWhoIsLetInByTheNewKeys) {
  webhook.say_hub("a.example");
  set_keys(1, 2);
  begin(pump());
  set_keys(3, 4);
  const auto hold = *webhook.hold;
  webhook.hold.reset();
  background.is_patient = true;
  std::optional<Result<RegistrationOutcome>> answer;
  start(base::store_result(node.register_device(signed_request("pump-1", secret(3))), answer));
  run_until([&] { return answer.has_value(); });
  ASSERT_TRUE(*answer);
  EXPECT_EQ(std::get<RegisteredDevice>(**answer).registration.status, RegistrationStatus::assigned);
  hold.set({});
  run_down_to(0);
  EXPECT_EQ(stored_pump().registration->status, RegistrationStatus::assigned) << "the first decision came too late";
  EXPECT_TRUE(audited("device.refused").empty());
}

TEST_F(CustomAdmissionTest, PlacesWhatAnOlderReleaseBegan) {
  webhook.say_status(503);
  set_keys(1, 2);
  register_impatiently(node);
  run_down_to(0);
  OutboxEntry old = *entry();
  old.grounds = {};
  commit(tenant_a, {Put{old}});
  webhook.answers.clear();
  webhook.say_hub("a.example");
  clock.advance(std::chrono::seconds(2));
  EXPECT_EQ(resume(node), 1U);
  EXPECT_EQ(stored_pump().registration->status, RegistrationStatus::assigned);
}

}  // namespace
}  // namespace muster::provisioning
