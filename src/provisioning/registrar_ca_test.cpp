// Registrations of devices whose enrollments refer to uploaded CA certificates.
#include "provisioning/authority_test.hpp"
#include "provisioning/ca_certificates.hpp"
#include "provisioning/fixture_test.hpp"

namespace muster::provisioning {
namespace {

class CaReferenceTest : public ProvisioningTest {
 protected:
  void upload(const std::string& name, const TestAuthority& authority, bool is_verified = true) {
    CaDraft draft{.tenant = tenant_a,
                  .name = name,
                  .certificate = std::string(base::text_view(authority.der())),
                  .is_verified = is_verified};
    const auto stored = run(cas.put(std::move(draft), {}, operator_ann));
    if (!stored) throw std::runtime_error(base::to_string(stored.error()));
  }
  static X509Attestation references(std::string primary, std::string secondary = {}) {
    X509Attestation attestation;
    attestation.primary_reference = std::move(primary);
    attestation.secondary_reference = std::move(secondary);
    return attestation;
  }
  static X509Attestation signing(const TestAuthority& authority) {
    X509Attestation attestation;
    attestation.primary_certificate = authority.der();
    return attestation;
  }
  static RegistrationRequest presenting(std::string_view id, std::vector<Bytes> certificates) {
    RegistrationRequest made = request(id);
    made.evidence.certificates = std::move(certificates);
    return made;
  }
  std::string present(std::string_view id, std::vector<Bytes> certificates) {
    return outcome(send(presenting(id, std::move(certificates))));
  }
  void require_verified_ca() {
    Tenant tenant = *run(store->find_tenant(tenant_a));
    tenant.require_verified_ca = true;
    commit(tenant_a, {Put{tenant}});
  }

  const TestAuthority old_root{"Root 1", noon};
  const TestAuthority new_root{"Root 2", noon};
  CaCertificates cas{*store, clock, random};
};

TEST_F(CaReferenceTest, LetsInOneDeviceOfEitherAuthority) {
  upload("old", old_root);
  upload("new", new_root);
  enroll("pump-1", references("old", "new"));
  EXPECT_EQ(present("pump-1", {old_root.issue("pump-1")}), "done");
  EXPECT_EQ(present("pump-1", {new_root.issue("pump-1")}), "done");
  EXPECT_EQ(present("pump-1", {old_root.issue("pump-2")}), "certificate_name_mismatch");
  const TestAuthority stranger("Stranger", noon);
  EXPECT_EQ(present("pump-1", {stranger.issue("pump-1")}), "certificate_authority_unknown");
  EXPECT_EQ(present("pump-1", {stranger.issue("pump-1"), old_root.der()}), "certificate_authority_unknown");
  const TestAuthority impostor("Root 1", noon);
  EXPECT_EQ(present("pump-1", {impostor.issue("pump-1")}), "certificate_authority_unknown");
  clock.advance(std::chrono::hours(11 * 24));
  EXPECT_EQ(present("pump-1", {old_root.issue("pump-1")}), "certificate_expired");
}

TEST_F(CaReferenceTest, CountsAVerifiedCertificateOnly) {
  upload("old", old_root, false);
  upload("new", new_root);
  enroll("pump-1", references("old", "new"));
  enroll_group("line-1", terms_of(references("old", "new")));
  for (const char* id : {"pump-1", "pump-2"}) {
    EXPECT_EQ(present(id, {old_root.issue(id)}), "ca_not_verified") << id;
    EXPECT_EQ(present(id, {new_root.issue(id)}), "done") << id;
  }
  upload("old", old_root);
  EXPECT_EQ(present("pump-3", {old_root.issue("pump-3")}), "done");
}

TEST_F(CaReferenceTest, FindsTheWayThroughPresentedAndStoredIntermediates) {
  const TestAuthority line("Line 1", noon, &old_root);
  const TestAuthority shift("Shift 1", noon, &line);
  upload("root", old_root);
  enroll("pump-1", references("root"));
  enroll_group("line-1", terms_of(references("root")));
  for (const char* id : {"pump-1", "pump-2"}) {
    const Bytes leaf = shift.issue(id);
    EXPECT_EQ(present(id, {leaf, line.der(), shift.der()}), "done") << id;
    EXPECT_EQ(present(id, {leaf, shift.der()}), "certificate_authority_unknown") << id;
  }
  upload("line", line, false);
  EXPECT_EQ(present("pump-3", {shift.issue("pump-3"), shift.der()}), "certificate_authority_unknown")
      << "not verified, so it does not stand in";
  upload("line", line);
  EXPECT_EQ(present("pump-3", {shift.issue("pump-3"), shift.der()}), "done");
  EXPECT_EQ(present("pump-1", {shift.issue("pump-1"), shift.der()}), "done");
  upload("shift", shift);
  EXPECT_EQ(present("pump-4", {shift.issue("pump-4")}), "done");
}

TEST_F(CaReferenceTest, LetsTheNearestIssuersGroupDecide) {
  const TestAuthority line("Line 1", noon, &old_root);
  upload("root", old_root);
  upload("line", line);
  enroll_group("everything", terms_of(references("root")));
  EXPECT_EQ(must_register(presenting("pump-1", {line.issue("pump-1")})).device.enrollment.id, "everything");
  enroll_group("line-1", terms_of(references("line")));
  EXPECT_EQ(must_register(presenting("pump-2", {line.issue("pump-2"), line.der()})).device.enrollment.id, "line-1");
}

TEST_F(CaReferenceTest, RollsOverFromOneAuthorityToTheNextWithoutAGap) {
  upload("old", old_root);
  enroll_group("line-1", terms_of(references("old")));
  const auto before = must_register(presenting("pump-1", {old_root.issue("pump-1")}));

  upload("new", new_root);
  enroll_group("line-1", terms_of(references("old", "new")));
  EXPECT_EQ(present("pump-2", {old_root.issue("pump-2")}), "done");
  EXPECT_EQ(present("pump-3", {new_root.issue("pump-3")}), "done");
  const auto moved = must_register(presenting("pump-1", {new_root.issue("pump-1")}));
  EXPECT_EQ(moved.device.id, before.device.id);
  EXPECT_EQ(moved.registration.hub, before.registration.hub);
  EXPECT_EQ(device("pump-1").identities.size(), 2U);
  EXPECT_EQ(present("pump-1", {old_root.issue("pump-1")}), "done") << "and back, as long as both are there";

  enroll_group("line-1", terms_of(references("new")));
  ASSERT_TRUE(run(cas.remove(tenant_a, "old", {}, operator_ann)));
  EXPECT_EQ(present("pump-2", {old_root.issue("pump-2")}), "certificate_authority_unknown");
  EXPECT_EQ(present("pump-3", {new_root.issue("pump-3")}), "done");
  EXPECT_EQ(must_register(presenting("pump-1", {new_root.issue("pump-1")})).device.id, before.device.id);
}

TEST_F(CaReferenceTest, RefusesDevicesOfACertificateThatIsGone) {
  upload("old", old_root);
  enroll_group("line-1", terms_of(references("old")));
  commit(tenant_a, {Remove{*run(store->find_ca_certificate(tenant_a, "old"))}});
  EXPECT_EQ(present("pump-1", {old_root.issue("pump-1")}), "certificate_authority_unknown");
}

TEST_F(CaReferenceTest, AsksForAVerifiedAuthorityWhereTheTenantDoes) {
  const TestAuthority line("Line 1", noon, &old_root);
  enroll_group("line-1", terms_of(signing(line)));
  EXPECT_EQ(present("pump-1", {line.issue("pump-1")}), "done") << "not asked for by default";
  require_verified_ca();
  EXPECT_EQ(present("pump-2", {line.issue("pump-2")}), "ca_not_verified");
  upload("root", old_root, false);
  EXPECT_EQ(present("pump-2", {line.issue("pump-2")}), "ca_not_verified");
  upload("root", old_root);
  EXPECT_EQ(present("pump-2", {line.issue("pump-2")}), "done") << "it stands on a verified one";
  upload("root", new_root);
  EXPECT_EQ(present("pump-2", {line.issue("pump-2")}), "ca_not_verified");
  upload("line", line);
  EXPECT_EQ(present("pump-2", {line.issue("pump-2")}), "done") << "it is a verified one itself";
}

TEST_F(CaReferenceTest, RefusesARevokedCertificateOfMusters) {
  enroll_group("line-1", terms_of(signing(old_root)));
  const Bytes leaf = old_root.issue("pump-1");
  IssuedCertificate issued = record_issued(leaf);
  EXPECT_EQ(present("pump-1", {leaf}), "done");
  issued.revision = 1;
  issued.revoked_at = noon;
  issued.revocation_reason = RevocationReason::key_compromise;
  commit(tenant_a, {Put{issued}});
  EXPECT_EQ(present("pump-1", {leaf}), "certificate_revoked");
  EXPECT_EQ(present("pump-1", {old_root.issue("pump-1")}), "done") << "another certificate of the device";
}

}  // namespace
}  // namespace muster::provisioning
