#include "provisioning/enrollments.hpp"

#include "provisioning/authority_test.hpp"
#include "provisioning/entity_tag.hpp"
#include "provisioning/fixture_test.hpp"
#include "provisioning/software_tpm_test.hpp"

namespace muster::provisioning {
namespace {

class EnrollmentsTest : public ProvisioningTest {
 protected:
  static Draft<Enrollment> draft(Attestation attestation = {}) {
    Draft<Enrollment> made;
    made.wanted.tenant = tenant_a;
    made.wanted.registration_id = registration_id("pump-1");
    made.wanted.terms = terms_of(std::move(attestation));
    return made;
  }
  static Draft<EnrollmentGroup> group_draft(Attestation attestation = {}) {
    Draft<EnrollmentGroup> made;
    made.wanted.tenant = tenant_a;
    made.wanted.id = GroupId("line-1");
    made.wanted.terms = terms_of(std::move(attestation));
    return made;
  }
  template <class T>
  Result<T> put(Draft<T> made) {
    return run(enrollments.put(std::move(made), operator_ann));
  }
  template <class T>
  std::string put_outcome(Draft<T> made) {
    return outcome(put(std::move(made)));
  }
  Result<Enrollment> put(Precondition precondition) {
    auto made = draft();
    made.precondition = std::move(precondition);
    return put(std::move(made));
  }
  static std::string tag(const Enrollment& stored) { return entity_tag(stored.created_at, stored.revision); }
  Bytes primary_key(const Enrollment& stored) {
    return base::to_bytes(run(enrollments.reveal_keys(stored))->primary.reveal());
  }
};

TEST_F(EnrollmentsTest, DrawsKeysWhereNoneAreGiven) {
  const auto stored = put(draft());
  ASSERT_TRUE(stored);
  const auto keys = run(enrollments.reveal_keys(*stored));
  ASSERT_TRUE(keys);
  EXPECT_EQ(keys->primary.size(), 64U);
  EXPECT_EQ(keys->secondary.size(), 64U);
  EXPECT_FALSE(base::equal_in_constant_time(keys->primary.reveal(), keys->secondary.reveal()));
}

TEST_F(EnrollmentsTest, KeepsTheKeysThatAnUpdateDoesNotName) {
  const auto first = put(draft());
  auto update = draft();
  update.keys.secondary = secret(5);
  const auto second = put(std::move(update));
  ASSERT_TRUE(first && second);
  EXPECT_EQ(primary_key(*second), primary_key(*first));
  EXPECT_EQ(base::to_bytes(run(enrollments.reveal_keys(*second))->secondary.reveal()), Bytes(32, 5));
}

TEST_F(EnrollmentsTest, LeavesAKeySealedAsItIsWhereTheSameIsPutAgain) {
  const auto put_keys = [this](Secret primary, Secret secondary) {
    auto made = draft();
    made.keys = {.primary = std::move(primary), .secondary = std::move(secondary)};
    return std::get<SymmetricKeyAttestation>(put(std::move(made))->terms.attestation);
  };
  const auto first = put_keys(secret(1), secret(2));
  const auto same = put_keys(secret(1), secret(2));
  EXPECT_EQ(same.primary_key, first.primary_key);
  EXPECT_EQ(same.secondary_key, first.secondary_key);
  const auto other = put_keys(secret(1), secret(3));
  EXPECT_EQ(other.primary_key, first.primary_key);
  EXPECT_NE(other.secondary_key, first.secondary_key);
}

TEST_F(EnrollmentsTest, RefusesKeysOfAnUnusualSize) {
  for (const std::size_t size : {1U, 15U, 65U}) {
    auto made = draft();
    made.keys.primary = Secret(Bytes(size, 1));
    EXPECT_EQ(put_outcome(std::move(made)), "invalid_argument") << size;
  }
  for (const std::size_t size : {16U, 64U}) {
    auto made = group_draft();
    made.keys.secondary = Secret(Bytes(size, 1));
    EXPECT_EQ(put_outcome(std::move(made)), "done") << size;
  }
}

TEST_F(EnrollmentsTest, RefusesAttestationThatCanNeverWork) {
  const Bytes certificate = TestAuthority("Root", noon).der();
  const Bytes no_certificate{0x30, 0x00};
  const TpmAttestation tpm{.endorsement_key = SoftwareTpm().keys().endorsement_key, .storage_root_key = {}};
  const TpmVendorAttestation vendor{.roots = {certificate}, .intermediates = {}, .allowed_keys = {}};
  X509Attestation x509;
  x509.primary_certificate = certificate;

  EXPECT_EQ(put_outcome(draft(tpm)), "done");
  EXPECT_EQ(put_outcome(group_draft(tpm)), "invalid_argument");
  EXPECT_EQ(put_outcome(draft(TpmAttestation{})), "tpm_structure_malformed");
  EXPECT_EQ(put_outcome(group_draft(vendor)), "done");
  EXPECT_EQ(put_outcome(draft(vendor)), "invalid_argument");
  EXPECT_EQ(put_outcome(draft(x509)), "done");
  EXPECT_EQ(put_outcome(draft(X509Attestation{})), "invalid_argument");

  auto broken = x509;
  broken.secondary_certificate = no_certificate;
  EXPECT_EQ(put_outcome(group_draft(broken)), "certificate_malformed");
  broken = x509;
  broken.primary_reference = "ca-1";
  EXPECT_EQ(put_outcome(group_draft(broken)), "invalid_argument");
}

TEST_F(EnrollmentsTest, RefusesVendorListsThatCanNeverWork) {
  const Bytes certificate = TestAuthority("Root", noon).der();
  const TpmVendorAttestation cases[] = {
      {.roots = {}, .intermediates = {}, .allowed_keys = {}},
      {.roots = {Bytes{}}, .intermediates = {}, .allowed_keys = {}},
      {.roots = {certificate}, .intermediates = {Bytes{}}, .allowed_keys = {}},
      {.roots = {certificate}, .intermediates = {}, .allowed_keys = {Bytes(31, 1)}},
      {.roots = std::vector<Bytes>(257, certificate), .intermediates = {}, .allowed_keys = {}},
  };
  for (const auto& attestation : cases) EXPECT_EQ(put_outcome(group_draft(attestation)), "invalid_argument");
  const TpmVendorAttestation unreadable{.roots = {Bytes{0x30, 0x00}}, .intermediates = {}, .allowed_keys = {}};
  EXPECT_EQ(put_outcome(group_draft(unreadable)), "certificate_malformed");
}

TEST_F(EnrollmentsTest, RefusesMoreThanAHundredHubs) {
  auto made = draft();
  made.wanted.terms.hubs.assign(101, HubName("hub.example"));
  EXPECT_EQ(put_outcome(std::move(made)), "invalid_argument");
}

TEST_F(EnrollmentsTest, KeepsToThePrecondition) {
  using Kind = Precondition::Kind;
  EXPECT_EQ(outcome(put({.kind = Kind::must_exist, .entity_tag = {}})), "enrollment_not_found");
  EXPECT_EQ(outcome(put({.kind = Kind::must_match, .entity_tag = "x"})), "enrollment_not_found");
  const auto first = put({.kind = Kind::must_not_exist, .entity_tag = {}});
  ASSERT_TRUE(first);
  EXPECT_EQ(outcome(put({.kind = Kind::must_not_exist, .entity_tag = {}})), "already_exists");

  clock.advance(std::chrono::minutes(1));
  const auto second = put({.kind = Kind::must_match, .entity_tag = tag(*first)});
  ASSERT_TRUE(second);
  EXPECT_EQ(second->created_at, noon);
  EXPECT_EQ(second->updated_at, clock.now());
  EXPECT_EQ(outcome(put({.kind = Kind::must_match, .entity_tag = tag(*first)})), "etag_mismatch");
  const auto read = run(enrollments.get(tenant_a, registration_id("PUMP-1")));
  ASSERT_TRUE(read);
  EXPECT_EQ(tag(*read), tag(*second)) << "the tag that a write returns is the one that is stored";
}

TEST_F(EnrollmentsTest, LetsExactlyOneOfTwoWritersWin) {
  const auto stored = put(draft());
  ASSERT_TRUE(stored);
  auto one = draft();
  one.precondition = {.kind = Precondition::Kind::must_match, .entity_tag = tag(*stored)};
  auto other = one;
  const auto [first, second] =
      run_together(enrollments.put(std::move(one), operator_ann), enrollments.put(std::move(other), operator_ann));
  EXPECT_NE(static_cast<bool>(first), static_cast<bool>(second));
  EXPECT_EQ(outcome(first ? second : first), "etag_mismatch");
}

TEST_F(EnrollmentsTest, RemovesWhatIsThere) {
  const auto stored = put(draft());
  const auto remove = [&](Precondition precondition) {
    return outcome(run(enrollments.remove(tenant_a, registration_id("Pump-1"), std::move(precondition), operator_ann)));
  };
  EXPECT_EQ(remove({.kind = Precondition::Kind::must_match, .entity_tag = "x"}), "etag_mismatch");
  EXPECT_EQ(remove({.kind = Precondition::Kind::must_match, .entity_tag = tag(*stored)}), "done");
  EXPECT_EQ(remove({}), "enrollment_not_found");
  EXPECT_EQ(outcome(run(enrollments.remove(tenant_a, GroupId("line-1"), {}, operator_ann))), "group_not_found");
  EXPECT_EQ(outcome(run(enrollments.get(tenant_a, GroupId("line-1")))), "group_not_found");
}

TEST_F(EnrollmentsTest, HasNoKeysToRevealForOtherAttestation) {
  const TpmAttestation tpm{.endorsement_key = SoftwareTpm().keys().endorsement_key, .storage_root_key = {}};
  const auto stored = put(draft(tpm));
  ASSERT_TRUE(stored);
  EXPECT_EQ(outcome(run(enrollments.reveal_keys(*stored))), "attestation_kind_mismatch");
}

TEST_F(EnrollmentsTest, ReportsEveryChange) {
  auto disabled = draft();
  disabled.wanted.terms.enabled = false;
  ASSERT_TRUE(put(draft()) && put(std::move(disabled)));
  ASSERT_TRUE(run(enrollments.remove(tenant_a, registration_id("pump-1"), {}, operator_ann)));
  const auto updated = audited("enrollment.updated");
  ASSERT_EQ(updated.size(), 1U);
  EXPECT_EQ(updated[0].actor, "principal:ann");
  EXPECT_EQ(updated[0].subject, "enrollment:pump-1");
  EXPECT_EQ(updated[0].detail, "disabled");
  EXPECT_EQ(updated[0].personal, "192.0.2.7");
  EXPECT_EQ(audited("enrollment.created").size(), 1U);
  EXPECT_EQ(audited("enrollment.removed").size(), 1U);
}

}  // namespace
}  // namespace muster::provisioning
