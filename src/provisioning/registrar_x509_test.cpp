// Registrations by X.509 certificate.
#include "provisioning/authority_test.hpp"
#include "provisioning/device_changes.hpp"
#include "provisioning/fixture_test.hpp"

namespace muster::provisioning {
namespace {

class X509Test : public ProvisioningTest {
 protected:
  static X509Attestation certificates(Bytes primary, Bytes secondary = {}) {
    X509Attestation attestation;
    attestation.primary_certificate = std::move(primary);
    attestation.secondary_certificate = std::move(secondary);
    return attestation;
  }
  static RegistrationRequest presenting(std::string_view id, std::vector<Bytes> certificates) {
    RegistrationRequest made = request(id);
    made.evidence.certificates = std::move(certificates);
    return made;
  }
  void enroll_group_of(const std::string& id, const TestAuthority& authority, bool enabled = true) {
    auto terms = terms_of(certificates(authority.der()));
    terms.enabled = enabled;
    enroll_group(id, std::move(terms));
  }

  const TestAuthority root{"Plant Root", noon};
};

TEST_F(X509Test, RegistersWithEitherCertificateOfTheEnrollment) {
  const Bytes primary = root.issue("pump-1");
  const Bytes secondary = root.issue("Pump-1");
  enroll("pump-1", certificates(primary, secondary));
  for (const auto& certificate : {primary, secondary}) {
    const auto registered = must_register(presenting("pump-1", {certificate}));
    EXPECT_EQ(registered.registration.attestation, AttestationKind::x509);
    EXPECT_EQ(registered.registration.status, RegistrationStatus::assigned);
    EXPECT_FALSE(registered.activation_blob);
  }
  EXPECT_EQ(outcome(send(presenting("pump-1", {root.issue("pump-1")}))), "certificate_not_enrolled");
}

TEST_F(X509Test, RefusesWhatIsWrongWithTheCertificate) {
  const Bytes own = root.issue("pump-1");
  const Bytes misnamed = root.issue("pump-2");
  enroll("pump-1", certificates(own, misnamed));
  EXPECT_EQ(outcome(send(presenting("pump-1", {}))), "certificate_missing");
  EXPECT_EQ(outcome(send(presenting("pump-1", {Bytes{0x30, 0x00}}))), "certificate_malformed");
  EXPECT_EQ(outcome(send(presenting("pump-1", {own, Bytes{0x30, 0x00}}))), "certificate_malformed");
  EXPECT_EQ(outcome(send(presenting("pump-1", {misnamed}))), "certificate_name_mismatch");
  EXPECT_EQ(outcome(send(signed_request("pump-1", secret(1)))), "attestation_kind_mismatch");
  clock.advance(std::chrono::hours(11 * 24));
  EXPECT_EQ(outcome(send(presenting("pump-1", {own}))), "certificate_expired");
}

TEST_F(X509Test, DoesNotLetADisabledEnrollmentsDeviceIn) {
  const Bytes own = root.issue("pump-1");
  auto terms = terms_of(certificates(own));
  terms.enabled = false;
  enroll("pump-1", std::move(terms));
  EXPECT_EQ(outcome(send(presenting("pump-1", {own}))), "enrollment_disabled");
  EXPECT_EQ(outcome(send(presenting("pump-1", {root.issue("pump-1")}))), "certificate_not_enrolled");
}

TEST_F(X509Test, RegistersDevicesOfAGroupsAuthority) {
  enroll_group_of("line-1", root);
  const auto registered = must_register(presenting("pump-1", {root.issue("pump-1")}));
  EXPECT_EQ(registered.device.enrollment, (EnrollmentReference{.is_group = true, .id = "line-1"}));
  EXPECT_EQ(registered.device.hub_device_id, "pump-1");

  EXPECT_EQ(outcome(send(presenting("pump-2", {root.issue("pump-3")}))), "certificate_name_mismatch");
  const TestAuthority stranger("Stranger", noon);
  EXPECT_EQ(outcome(send(presenting("pump-2", {stranger.issue("pump-2")}))), "certificate_authority_unknown");
  EXPECT_EQ(outcome(send(presenting("pump-2", {stranger.issue("pump-2"), root.der()}))),
            "certificate_authority_unknown");
}

TEST_F(X509Test, RefusesAnAuthorityThatOnlyBearsTheName) {
  enroll_group_of("line-1", root);
  const TestAuthority impostor("Plant Root", noon);
  EXPECT_EQ(outcome(send(presenting("pump-1", {impostor.issue("pump-1")}))), "certificate_chain_invalid");
  EXPECT_FALSE(run(store->find_device(tenant_a, "pump-1")));
}

TEST_F(X509Test, LetsTheNearestIssuersGroupDecide) {
  const TestAuthority line("Line 1", noon, &root);
  const Bytes leaf = line.issue("pump-1");
  enroll_group_of("everything", root);
  EXPECT_EQ(must_register(presenting("pump-1", {leaf, line.der()})).device.enrollment.id, "everything");
  EXPECT_EQ(outcome(send(presenting("pump-1", {leaf}))), "certificate_authority_unknown");

  enroll_group_of("line-1", line);
  EXPECT_EQ(must_register(presenting("pump-1", {leaf, line.der()})).device.enrollment.id, "line-1");
  EXPECT_EQ(must_register(presenting("pump-1", {leaf})).device.enrollment.id, "line-1");
  enroll_group_of("line-1", line, false);
  EXPECT_EQ(outcome(send(presenting("pump-1", {leaf, line.der()}))), "enrollment_disabled");
}

TEST_F(X509Test, KeepsADeviceOfOneGroupFromAnotherAuthority) {
  const TestAuthority other("Plant Root 2", noon);
  enroll_group_of("line-1", root);
  enroll_group_of("line-2", other);
  must_register(presenting("pump-1", {root.issue("pump-1")}));
  EXPECT_EQ(outcome(send(presenting("pump-1", {other.issue("pump-1")}))), "name_taken");
  EXPECT_EQ(device("pump-1").device.enrollment.id, "line-1");
}

TEST_F(X509Test, AcceptsAGroupsSecondaryCertificateWhileAuthoritiesChange) {
  const TestAuthority next("Plant Root 2", noon);
  enroll_group("line-1", terms_of(certificates(root.der(), next.der())));
  must_register(presenting("pump-1", {root.issue("pump-1")}));
  must_register(presenting("pump-1", {next.issue("pump-1")}));
}

TEST_F(X509Test, ReplacesIdentityAndCredentialWithTheCertificate) {
  enroll_group_of("line-1", root);
  const Bytes old_certificate = root.issue("pump-1");
  const auto first = must_register(presenting("pump-1", {old_certificate}));
  must_register(presenting("pump-1", {old_certificate}));
  EXPECT_EQ(device("pump-1").identities.size(), 1U) << "the same certificate is the same identity";

  clock.advance(std::chrono::hours(1));
  const Bytes new_certificate = root.issue("pump-1");
  const auto second = must_register(presenting("pump-1", {new_certificate}));
  EXPECT_EQ(second.device.id, first.device.id);

  const DeviceRecord stored = device("pump-1");
  ASSERT_EQ(stored.identities.size(), 2U);
  ASSERT_EQ(stored.credentials.size(), 2U);
  const bool first_is_new = stored.identities[0].public_part == new_certificate;
  const Identity& renewed = stored.identities[first_is_new ? 0 : 1];
  const Identity& replaced = stored.identities[first_is_new ? 1 : 0];
  EXPECT_EQ(renewed.predecessor, replaced.id);
  EXPECT_EQ(renewed.fingerprint, base::to_bytes(crypto::sha256(new_certificate)));
  EXPECT_EQ(replaced.state, OverlapState::revoked);
  EXPECT_EQ(replaced.valid_until, clock.now());
  const Credential* shown = active(stored.credentials);
  EXPECT_EQ(shown->kind, CredentialKind::certificate_thumbprint);
  EXPECT_EQ(shown->fingerprint, renewed.fingerprint);
  EXPECT_TRUE(shown->predecessor);
  EXPECT_EQ(stored.placements.size(), 1U);
}

TEST_F(X509Test, BoundsTheHistoryOfADeviceThatAlternatesItsCertificates) {
  enroll_group_of("line-1", root);
  const Bytes certificates[] = {root.issue("pump-1"), root.issue("pump-1")};
  for (std::size_t i = 0; i < DeviceChanges::history_max + 5; ++i) {
    clock.advance(std::chrono::seconds(1));
    must_register(presenting("pump-1", {certificates[i % 2]}));
  }
  const DeviceRecord stored = device("pump-1");
  EXPECT_EQ(stored.identities.size(), DeviceChanges::history_max);
  EXPECT_EQ(stored.credentials.size(), DeviceChanges::history_max);
  for (const auto& credential : stored.credentials) EXPECT_GT(credential.valid_from, noon + std::chrono::seconds(5));
  EXPECT_EQ(active(stored.credentials)->valid_from, clock.now());
}

}  // namespace
}  // namespace muster::provisioning
