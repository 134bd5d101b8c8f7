#include "attest/x509/x509.hpp"

#include <gtest/gtest.h>

#include "ca/certificate_builder.hpp"
#include "crypto/test_certificates.hpp"

namespace muster::attest::x509 {
namespace {

using base::Errc;
using crypto::Certificate;
using crypto::PrivateKey;
using crypto::test_certificate;

const base::TimePoint now = *base::from_rfc3339("2026-06-01T00:00:00Z");
const base::TimePoint in_2030 = *base::from_rfc3339("2030-06-01T00:00:00Z");

base::RegistrationId id(std::string_view text) { return *base::RegistrationId::parse(text); }

template <class T>
Errc refusal_of(const base::Result<T>& result) {
  return result.error().code();
}

TEST(ParseLeaf, TellsAMissingCertificateFromABrokenOne) {
  EXPECT_EQ(refusal_of(parse_leaf({})), Errc::certificate_missing);
  EXPECT_EQ(refusal_of(parse_leaf(base::view("x"))), Errc::certificate_malformed);
  EXPECT_EQ(*parse_leaf(test_certificate("device").der()), test_certificate("device"));
}

class Individual : public testing::Test {
 protected:
  base::Status check(const Enrolled& enrolled, std::string_view registration_id, base::TimePoint time = now) {
    return check_individual(device_, {}, enrolled, id(registration_id), time);
  }

  Certificate device_ = test_certificate("device");
  Enrolled enrolled_{.primary = device_, .secondary = std::nullopt};
};

TEST_F(Individual, AcceptsThePrimaryAndTheSecondaryCertificate) {
  EXPECT_TRUE(check(enrolled_, "device-1"));
  const Enrolled both{.primary = test_certificate("by_device"), .secondary = device_};
  EXPECT_TRUE(check(both, "device-1"));
}

TEST_F(Individual, ComparesTheNameWithoutRegardToCase) { EXPECT_TRUE(check(enrolled_, "DEVICE-1")); }

TEST_F(Individual, RefusesAnotherName) {
  const auto refused = check(enrolled_, "device-2");
  EXPECT_EQ(refusal_of(refused), Errc::certificate_name_mismatch);
  EXPECT_EQ(refused.error().detail(), "the certificate's common name is 'device-1', the registration id 'device-2'");
}

TEST_F(Individual, RefusesACertificateWithoutAName) {
  const auto nameless = test_certificate("no_name");
  const Enrolled enrolled{.primary = nameless, .secondary = std::nullopt};
  EXPECT_EQ(refusal_of(check_individual(nameless, {}, enrolled, id("contoso"), now)), Errc::certificate_name_mismatch);
}

TEST_F(Individual, RefusesWhatIsNotEnrolled) {
  EXPECT_EQ(refusal_of(check({}, "device-1")), Errc::certificate_not_enrolled);
  const Enrolled other{.primary = test_certificate("by_device"), .secondary = std::nullopt};
  const auto refused = check(other, "device-1");
  EXPECT_EQ(refusal_of(refused), Errc::certificate_not_enrolled);
  EXPECT_NE(refused.error().detail().find(device_.sha256_thumbprint()), std::string::npos);
  EXPECT_NE(refused.error().detail().find(other.primary->sha256_thumbprint()), std::string::npos);
}

TEST_F(Individual, RefusesBeforeTheFirstAndAfterTheLastSecond) {
  EXPECT_TRUE(check(enrolled_, "device-1", device_.not_before()));
  EXPECT_TRUE(check(enrolled_, "device-1", device_.not_after()));
  const base::Duration instant(1);
  EXPECT_EQ(refusal_of(check(enrolled_, "device-1", device_.not_before() - instant)), Errc::certificate_expired);
  EXPECT_EQ(refusal_of(check(enrolled_, "device-1", device_.not_after() + instant)), Errc::certificate_expired);
}

TEST_F(Individual, TakesTenPresentedCertificatesButNotEleven) {
  const std::vector<Certificate> eleven(presented_chain_max + 1, test_certificate("root"));
  const std::span<const Certificate> ten = std::span(eleven).first(presented_chain_max);
  EXPECT_TRUE(check_individual(device_, ten, enrolled_, id("device-1"), now));
  EXPECT_EQ(refusal_of(check_individual(device_, eleven, enrolled_, id("device-1"), now)),
            Errc::certificate_chain_invalid);
}

std::vector<Certificate> certificates(const std::vector<std::string>& names) {
  std::vector<Certificate> all;
  for (const auto& name : names) all.push_back(test_certificate(name));
  return all;
}

GroupCandidate group(const std::string& name, const std::string& primary) {
  return {
      .id = base::GroupId(name), .primary = test_certificate(primary), .secondary = std::nullopt, .disabled = false};
}

class Group : public testing::Test {
 protected:
  base::Result<GroupMatch> find(const std::string& leaf, const std::vector<std::string>& presented,
                                const std::vector<GroupCandidate>& groups, std::string_view registration_id,
                                base::TimePoint time = now) {
    return find_group(test_certificate(leaf), certificates(presented), {}, groups, id(registration_id), time);
  }

  GroupCandidate roots_ = group("roots", "root");
  GroupCandidate intermediates_ = group("intermediates", "intermediate");
  GroupCandidate others_ = group("others", "impostor");
};

TEST_F(Group, IsFoundByItsCertificateFromTheLeafAlone) {
  const auto match = find("device", {}, {others_, intermediates_}, "device-1");
  ASSERT_TRUE(match) << match.error().detail();
  EXPECT_EQ(match->index, 1U);
  EXPECT_EQ(match->path, certificates({"device", "intermediate"}));
}

TEST_F(Group, IsFoundThroughPresentedIntermediatesInAnyOrder) {
  for (const std::vector<std::string>& presented :
       {std::vector<std::string>{"intermediate"}, {"root", "intermediate"}, {"device", "intermediate", "impostor"}}) {
    const auto match = find("device", presented, {others_, roots_}, "Device-1");
    ASSERT_TRUE(match) << match.error().detail();
    EXPECT_EQ(match->index, 1U);
    EXPECT_EQ(match->path, certificates({"device", "intermediate", "root"}));
  }
}

TEST_F(Group, IsTheNearestOfSeveral) {
  const auto match = find("device", {"intermediate", "root"}, {roots_, intermediates_}, "device-1");
  ASSERT_TRUE(match) << match.error().detail();
  EXPECT_EQ(match->index, 1U);
}

TEST_F(Group, MatchesItsSecondaryCertificateToo) {
  roots_.secondary = test_certificate("intermediate");
  roots_.primary = test_certificate("limited");
  EXPECT_TRUE(find("device", {}, {roots_}, "device-1"));
  roots_.primary.reset();
  EXPECT_TRUE(find("device", {}, {roots_}, "device-1"));
}

TEST_F(Group, DecidesThoughItIsDisabledAndAnotherOneStandsAbove) {
  intermediates_.disabled = true;
  EXPECT_EQ(refusal_of(find("device", {"intermediate", "root"}, {roots_, intermediates_}, "device-1")),
            Errc::enrollment_disabled);
  EXPECT_TRUE(find("device", {"intermediate", "root"}, {roots_}, "device-1")) << "a deleted one does not";
}

TEST_F(Group, IsNotFoundWhereNobodyOnTheWayIsEnrolled) {
  const auto refused = find("device", {"limited"}, {others_, roots_}, "device-1");
  EXPECT_EQ(refusal_of(refused), Errc::certificate_authority_unknown);
  EXPECT_NE(refused.error().detail().find("'CN=Test Intermediate, O=Contoso'"), std::string::npos);
  EXPECT_NE(refused.error().detail().find("'CN=Names Limited'"), std::string::npos);
  EXPECT_EQ(refusal_of(find("device", {}, {}, "device-1")), Errc::certificate_authority_unknown);
}

TEST_F(Group, IsNotTakenInByAForgedSignature) {
  base::Bytes forged = test_certificate("device").der();
  forged.back() ^= 1U;
  const auto leaf = Certificate::from_der(forged);
  ASSERT_TRUE(leaf);
  const auto refused = find_group(*leaf, {}, {}, std::vector{intermediates_}, id("device-1"), now);
  EXPECT_EQ(refusal_of(refused), Errc::certificate_chain_invalid);
  EXPECT_NE(refused.error().detail().find("'intermediates'"), std::string::npos);
}

TEST_F(Group, RefusesAnotherName) {
  EXPECT_EQ(refusal_of(find("device", {}, {intermediates_}, "device-2")), Errc::certificate_name_mismatch);
}

TEST_F(Group, RefusesPathsThatBreakARule) {
  EXPECT_EQ(refusal_of(find("by_device", {"device", "intermediate"}, {roots_}, "by-device")),
            Errc::certificate_chain_invalid)
      << "a device is no authority";
  EXPECT_EQ(refusal_of(find("too_deep", {"below", "intermediate"}, {roots_}, "too-deep")),
            Errc::certificate_chain_invalid);
  EXPECT_EQ(refusal_of(find("outside_names", {"limited"}, {roots_}, "outside-names")), Errc::certificate_chain_invalid);
  EXPECT_EQ(refusal_of(find("by_unconstrained", {"unconstrained"}, {roots_}, "by-unconstrained")),
            Errc::certificate_chain_invalid);
  EXPECT_EQ(refusal_of(find("sha1", {}, {intermediates_}, "sha1")), Errc::certificate_chain_invalid);
}

TEST_F(Group, RefusesWhatIsExpiredAnywhereOnThePath) {
  EXPECT_TRUE(find("expired", {}, {intermediates_}, "expired"));
  EXPECT_EQ(refusal_of(find("expired", {}, {intermediates_}, "expired", in_2030)), Errc::certificate_expired);
  EXPECT_EQ(refusal_of(find("by_old", {"old_intermediate"}, {roots_}, "by-old", in_2030)), Errc::certificate_expired);
  EXPECT_EQ(refusal_of(find("by_old", {}, {group("old", "old_intermediate")}, "by-old", in_2030)),
            Errc::certificate_expired);
}

TEST_F(Group, TakesTenPresentedCertificatesButNotEleven) {
  std::vector<std::string> presented(presented_chain_max, "intermediate");
  EXPECT_TRUE(find("device", presented, {roots_}, "device-1"));
  presented.push_back("intermediate");
  EXPECT_EQ(refusal_of(find("device", presented, {roots_}, "device-1")), Errc::certificate_chain_invalid);
}

/// Authorities of one name, and a device, made for one test.
class Workshop {
 public:
  Certificate make(const std::string& name, const PrivateKey& key, const Certificate* issuer,
                   const PrivateKey& issuer_key, bool is_ca) {
    const ca::CertificateRequest request{.common_name = name,
                                         .organization = std::nullopt,
                                         .dns_names = {},
                                         .ip_addresses = {},
                                         .key = key.public_key(),
                                         .not_before = now,
                                         .not_after = now + std::chrono::hours(24),
                                         .is_ca = is_ca,
                                         .path_length = std::nullopt};
    const auto above = issuer != nullptr ? std::optional(*issuer) : std::nullopt;
    const auto unsigned_part = ca::to_be_signed(request, above, random_);
    return ca::assemble(*unsigned_part, issuer_key.sign_sha256(*unsigned_part));
  }

 private:
  base::SequenceRandom random_;
};

TEST(GroupOfOwnMaking, RefusesTheGroupsCertificateAsADevices) {
  Workshop workshop;
  const auto key = PrivateKey::generate_p256();
  const auto root = workshop.make("root-1", key, nullptr, key, true);
  const GroupCandidate group{.id = base::GroupId("g"), .primary = root, .secondary = std::nullopt};
  EXPECT_EQ(refusal_of(find_group(root, {}, {}, std::vector{group}, id("root-1"), now)),
            Errc::certificate_chain_invalid);
}

TEST(GroupOfOwnMaking, FindsItsWayAmongAuthoritiesOfOneNameAndKey) {
  Workshop workshop;
  const auto root_key = PrivateKey::generate_p256();
  const auto stray_key = PrivateKey::generate_p256();
  const auto middle_key = PrivateKey::generate_p256();
  const auto device_key = PrivateKey::generate_p256();
  const auto root = workshop.make("Root", root_key, nullptr, root_key, true);
  const auto stray = workshop.make("Stray", stray_key, nullptr, stray_key, true);
  // Certified twice: by an authority that nobody enrolled, and by the one that is.
  const auto by_stray = workshop.make("Middle", middle_key, &stray, stray_key, true);
  const auto by_root = workshop.make("Middle", middle_key, &root, root_key, true);
  const auto device = workshop.make("device-1", device_key, &by_root, middle_key, false);

  const GroupCandidate group{.id = base::GroupId("g"), .primary = root, .secondary = std::nullopt};
  const std::vector<Certificate> presented{by_stray, by_root, stray};
  const auto match = find_group(device, presented, {}, std::vector{group}, id("device-1"), now);
  ASSERT_TRUE(match) << match.error().detail();
  EXPECT_EQ(match->path, (std::vector<Certificate>{device, by_root, root}));
}

TEST(GroupOfOwnMaking, SaysThatTheNameFitsButTheKeyDoesNot) {
  Workshop workshop;
  const auto key = PrivateKey::generate_p256();
  const auto impostor_key = PrivateKey::generate_p256();
  const auto root = workshop.make("Root", key, nullptr, key, true);
  const auto impostor = workshop.make("Root", impostor_key, nullptr, impostor_key, true);
  const auto device = workshop.make("device-1", PrivateKey::generate_p256(), &impostor, impostor_key, false);
  const GroupCandidate group{.id = base::GroupId("g"), .primary = root, .secondary = std::nullopt};
  const auto refused = find_group(device, std::vector{impostor}, {}, std::vector{group}, id("device-1"), now);
  EXPECT_EQ(refusal_of(refused), Errc::certificate_chain_invalid);
  EXPECT_EQ(refused.error().detail(),
            "group 'g' has a certificate of the name 'CN=Root', but its key did not sign the device's certificate");
}

TEST(GroupOfOwnMaking, TriesTheWaysToItUntilOneKeepsTheRules) {
  Workshop workshop;
  const auto root_key = PrivateKey::generate_p256();
  const auto middle_key = PrivateKey::generate_p256();
  const auto root = workshop.make("Root", root_key, nullptr, root_key, true);
  const auto no_authority = workshop.make("Middle", middle_key, &root, root_key, false);
  const auto authority = workshop.make("Middle", middle_key, &root, root_key, true);
  const auto device = workshop.make("device-1", PrivateKey::generate_p256(), &authority, middle_key, false);
  const GroupCandidate group{.id = base::GroupId("g"), .primary = root, .secondary = std::nullopt};

  const auto match =
      find_group(device, std::vector{no_authority, authority}, {}, std::vector{group}, id("device-1"), now);
  ASSERT_TRUE(match) << match.error().detail();
  EXPECT_EQ(match->path, (std::vector<Certificate>{device, authority, root}));
  EXPECT_EQ(refusal_of(find_group(device, std::vector{no_authority}, {}, std::vector{group}, id("device-1"), now)),
            Errc::certificate_chain_invalid);
}

TEST(GroupOfOwnMaking, TakesARenewedGroupCertificateBesideTheExpiredOne) {
  Workshop workshop;
  const auto key = PrivateKey::generate_p256();
  const auto first = workshop.make("Root", key, nullptr, key, true);
  const auto renewed = workshop.make("Root", key, nullptr, key, true);
  const auto device = workshop.make("device-1", PrivateKey::generate_p256(), &first, key, false);
  const GroupCandidate group{.id = base::GroupId("g"), .primary = renewed, .secondary = std::nullopt};
  EXPECT_TRUE(find_group(device, std::vector{first}, {}, std::vector{group}, id("device-1"), now));
}

}  // namespace
}  // namespace muster::attest::x509
