#include "provisioning/ca_certificates.hpp"

#include "provisioning/authority_test.hpp"
#include "provisioning/expiry_watch.hpp"
#include "provisioning/fixture_test.hpp"

namespace muster::provisioning {
namespace {

std::string octets(const Bytes& bytes) { return std::string(base::text_view(bytes)); }

class CaCertificatesTest : public ProvisioningTest {
 protected:
  Result<CaCertificate> put(std::string name, std::string certificate, std::optional<bool> is_verified = {},
                            Precondition precondition = {}) {
    CaDraft draft{
        .tenant = tenant_a, .name = std::move(name), .certificate = std::move(certificate), .is_verified = is_verified};
    return run(cas.put(std::move(draft), std::move(precondition), operator_ann));
  }
  std::string put_outcome(std::string name, const TestAuthority& authority) {
    return outcome(put(std::move(name), octets(authority.der())));
  }
  std::string code_of(const std::string& name) {
    return run(cas.draw_code(tenant_a, name, {}, operator_ann))->verification_code;
  }
  std::string verify(const std::string& name, const Bytes& proof) {
    return outcome(run(cas.verify(tenant_a, name, octets(proof), {}, operator_ann)));
  }

  const TestAuthority root{"Plant Root", noon};
  const TestAuthority other{"Other Root", noon};
  CaCertificates cas{*store, clock, random};
};

TEST_F(CaCertificatesTest, TakesEveryFormOfACertificate) {
  const std::string pem = root.certificate().pem();
  for (const auto& text : {octets(root.der()), pem, base::to_base64(root.der()), base::to_base64(base::view(pem))}) {
    const auto stored = put("plant", text);
    ASSERT_TRUE(stored) << base::to_string(stored.error());
    EXPECT_EQ(stored->certificate, root.der());
    EXPECT_FALSE(stored->is_verified);
  }
  EXPECT_EQ(audited("ca.created").size(), 1U);
  EXPECT_EQ(audited("ca.updated").size(), 3U);
}

TEST_F(CaCertificatesTest, RefusesWhatIsNoAuthorityAndNamesThatAreNone) {
  EXPECT_EQ(outcome(put("plant", octets(root.issue("pump-1")))), "invalid_argument");
  EXPECT_EQ(outcome(put("plant", "")), "certificate_malformed");
  EXPECT_EQ(outcome(put("plant", "0\x82\x7f\xff")), "certificate_malformed");
  EXPECT_EQ(outcome(put("plant", "not a certificate")), "certificate_malformed");
  for (const auto& name : {std::string(), std::string("a b"), std::string("a/b"), std::string(65, 'a')})
    EXPECT_EQ(put_outcome(name, root), "invalid_argument") << name;
  EXPECT_EQ(put_outcome(std::string(64, 'a'), root), "done");
}

TEST_F(CaCertificatesTest, RefusesOneCertificateUnderTwoNamesAndHonoursPreconditions) {
  ASSERT_EQ(put_outcome("plant", root), "done");
  EXPECT_EQ(put_outcome("plant-2", root), "already_exists");
  const Precondition fresh{.kind = Precondition::Kind::must_not_exist, .entity_tag = {}};
  EXPECT_EQ(outcome(put("plant", octets(root.der()), {}, fresh)), "already_exists");
  const Precondition stale{.kind = Precondition::Kind::must_match, .entity_tag = "stale"};
  EXPECT_EQ(outcome(put("plant", octets(root.der()), {}, stale)), "etag_mismatch");
  EXPECT_EQ(outcome(run(cas.remove(tenant_a, "plant", stale, operator_ann))), "etag_mismatch");
  EXPECT_EQ(outcome(run(cas.draw_code(tenant_a, "plant", stale, operator_ann))), "etag_mismatch");
  EXPECT_EQ(outcome(run(cas.get(tenant_a, "plant-2"))), "ca_not_found");
}

TEST_F(CaCertificatesTest, TakesAsManyAsTheTenantMayHave) {
  Tenant tenant = *run(store->find_tenant(tenant_a));
  tenant.limits.ca_certificates_max = 1;
  commit(tenant_a, {Put{tenant}});
  ASSERT_EQ(put_outcome("plant", root), "done");
  EXPECT_EQ(put_outcome("other", other), "quota_exceeded");
  EXPECT_EQ(put_outcome("plant", other), "done") << "what is there can be replaced";
}

TEST_F(CaCertificatesTest, VerifiesByACertificateOverTheLastCode) {
  ASSERT_EQ(put_outcome("plant", root), "done");
  EXPECT_EQ(verify("plant", root.issue("anything")), "verification_failed") << "no code was drawn";

  const std::string first = code_of("plant");
  EXPECT_EQ(first.size(), 48U);
  const std::string code = code_of("plant");
  EXPECT_NE(code, first);
  EXPECT_EQ(verify("plant", root.issue(first)), "verification_failed") << "of an earlier code";
  EXPECT_EQ(verify("plant", other.issue(code)), "verification_failed") << "another CA's";
  EXPECT_EQ(verify("plant", root.der()), "verification_failed");
  EXPECT_EQ(verify("plant", Bytes{0x30, 0x00}), "certificate_malformed");
  const TestAuthority impostor("Plant Root", noon);
  EXPECT_EQ(verify("plant", impostor.issue(code)), "verification_failed") << "only the name is the same";
  const TestAuthority below("Below", noon, &root);
  EXPECT_EQ(verify("plant", below.issue(code)), "verification_failed") << "not the CA itself";
  const Bytes proof = root.issue(code);
  clock.advance(std::chrono::hours(11 * 24));
  EXPECT_EQ(verify("plant", proof), "verification_failed") << "expired";
  clock.advance(-std::chrono::hours(11 * 24));
  EXPECT_FALSE(run(cas.get(tenant_a, "plant"))->is_verified);

  EXPECT_EQ(verify("plant", proof), "done");
  const auto verified = run(cas.get(tenant_a, "plant"));
  EXPECT_TRUE(verified->is_verified);
  EXPECT_EQ(verified->verification_code, "");
  EXPECT_EQ(verify("plant", proof), "verification_failed") << "a code counts once";
  EXPECT_EQ(audited("ca.verified").size(), 1U);
}

TEST_F(CaCertificatesTest, KeepsWhatWasProvenOfTheSameCertificateOnly) {
  ASSERT_TRUE(put("plant", octets(root.der()), true)->is_verified) << "the operator's word";
  EXPECT_TRUE(put("plant", octets(root.der()))->is_verified);
  EXPECT_FALSE(put("plant", octets(root.der()), false)->is_verified);
  ASSERT_TRUE(put("plant", octets(root.der()), true)->is_verified);
  EXPECT_FALSE(put("plant", octets(other.der()))->is_verified);
  const std::string code = code_of("plant");
  ASSERT_TRUE(put("plant", octets(root.der())));
  EXPECT_EQ(verify("plant", root.issue(code)), "verification_failed") << "the code was for another certificate";
}

TEST_F(CaCertificatesTest, StaysWhileAnEnrollmentRefersToIt) {
  ASSERT_EQ(put_outcome("plant", root), "done");
  ASSERT_EQ(put_outcome("other", other), "done");
  X509Attestation references;
  references.primary_reference = "plant";
  enroll("pump-1", references);
  X509Attestation both;
  both.primary_reference = "plant";
  both.secondary_reference = "other";
  enroll_group("line-1", terms_of(both));

  EXPECT_EQ(outcome(run(cas.remove(tenant_a, "other", {}, operator_ann))), "in_use");
  const Precondition must_exist{.kind = Precondition::Kind::must_exist, .entity_tag = {}};
  ASSERT_TRUE(run(enrollments.remove(tenant_a, GroupId("line-1"), must_exist, operator_ann)));
  EXPECT_EQ(outcome(run(cas.remove(tenant_a, "other", {}, operator_ann))), "done");
  EXPECT_EQ(outcome(run(cas.remove(tenant_a, "plant", {}, operator_ann))), "in_use");
  ASSERT_TRUE(run(enrollments.remove(tenant_a, registration_id("pump-1"), must_exist, operator_ann)));
  EXPECT_EQ(outcome(run(cas.remove(tenant_a, "plant", {}, operator_ann))), "done");
  EXPECT_EQ(outcome(run(cas.remove(tenant_a, "plant", {}, operator_ann))), "ca_not_found");
  EXPECT_EQ(audited("ca.removed").size(), 2U);
}

TEST_F(CaCertificatesTest, MustBeThereWhenAnEnrollmentNamesIt) {
  const auto put_group = [this](X509Attestation attestation) {
    Draft<EnrollmentGroup> draft;
    draft.wanted.tenant = tenant_a;
    draft.wanted.id = GroupId("line-1");
    draft.wanted.terms = terms_of(std::move(attestation));
    return outcome(run(enrollments.put(std::move(draft), operator_ann)));
  };
  X509Attestation references;
  references.primary_reference = "plant";
  EXPECT_EQ(put_group(references), "ca_not_found");
  ASSERT_EQ(put_outcome("plant", root), "done");
  EXPECT_EQ(put_group(references), "done") << "verified or not";
  references.secondary_reference = "other";
  EXPECT_EQ(put_group(references), "ca_not_found");
  references.primary_reference.clear();
  EXPECT_EQ(put_group(references), "invalid_argument") << "a secondary alone";
  X509Attestation mixed;
  mixed.primary_reference = "plant";
  mixed.secondary_certificate = other.der();
  EXPECT_EQ(put_group(mixed), "invalid_argument");
}

TEST_F(CaCertificatesTest, AreWarnedOfOncePerThresholdBeforeTheyEnd) {
  ASSERT_EQ(put_outcome("plant", root), "done");  // it has ten days
  X509Attestation signing;
  signing.primary_certificate = other.der();
  enroll_group("line-1", terms_of(std::move(signing)));
  ExpiryWatch watch{*store, clock};
  const auto warnings = run(watch.check());
  ASSERT_EQ(warnings.size(), 2U);
  EXPECT_EQ(warnings[0].subject, "ca:plant");
  EXPECT_EQ(warnings[0].warning, "expires in 10 days");
  EXPECT_EQ(warnings[1].subject, "group:line-1");
  EXPECT_EQ(audited("ca.expires_soon").size(), 2U);

  clock.advance(std::chrono::hours(24));
  EXPECT_EQ(run(watch.check()).size(), 2U);
  EXPECT_EQ(audited("ca.expires_soon").size(), 2U) << "the same threshold";
  clock.advance(std::chrono::hours(3 * 24));
  run(watch.check());
  EXPECT_EQ(audited("ca.expires_soon").size(), 4U) << "seven days";
  clock.advance(std::chrono::hours(10 * 24));
  EXPECT_EQ(run(watch.check())[0].warning, "has expired");
  EXPECT_EQ(audited("ca.expires_soon").size(), 6U);
}

}  // namespace
}  // namespace muster::provisioning
