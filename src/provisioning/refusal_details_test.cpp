// What an operator is told: each refusal that a device can get names the check that failed and the values that
// differed.
#include "attest/symmetric_key/symmetric_key.hpp"
#include "provisioning/authority_test.hpp"
#include "provisioning/fixture_test.hpp"
#include "provisioning/software_tpm_test.hpp"

namespace muster::provisioning {
namespace {

using base::Errc;

class RefusalDetails : public ProvisioningTest {
 protected:
  static RegistrationRequest presenting(std::string_view id, std::vector<Bytes> certificates) {
    RegistrationRequest made = request(id);
    made.evidence.certificates = std::move(certificates);
    return made;
  }
  static RegistrationRequest keys_request(std::string_view id, TpmKeys keys) {
    RegistrationRequest made = request(id);
    made.evidence.tpm = std::move(keys);
    return made;
  }
  void enroll_by_key(std::string_view id) { enroll(id, {}, {.primary = secret(1), .secondary = secret(2)}); }
  void enroll_by_certificate(std::string_view id, Bytes certificate) {
    X509Attestation attestation;
    attestation.primary_certificate = std::move(certificate);
    enroll(id, std::move(attestation));
  }
  void enroll_authority(std::string id, const TestAuthority& authority) {
    X509Attestation attestation;
    attestation.primary_certificate = authority.der();
    enroll_group(std::move(id), terms_of(std::move(attestation)));
  }
  void enroll_tpm(std::string_view id, const SoftwareTpm& with) {
    enroll(id, TpmAttestation{.endorsement_key = with.keys().endorsement_key, .storage_root_key = {}});
  }
  void enroll_vendor(std::vector<Bytes> allowed_keys = {}) {
    enroll_group("vendors", terms_of(TpmVendorAttestation{
                                .roots = {root.der()}, .intermediates = {}, .allowed_keys = std::move(allowed_keys)}));
  }
  TpmKeys vouched_keys() const {
    TpmKeys keys = tpm.keys();
    keys.endorsement_certificate = root.issue("TPM 1", tpm.endorsement_key().key().public_key());
    return keys;
  }
  Secret challenge_key(std::string_view id, const SoftwareTpm& with) {
    const auto answer = send(keys_request(id, with.keys()));
    return with.open(std::get<TpmChallenge>(*answer).activation_blob).key;
  }
  TpmKeys with_storage_key_lacking(std::uint32_t attribute) const {
    TpmKeys keys = tpm.keys();
    keys.storage_root_key = SoftwareStorageKey(storage_key_attributes & ~attribute).public_area();
    return keys;
  }

  /// Holds a refusal against what must be said of it.
  void expect(const Result<RegistrationOutcome>& answer, Errc code, const std::vector<std::string>& values) {
    ASSERT_FALSE(answer) << base::describe(code).name;
    const std::string& detail = answer.error().detail();
    EXPECT_EQ(answer.error().code(), code) << detail;
    for (const auto& value : values)
      EXPECT_NE(detail.find(value), std::string::npos)
          << base::describe(code).name << " does not say " << value << ": " << detail;
  }

  const TestAuthority root{"Plant Root", noon};
  const TestAuthority stranger{"Stranger", noon};
  SoftwareTpm tpm;
};

TEST_F(RefusalDetails, OfTokensNameTheResourceTheTimesAndTheGroups) {
  enroll_by_key("pump-1");
  RegistrationRequest wrong = request("pump-1");
  wrong.evidence.token = token("other.example/devices/pump-1", secret(1));
  expect(send(std::move(wrong)), Errc::token_for_another_resource,
         {"\"other.example/devices/pump-1\"", "\"0ne0000000A/registrations/pump-1\""});

  RegistrationRequest late = signed_request("pump-1", secret(1));
  clock.advance(std::chrono::minutes(30 + 185));
  expect(send(std::move(late)), Errc::token_expired,
         {"2025-11-24T16:30:00", "2025-11-24T19:35:00", "3 hours 5 minutes later"});

  expect(send(signed_request("pump-1", secret(3))), Errc::signature_mismatch,
         {"\"0ne0000000A/registrations/pump-1\"", "none of the 2 keys"});
  expect(send(request("pump-1")), Errc::credentials_missing, {"symmetric_key", "nothing"});
  expect(send(presenting("pump-1", {root.issue("pump-1")})), Errc::attestation_kind_mismatch,
         {"symmetric_key", "a certificate"});

  expect(send(signed_request("valve-1", secret(3))), Errc::enrollment_not_found, {"'valve-1'", "symmetric key"});
  for (const char* group : {"line-1", "line-2"})
    enroll_group(group, {}, {.primary = secret(8), .secondary = secret(9)});
  expect(send(signed_request("valve-1", secret(3))), Errc::signature_mismatch, {"'valve-1'", "'line-1', 'line-2'"});
  expect(send(request("valve-1")), Errc::enrollment_not_found, {"'valve-1'", "presented nothing"});
}

TEST_F(RefusalDetails, OfSwitchesSayWhatIsSwitchedOff) {
  EnrollmentTerms terms;
  terms.enabled = false;
  enroll("pump-1", terms, {.primary = secret(1), .secondary = secret(2)});
  enroll_group("line-1", terms, {.primary = secret(8), .secondary = secret(9)});
  expect(send(signed_request("pump-1", secret(1))), Errc::enrollment_disabled, {"'pump-1'", "2025-11-24T16:00:00"});
  const Secret derived = attest::symmetric_key::derive_device_key(secret(8), "valve-1");
  expect(send(signed_request("valve-1", derived)), Errc::enrollment_disabled, {"'line-1'", "2025-11-24T16:00:00"});
  Tenant tenant = *run(store->find_tenant(tenant_a));
  tenant.enabled = false;
  commit(tenant_a, {Put{tenant}});
  expect(send(signed_request("pump-1", secret(1))), Errc::tenant_disabled, {"tenant-a"});
}

TEST_F(RefusalDetails, OfCertificatesNameThumbprintsNamesDatesAndAuthorities) {
  const Bytes own = root.issue("pump-1");
  const Bytes other = root.issue("pump-1");
  const auto thumbprint = [](const Bytes& der) { return crypto::Certificate::from_der(der)->sha256_thumbprint(); };
  enroll_by_certificate("pump-1", own);
  expect(send(request("pump-1")), Errc::certificate_missing, {"no certificate"});
  expect(send(presenting("pump-1", {other})), Errc::certificate_not_enrolled, {thumbprint(own), thumbprint(other)});
  expect(send(presenting("pump-1", {root.issue("pump-2")})), Errc::certificate_name_mismatch, {"'pump-2'", "'pump-1'"});
  expect(send(presenting("pump-1", {Bytes{0x30, 0x00}})), Errc::certificate_malformed, {"certificate"});

  expect(send(presenting("valve-1", {root.issue("valve-1")})), Errc::enrollment_not_found, {"'valve-1'", "X.509"});
  enroll_authority("line-1", root);
  expect(send(presenting("valve-1", {stranger.issue("valve-1"), stranger.der()})), Errc::certificate_authority_unknown,
         {"CN=valve-1", "CN=Stranger", "'line-1' with 'CN=Plant Root'"});
  const TestAuthority impostor("Plant Root", noon);
  expect(send(presenting("valve-1", {impostor.issue("valve-1")})), Errc::certificate_chain_invalid,
         {"'line-1'", "CN=Plant Root"});
  enroll_authority("line-2", stranger);
  ASSERT_TRUE(send(presenting("valve-1", {root.issue("valve-1")})));
  expect(send(presenting("valve-1", {stranger.issue("valve-1")})), Errc::name_taken, {"line-1", "line-2"});

  clock.advance(std::chrono::hours(11 * 24));
  expect(send(presenting("pump-1", {own})), Errc::certificate_expired,
         {"2025-11-14T16:00:00", "2025-12-04T16:00:00", "2025-12-05T16:00:00", "1 day too late"});
  expect(send(presenting("valve-1", {root.issue("valve-1")})), Errc::certificate_expired,
         {"'line-1'", "2025-12-04T16:00:00", "2025-12-05T16:00:00"});
}

TEST_F(RefusalDetails, OfTpmsNameKeysAttributesAndChallenges) {
  enroll_tpm("pump-1", tpm);
  const SoftwareTpm another;
  const auto fingerprint = [](const Bytes& key) { return base::to_hex(crypto::sha256(key)); };
  expect(send(keys_request("pump-1", another.keys())), Errc::endorsement_key_mismatch,
         {fingerprint(tpm.keys().endorsement_key), fingerprint(another.keys().endorsement_key)});
  expect(send(keys_request("pump-1", with_storage_key_lacking(0x2))), Errc::storage_key_not_bound_to_tpm,
         {"another TPM", "0x00030470"});
  expect(send(keys_request("pump-1", with_storage_key_lacking(0x10000))), Errc::storage_key_not_restricted,
         {"decrypt anything", "0x00020472"});
  TpmKeys cut = tpm.keys();
  cut.storage_root_key.pop_back();
  expect(send(keys_request("pump-1", cut)), Errc::tpm_structure_malformed, {"storage root key, of 91 octets"});
  expect(send(signed_request("pump-1", secret(1))), Errc::challenge_missing,
         {"\"0ne0000000A/registrations/pump-1\"", "no challenge"});

  const Secret answer = challenge_key("pump-1", tpm);
  expect(send(signed_request("pump-1", secret(1))), Errc::signature_mismatch, {"1 challenges", "2025-11-24T17:00:00"});
  clock.advance(std::chrono::minutes(90));
  expect(send(signed_request("pump-1", answer)), Errc::challenge_expired,
         {"2025-11-24T17:00:00", "2025-11-24T17:30:00", "30 minutes later"});
}

TEST_F(RefusalDetails, OfTpmVendorsNameRootsKeysAndTheNameThatFollows) {
  const std::string id = attest::tpm::registration_id_of(tpm.keys().endorsement_key);
  const auto ek = attest::tpm::read_endorsement_key(tpm.keys().endorsement_key);
  expect(send(keys_request(id, tpm.keys())), Errc::enrollment_not_found, {"'" + id + "'", "TPM vendor"});
  enroll_vendor();
  expect(send(keys_request(id, tpm.keys())), Errc::endorsement_certificate_missing, {"'vendors'"});
  expect(send(keys_request("pump-1", vouched_keys())), Errc::registration_id_not_bound_to_tpm,
         {"'" + id + "'", "'pump-1'"});
  TpmKeys keys = vouched_keys();
  keys.endorsement_certificate = stranger.issue("TPM 1", tpm.endorsement_key().key().public_key());
  expect(send(keys_request(id, keys)), Errc::endorsement_certificate_untrusted,
         {"'vendors'", "CN=Stranger", "'CN=Plant Root'"});
  const SoftwareTpm another;
  keys.endorsement_certificate = root.issue("TPM 2", another.endorsement_key().key().public_key());
  const auto other_ek = attest::tpm::read_endorsement_key(another.keys().endorsement_key);
  expect(send(keys_request(id, keys)), Errc::endorsement_certificate_untrusted,
         {base::to_hex(ek->hash), base::to_hex(other_ek->hash)});
  TpmKeys varied = vouched_keys();
  varied.endorsement_key[12] ^= 1U;  // in the policy
  expect(send(keys_request(id, varied)), Errc::tpm_key_unsupported, {"L-1, L-2 or H-3"});
  enroll_vendor({Bytes(32, 1)});
  expect(send(keys_request(id, vouched_keys())), Errc::endorsement_key_not_allowed,
         {"'vendors'", base::to_hex(ek->hash)});
}

TEST_F(RefusalDetails, OfQuestionsNameTheRegistration) {
  enroll_by_key("pump-1");
  const auto unknown = run(registrar.look_up(signed_request("pump-1", secret(1))));
  ASSERT_FALSE(unknown);
  EXPECT_NE(unknown.error().detail().find("'pump-1'"), std::string::npos);
  const auto registered = must_register(signed_request("pump-1", secret(1)));
  const auto other = run(registrar.operation_status(signed_request("pump-1", secret(1)), "5.other"));
  ASSERT_FALSE(other);
  EXPECT_NE(other.error().detail().find("5.other"), std::string::npos);
  EXPECT_NE(other.error().detail().find(registered.registration.operation_id), std::string::npos);
}

TEST_F(RefusalDetails, HoldNoSecret) {
  enroll_by_key("pump-1");
  RegistrationRequest wrong = signed_request("pump-1", secret(3));
  const std::string signature = base::to_base64(wrong.evidence.token->signature);
  const auto answer = send(std::move(wrong));
  ASSERT_FALSE(answer);
  for (const std::string& kept : {signature, base::to_base64(secret(1).reveal()), base::to_base64(secret(2).reveal())})
    EXPECT_EQ(answer.error().detail().find(kept), std::string::npos);
}

}  // namespace
}  // namespace muster::provisioning
