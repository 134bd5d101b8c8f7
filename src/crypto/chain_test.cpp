#include "crypto/chain.hpp"

#include <gtest/gtest.h>

#include "crypto/test_certificates.hpp"

namespace muster::crypto {
namespace {

using base::Errc;
using Names = std::vector<std::string>;

const base::TimePoint in_2026 = *base::from_rfc3339("2026-06-01T00:00:00Z");
const base::TimePoint in_2030 = *base::from_rfc3339("2030-06-01T00:00:00Z");

std::vector<Certificate> certificates(const Names& names) {
  std::vector<Certificate> all;
  for (const auto& name : names) all.push_back(test_certificate(name));
  return all;
}

base::Result<std::vector<Certificate>> path(const std::string& leaf, const Names& untrusted, const Names& anchors,
                                            base::TimePoint now = in_2026, PathRules rules = {}) {
  return build_path(test_certificate(leaf), certificates(untrusted), certificates(anchors), now, rules);
}

Errc refusal_of(const base::Result<std::vector<Certificate>>& result) { return result.error().code(); }

TEST(BuildPath, FindsTheWayToTheRootWhateverTheOrder) {
  const auto expected = certificates({"device", "intermediate", "root"});
  for (const Names& untrusted :
       {Names{"intermediate"}, Names{"intermediate", "root"}, Names{"limited", "root", "intermediate"}}) {
    const auto found = path("device", untrusted, {"impostor", "root"});
    ASSERT_TRUE(found) << found.error().detail();
    EXPECT_EQ(*found, expected);
  }
}

TEST(BuildPath, EndsAtAnIntermediateThatIsTrusted) {
  const auto found = path("device", {"root"}, {"intermediate"});
  ASSERT_TRUE(found) << found.error().detail();
  EXPECT_EQ(*found, certificates({"device", "intermediate"}));
}

TEST(BuildPath, IsTheLeafAloneWhereItIsTrusted) {
  const auto found = path("device", {}, {"device"});
  ASSERT_TRUE(found) << found.error().detail();
  EXPECT_EQ(*found, certificates({"device"}));
}

TEST(BuildPath, RefusesWhatBreaksARule) {
  struct Case {
    const char* leaf;
    Names untrusted;
    Errc refusal;
  };
  const Case cases[] = {
      {"device", {}, Errc::certificate_authority_unknown},
      {"impostor", {}, Errc::certificate_authority_unknown},
      {"device", {"impostor"}, Errc::certificate_authority_unknown},
      {"too_deep", {"below", "intermediate"}, Errc::certificate_chain_invalid},
      {"by_device", {"device", "intermediate"}, Errc::certificate_chain_invalid},
      {"outside_names", {"limited"}, Errc::certificate_chain_invalid},
      {"by_unconstrained", {"unconstrained"}, Errc::certificate_chain_invalid},
      {"critical", {"intermediate"}, Errc::certificate_chain_invalid},
  };
  for (const auto& [leaf, untrusted, refusal] : cases) {
    const auto found = path(leaf, untrusted, {"root"});
    ASSERT_FALSE(found) << leaf;
    EXPECT_EQ(refusal_of(found), refusal) << leaf << ": " << found.error().detail();
  }
}

TEST(BuildPath, RefusesASignatureThatIsNotTheNamedIssuers) {
  const auto found = path("intermediate", {}, {"impostor"}, in_2026);
  ASSERT_FALSE(found);
  EXPECT_NE(refusal_of(found), Errc::certificate_expired);

  Bytes forged = test_certificate("device").der();
  forged.back() ^= 1U;
  const auto leaf = Certificate::from_der(forged);
  ASSERT_TRUE(leaf);
  EXPECT_EQ(refusal_of(build_path(*leaf, {}, certificates({"intermediate"}), in_2026)),
            Errc::certificate_chain_invalid);
}

TEST(BuildPath, RefusesWhatIsExpiredOrNotYetValid) {
  EXPECT_TRUE(path("expired", {"intermediate"}, {"root"}, in_2026));
  EXPECT_EQ(refusal_of(path("expired", {"intermediate"}, {"root"}, in_2030)), Errc::certificate_expired);
  EXPECT_EQ(refusal_of(path("by_old", {"old_intermediate"}, {"root"}, in_2030)), Errc::certificate_expired);
  const auto too_early = *base::from_rfc3339("2025-12-31T23:59:59Z");
  EXPECT_EQ(refusal_of(path("device", {"intermediate"}, {"root"}, too_early)), Errc::certificate_expired);
}

TEST(BuildPath, ToleratesExpiredAuthoritiesOnlyWhenToldAndNeverAnExpiredLeaf) {
  PathRules rules;
  rules.ignore_expired_intermediates = true;
  EXPECT_TRUE(path("by_old", {"old_intermediate"}, {"root"}, in_2030, rules));
  EXPECT_EQ(refusal_of(path("expired", {"intermediate"}, {"root"}, in_2030, rules)), Errc::certificate_expired);
  const auto too_early = *base::from_rfc3339("2025-12-31T23:59:59Z");
  EXPECT_EQ(refusal_of(path("device", {"intermediate"}, {"root"}, too_early, rules)), Errc::certificate_expired);
  EXPECT_EQ(refusal_of(path("by_device", {"device", "intermediate"}, {"root"}, in_2026, rules)),
            Errc::certificate_chain_invalid);
}

TEST(BuildPath, ComparesTheAuthoritysSerialUnlessToldNotTo) {
  EXPECT_EQ(refusal_of(path("by_names_serial", {"names_serial"}, {"reissued"})), Errc::certificate_authority_unknown);
  PathRules rules;
  rules.ignore_authority_serial = true;
  const auto found = path("by_names_serial", {"names_serial"}, {"reissued"}, in_2026, rules);
  ASSERT_TRUE(found) << found.error().detail();
  EXPECT_EQ(found->size(), 3U);
  EXPECT_FALSE(path("device", {"intermediate"}, {"impostor"}, in_2026, rules)) << "key ids still count";
}

TEST(BuildPath, RefusesSha1OnlyWhenToldTo) {
  EXPECT_TRUE(path("sha1", {"intermediate"}, {"root"}));
  PathRules rules;
  rules.refuse_weak_algorithms = true;
  EXPECT_EQ(refusal_of(path("sha1", {"intermediate"}, {"root"}, in_2026, rules)), Errc::certificate_chain_invalid);
  EXPECT_TRUE(path("device", {"intermediate"}, {"root"}, in_2026, rules));
}

TEST(BuildPath, CountsTheCertificatesBetweenLeafAndAnchor) {
  PathRules rules;
  rules.depth_max = 1;
  EXPECT_TRUE(path("device", {"intermediate"}, {"root"}, in_2026, rules));
  rules.depth_max = 0;
  EXPECT_FALSE(path("device", {"intermediate"}, {"root"}, in_2026, rules));
  EXPECT_TRUE(path("device", {}, {"intermediate"}, in_2026, rules));
}

TEST(BuildPath, RefusesMoreOfferedCertificatesThanItsLimit) {
  const std::vector<Certificate> offered(untrusted_count_max + 1, test_certificate("intermediate"));
  const auto anchors = certificates({"root"});
  EXPECT_EQ(refusal_of(build_path(test_certificate("device"), offered, anchors, in_2026)), Errc::too_many_items);
  const std::span<const Certificate> allowed = std::span(offered).first(untrusted_count_max);
  EXPECT_TRUE(build_path(test_certificate("device"), allowed, anchors, in_2026));
}

TEST(BuildPath, NamesTheCertificateAndTheReason) {
  const auto found = path("by_old", {"old_intermediate"}, {"root"}, in_2030);
  const std::string& detail = found.error().detail();
  const std::string reason =
      "certificate 'CN=Old Intermediate' issued by 'CN=Test Root, O=Contoso': certificate has expired (valid from ";
  EXPECT_EQ(detail.substr(0, reason.size()), reason);
  EXPECT_NE(detail.find("it is " + base::to_rfc3339(in_2030)), std::string::npos) << detail;
}

}  // namespace
}  // namespace muster::crypto
