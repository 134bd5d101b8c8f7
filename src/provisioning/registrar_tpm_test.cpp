// Registrations by TPM: the challenge, the hub key, and what may go wrong on the way.
#include "attest/symmetric_key/symmetric_key.hpp"
#include "provisioning/authority_test.hpp"
#include "provisioning/device_changes.hpp"
#include "provisioning/fixture_test.hpp"
#include "provisioning/software_tpm_test.hpp"

namespace muster::provisioning {
namespace {

class TpmTest : public ProvisioningTest {
 protected:
  static TpmAttestation attestation_of(const SoftwareTpm& with) {
    return TpmAttestation{.endorsement_key = with.keys().endorsement_key, .storage_root_key = {}};
  }
  void enroll_pump(const SoftwareTpm& with) { enroll("pump-1", attestation_of(with)); }

  static RegistrationRequest keys_request(std::string_view id, TpmKeys keys) {
    RegistrationRequest made = request(id);
    made.evidence.tpm = std::move(keys);
    return made;
  }

  /// Asks for a challenge and opens it. The clock goes on, so that each one is new.
  SoftwareTpm::Opened challenged(std::string_view id, const SoftwareTpm& with, TpmKeys keys) {
    clock.advance(std::chrono::minutes(1));
    auto answer = send(keys_request(id, std::move(keys)));
    if (!answer) throw std::runtime_error(base::to_string(answer.error()));
    return with.open(std::get<TpmChallenge>(*answer).activation_blob);
  }
  SoftwareTpm::Opened challenged(const SoftwareTpm& with) { return challenged("pump-1", with, with.keys()); }

  RegisteredDevice register_pump(const SoftwareTpm& with) {
    return must_register(signed_request("pump-1", challenged(with).key));
  }

  static Bytes hub_key(const RegisteredDevice& registered, const SoftwareTpm& with) {
    return base::to_bytes(with.open(registered.activation_blob.value()).key.reveal());
  }

  std::size_t challenge_count() { return run(store->list_challenges(tenant_a, "pump-1")).size(); }

  SoftwareTpm tpm;
};

TEST_F(TpmTest, RegistersATpmThatOpensItsChallenge) {
  enroll_pump(tpm);
  const auto challenge = challenged(tpm);
  EXPECT_EQ(challenge.key.size(), 32U);
  EXPECT_EQ(challenge.uri, "0ne0000000A/registrations/pump-1");
  EXPECT_FALSE(run(store->find_device(tenant_a, "pump-1"))) << "a challenge is no registration";

  const auto registered = must_register(signed_request("pump-1", challenge.key));
  EXPECT_EQ(registered.registration.status, RegistrationStatus::assigned);
  EXPECT_EQ(registered.registration.attestation, AttestationKind::tpm);
  const auto hub = tpm.open(registered.activation_blob.value());
  EXPECT_EQ(hub.uri, "hub.example/devices/pump-1");
  EXPECT_EQ(hub.key.size(), 32U);
  EXPECT_FALSE(base::equal_in_constant_time(hub.key.reveal(), challenge.key.reveal()));
}

TEST_F(TpmTest, StoresTheHubKeySealed) {
  enroll_pump(tpm);
  const Bytes key = hub_key(register_pump(tpm), tpm);
  const DeviceRecord stored = device("pump-1");
  ASSERT_EQ(stored.credentials.size(), 1U);
  EXPECT_EQ(stored.credentials[0].kind, CredentialKind::hub_symmetric_key);
  const auto& sealed = stored.credentials[0].secret;
  EXPECT_EQ(std::search(sealed.begin(), sealed.end(), key.begin(), key.end()), sealed.end());
  ASSERT_EQ(stored.identities.size(), 1U);
  EXPECT_EQ(stored.identities[0].kind, IdentityKind::endorsement_key);
  EXPECT_EQ(stored.identities[0].public_part, tpm.keys().endorsement_key);
}

TEST_F(TpmTest, GivesNobodyElseTheChallenge) {
  enroll_pump(tpm);
  const SoftwareTpm thief;
  auto answer = send(keys_request("pump-1", tpm.keys()));
  ASSERT_TRUE(answer);
  EXPECT_THROW(thief.open(std::get<TpmChallenge>(*answer).activation_blob), std::runtime_error);

  // The enrolled endorsement key with another storage root key: the credential opens for nobody but its TPM.
  TpmKeys mixed = tpm.keys();
  mixed.storage_root_key = thief.keys().storage_root_key;
  answer = send(keys_request("pump-1", mixed));
  ASSERT_TRUE(answer);
  const auto& blob = std::get<TpmChallenge>(*answer).activation_blob;
  EXPECT_THROW(tpm.open(blob), std::runtime_error);
  EXPECT_THROW(thief.open(blob), std::runtime_error);
}

TEST_F(TpmTest, RefusesATpmThatIsNotTheEnrolledOne) {
  enroll_pump(tpm);
  EXPECT_EQ(outcome(send(keys_request("pump-1", SoftwareTpm().keys()))), "endorsement_key_mismatch");
  EXPECT_EQ(outcome(send(request("pump-1"))), "attestation_kind_mismatch");
  EXPECT_EQ(challenge_count(), 0U);
}

TEST_F(TpmTest, RefusesAStorageRootKeyThatSoftwareCouldKnow) {
  enroll_pump(tpm);
  constexpr std::uint32_t fixed_tpm = 0x2;
  constexpr std::uint32_t fixed_parent = 0x10;
  constexpr std::uint32_t sensitive_data_origin = 0x20;
  constexpr std::uint32_t restricted = 0x10000;
  const std::pair<std::uint32_t, const char*> cases[] = {
      {fixed_tpm, "storage_key_not_bound_to_tpm"},
      {fixed_parent, "storage_key_not_bound_to_tpm"},
      {sensitive_data_origin, "storage_key_not_bound_to_tpm"},
      {restricted, "storage_key_not_restricted"},
  };
  for (const auto& [missing, refusal] : cases) {
    TpmKeys keys = tpm.keys();
    keys.storage_root_key = SoftwareStorageKey(storage_key_attributes & ~missing).public_area();
    EXPECT_EQ(outcome(send(keys_request("pump-1", keys))), refusal);
  }
  TpmKeys keys = tpm.keys();
  keys.storage_root_key.clear();
  EXPECT_EQ(outcome(send(keys_request("pump-1", keys))), "tpm_structure_malformed");
  EXPECT_EQ(challenge_count(), 0U);
}

TEST_F(TpmTest, RefusesAnswersToNoChallenge) {
  enroll_pump(tpm);
  EXPECT_EQ(outcome(send(signed_request("pump-1", secret(1)))), "challenge_missing");
  challenged(tpm);
  EXPECT_EQ(outcome(send(signed_request("pump-1", secret(1)))), "signature_mismatch");
}

TEST_F(TpmTest, AcceptsAnOlderChallengeAfterALostAnswer) {
  enroll_pump(tpm);
  const auto first = challenged(tpm);
  const auto second = challenged(tpm);
  const auto third = challenged(tpm);
  for (const auto* held : {&first, &second, &third}) must_register(signed_request("pump-1", held->key));
}

TEST_F(TpmTest, HandsOutTheSameChallengeWithinAMinuteAndWritesNothing) {
  enroll_pump(tpm);
  const auto first = challenged(tpm);
  const auto again = send(keys_request("pump-1", tpm.keys()));
  ASSERT_TRUE(again);
  const auto opened = tpm.open(std::get<TpmChallenge>(*again).activation_blob);
  EXPECT_TRUE(base::equal_in_constant_time(first.key.reveal(), opened.key.reveal()));
  EXPECT_EQ(challenge_count(), 1U);
}

TEST_F(TpmTest, KeepsADevicesChallengeWhateverOtherStorageKeysAreShown) {
  enroll_pump(tpm);
  const auto held = challenged(tpm);
  for (int i = 0; i < 10; ++i) {
    TpmKeys stranger = tpm.keys();
    stranger.storage_root_key = SoftwareStorageKey().public_area();
    ASSERT_TRUE(send(keys_request("pump-1", stranger)));
  }
  must_register(signed_request("pump-1", held.key));
}

TEST_F(TpmTest, HasNeverMoreThanSixteenChallengesForOneId) {
  enroll_pump(tpm);
  for (int i = 0; i < 30; ++i) {
    TpmKeys stranger = tpm.keys();
    stranger.storage_root_key = SoftwareStorageKey().public_area();
    ASSERT_TRUE(send(keys_request("pump-1", stranger)));
  }
  EXPECT_EQ(challenge_count(), 16U);
}

TEST_F(TpmTest, ClearsExpiredChallengesAway) {
  enroll_pump(tpm);
  challenged(tpm);
  EXPECT_EQ(run(registrar.remove_expired_challenges()), 0U);
  clock.advance(std::chrono::hours(1));
  EXPECT_EQ(run(registrar.remove_expired_challenges()), 1U);
  EXPECT_EQ(challenge_count(), 0U);
}

TEST_F(TpmTest, KeepsThreeChallengesOfOnePairOfKeysAtMost) {
  enroll_pump(tpm);
  const auto first = challenged(tpm);
  for (int i = 0; i < 3; ++i) challenged(tpm);
  EXPECT_EQ(challenge_count(), 3U);
  EXPECT_EQ(outcome(send(signed_request("pump-1", first.key))), "signature_mismatch");
}

TEST_F(TpmTest, KeepsChallengesOverARestart) {
  enroll_pump(tpm);
  const auto challenge = challenged(tpm);
  Vault other_vault(secret(7), 1, *store, random);
  Registrar other_node(*store, other_vault, clock, random);
  auto answer = run(other_node.register_device(signed_request("pump-1", challenge.key)));
  ASSERT_TRUE(answer);
  EXPECT_EQ(std::get<RegisteredDevice>(*answer).registration.status, RegistrationStatus::assigned);
}

TEST_F(TpmTest, LetsChallengesExpire) {
  enroll_pump(tpm);
  const auto challenge = challenged(tpm);
  clock.advance(std::chrono::hours(1) - std::chrono::microseconds(1));
  must_register(signed_request("pump-1", challenge.key));
  clock.advance(std::chrono::microseconds(1));
  EXPECT_EQ(outcome(send(signed_request("pump-1", challenge.key))), "challenge_expired");
  // The next challenge sweeps what is over.
  challenged(tpm);
  EXPECT_EQ(challenge_count(), 1U);
}

TEST_F(TpmTest, ServesChallengesAtTheSameTime) {
  enroll_pump(tpm);
  const auto [one, other] = run_together(registrar.register_device(keys_request("pump-1", tpm.keys())),
                                         registrar.register_device(keys_request("pump-1", tpm.keys())));
  ASSERT_TRUE(one && other);
  for (const auto* answer : {&one, &other}) {
    const auto opened = tpm.open(std::get<TpmChallenge>(**answer).activation_blob);
    must_register(signed_request("pump-1", opened.key));
  }
}

TEST_F(TpmTest, ChallengesCountForTheirDeviceOnly) {
  enroll_pump(tpm);
  enroll("pump-2", attestation_of(tpm));
  const auto challenge = challenged(tpm);
  EXPECT_EQ(outcome(send(signed_request("pump-2", challenge.key))), "challenge_missing");
  challenged("pump-2", tpm, tpm.keys());
  EXPECT_EQ(outcome(send(signed_request("pump-2", challenge.key))), "signature_mismatch");
}

TEST_F(TpmTest, DoesNotChallengeUnderADisabledEnrollment) {
  enroll_pump(tpm);
  const auto challenge = challenged(tpm);
  auto terms = terms_of(attestation_of(tpm));
  terms.enabled = false;
  enroll("pump-1", std::move(terms));
  EXPECT_EQ(outcome(send(keys_request("pump-1", tpm.keys()))), "enrollment_disabled");
  EXPECT_EQ(outcome(send(signed_request("pump-1", challenge.key))), "enrollment_disabled");
}

TEST_F(TpmTest, RefusesAChallengeOfATpmThatIsNotEnrolledAnyMore) {
  enroll_pump(tpm);
  const auto challenge = challenged(tpm);
  enroll_pump(SoftwareTpm());
  EXPECT_EQ(outcome(send(signed_request("pump-1", challenge.key))), "endorsement_key_mismatch");
}

// The hub key.

TEST_F(TpmTest, KeepsTheHubKeyOnRegistrationAgain) {
  enroll_pump(tpm);
  const Bytes first = hub_key(register_pump(tpm), tpm);
  EXPECT_EQ(hub_key(register_pump(tpm), tpm), first);
  EXPECT_EQ(device("pump-1").credentials.size(), 1U);
}

TEST_F(TpmTest, KeepsTheHubKeyForAClearedTpm) {
  enroll_pump(tpm);
  const Bytes first = hub_key(register_pump(tpm), tpm);
  tpm.clear();
  EXPECT_EQ(hub_key(register_pump(tpm), tpm), first);
}

TEST_F(TpmTest, DrawsAnotherHubKeyForAnotherTpm) {
  enroll_pump(tpm);
  const auto before = register_pump(tpm);
  clock.advance(std::chrono::hours(1));
  const SoftwareTpm spare;
  enroll_pump(spare);
  const auto after = register_pump(spare);
  EXPECT_EQ(after.device.id, before.device.id);
  EXPECT_NE(hub_key(after, spare), hub_key(before, tpm));

  const DeviceRecord stored = device("pump-1");
  ASSERT_EQ(stored.credentials.size(), 2U);
  ASSERT_EQ(stored.identities.size(), 2U);
  const Credential* now = active(stored.credentials);
  const Credential& old = now == &stored.credentials[0] ? stored.credentials[1] : stored.credentials[0];
  EXPECT_EQ(now->predecessor, old.id);
  EXPECT_EQ(old.state, OverlapState::revoked);
  EXPECT_EQ(old.valid_until, clock.now());
  const bool first_is_old = stored.identities[0].state == OverlapState::revoked;
  const Identity& old_identity = stored.identities[first_is_old ? 0 : 1];
  const Identity& new_identity = stored.identities[first_is_old ? 1 : 0];
  EXPECT_EQ(old_identity.state, OverlapState::revoked);
  EXPECT_EQ(new_identity.state, OverlapState::active);
  EXPECT_EQ(new_identity.predecessor, old_identity.id);
  EXPECT_EQ(stored.placements.size(), 1U);
}

TEST_F(TpmTest, HandsTheHubKeyOutAgainWhenAsked) {
  enroll_pump(tpm);
  const auto registered = register_pump(tpm);
  const auto key = challenged(tpm).key;
  auto status = run(registrar.operation_status(signed_request("pump-1", key), registered.registration.operation_id));
  ASSERT_TRUE(status);
  EXPECT_EQ(hub_key(*status, tpm), hub_key(registered, tpm));
  EXPECT_EQ(outcome(run(registrar.look_up(keys_request("pump-1", tpm.keys())))), "credentials_missing");
}

TEST_F(TpmTest, DoesNotShowAnotherTpmTheOldHubKey) {
  enroll_pump(tpm);
  const auto operation = register_pump(tpm).registration.operation_id;
  const SoftwareTpm spare;
  enroll_pump(spare);
  const auto key = challenged(spare).key;
  EXPECT_EQ(outcome(run(registrar.look_up(signed_request("pump-1", key)))), "registration_not_found");
  EXPECT_EQ(outcome(run(registrar.operation_status(signed_request("pump-1", key), operation))),
            "registration_not_found");
  must_register(signed_request("pump-1", key));
  EXPECT_EQ(outcome(run(registrar.look_up(signed_request("pump-1", key)))), "done");
}

TEST_F(TpmTest, HasNoHubKeyForADeviceThatRegisteredInAnotherWay) {
  enroll("pump-1", {}, {.primary = secret(1), .secondary = secret(2)});
  must_register(signed_request("pump-1", secret(1)));
  enroll_pump(tpm);
  const auto key = challenged(tpm).key;
  EXPECT_EQ(outcome(run(registrar.look_up(signed_request("pump-1", key)))), "registration_not_found");
  EXPECT_TRUE(must_register(signed_request("pump-1", key)).activation_blob);
}

TEST_F(TpmTest, LetsADeviceChangeFromItsTpmToAGroupsKey) {
  enroll_pump(tpm);
  register_pump(tpm);
  ASSERT_TRUE(run(enrollments.remove(tenant_a, registration_id("pump-1"), {}, operator_ann)));
  enroll_group("line-1", {}, {.primary = secret(10), .secondary = secret(11)});
  const auto registered =
      must_register(signed_request("pump-1", attest::symmetric_key::derive_device_key(secret(10), "pump-1")));
  EXPECT_EQ(registered.registration.attestation, AttestationKind::symmetric_key);
  EXPECT_EQ(active(device("pump-1").credentials)->kind, CredentialKind::enrollment_key);
}

TEST_F(TpmTest, DoesNotLetAChallengeOutliveItsEnrollment) {
  enroll_pump(tpm);
  const auto challenge = challenged(tpm);
  ASSERT_TRUE(run(enrollments.remove(tenant_a, registration_id("pump-1"), {}, operator_ann)));
  EXPECT_EQ(outcome(send(signed_request("pump-1", challenge.key))), "enrollment_not_found");
}

// Groups by TPM vendor.

class TpmVendorTest : public TpmTest {
 protected:
  TpmVendorTest() : id(attest::tpm::registration_id_of(tpm.keys().endorsement_key)) {}

  TpmKeys certified_keys(const SoftwareTpm& with) const {
    TpmKeys keys = with.keys();
    keys.endorsement_certificate = vendor.issue("TPM 1", with.endorsement_key().key().public_key());
    return keys;
  }
  void enroll_vendor(std::vector<Bytes> allowed_keys = {}, bool enabled = true) {
    auto terms = terms_of(
        TpmVendorAttestation{.roots = {vendor.der()}, .intermediates = {}, .allowed_keys = std::move(allowed_keys)});
    terms.enabled = enabled;
    enroll_group("vendor-1", std::move(terms));
  }

  const TestAuthority vendor{"Vendor Root", noon};
  const std::string id;
};

TEST_F(TpmVendorTest, RegistersATpmThatItsVendorVouchesFor) {
  enroll_vendor();
  const auto challenge = challenged(id, tpm, certified_keys(tpm));
  const auto registered = must_register(signed_request(id, challenge.key));
  EXPECT_EQ(registered.registration.attestation, AttestationKind::tpm_vendor);
  EXPECT_EQ(registered.device.enrollment, (EnrollmentReference{.is_group = true, .id = "vendor-1"}));
  EXPECT_EQ(tpm.open(registered.activation_blob.value()).uri, "hub.example/devices/" + id);
}

TEST_F(TpmVendorTest, RefusesATpmThatNobodyVouchesFor) {
  enroll_vendor();
  EXPECT_EQ(outcome(send(keys_request(id, tpm.keys()))), "endorsement_certificate_missing");
  TpmKeys keys = tpm.keys();
  keys.endorsement_certificate =
      TestAuthority("Vendor Root", noon).issue("TPM 1", tpm.endorsement_key().key().public_key());
  EXPECT_EQ(outcome(send(keys_request(id, keys))), "endorsement_certificate_untrusted");
  keys.endorsement_certificate = certified_keys(SoftwareTpm()).endorsement_certificate;
  EXPECT_EQ(outcome(send(keys_request(id, keys))), "endorsement_certificate_untrusted");
}

TEST_F(TpmVendorTest, GivesATpmNoNameButItsOwn) {
  enroll_vendor();
  EXPECT_EQ(outcome(send(keys_request("pump-1", certified_keys(tpm)))), "registration_id_not_bound_to_tpm");
}

TEST_F(TpmVendorTest, GivesOneKeyOneNameHoweverItsPublicAreaIsVaried) {
  enroll_vendor();
  TpmKeys varied = certified_keys(tpm);
  varied.endorsement_key[12] ^= 1U;  // in the policy
  const std::string other_name = attest::tpm::registration_id_of(varied.endorsement_key);
  EXPECT_EQ(outcome(send(keys_request(other_name, varied))), "tpm_key_unsupported");
}

TEST_F(TpmVendorTest, KeepsToTheListedKeysEvenAfterTheChallenge) {
  const auto ek = attest::tpm::read_endorsement_key(tpm.keys().endorsement_key);
  ASSERT_TRUE(ek);
  enroll_vendor({Bytes(32, 1)});
  EXPECT_EQ(outcome(send(keys_request(id, certified_keys(tpm)))), "endorsement_key_not_allowed");

  enroll_vendor({Bytes(32, 1), ek->hash});
  const auto challenge = challenged(id, tpm, certified_keys(tpm));
  must_register(signed_request(id, challenge.key));
  enroll_vendor({Bytes(32, 1)});
  EXPECT_EQ(outcome(send(signed_request(id, challenge.key))), "endorsement_key_not_allowed");
}

TEST_F(TpmVendorTest, StopsWhereTheGroupIsDisabledOrGone) {
  enroll_vendor();
  const auto challenge = challenged(id, tpm, certified_keys(tpm));
  enroll_vendor({}, false);
  EXPECT_EQ(outcome(send(signed_request(id, challenge.key))), "enrollment_disabled");
  EXPECT_EQ(outcome(send(keys_request(id, certified_keys(tpm)))), "enrollment_disabled");
  ASSERT_TRUE(run(enrollments.remove(tenant_a, GroupId("vendor-1"), {}, operator_ann)));
  EXPECT_EQ(outcome(send(signed_request(id, challenge.key))), "enrollment_not_found");
  EXPECT_EQ(outcome(send(keys_request(id, certified_keys(tpm)))), "enrollment_not_found");
}

}  // namespace
}  // namespace muster::provisioning
