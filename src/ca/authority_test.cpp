#include "ca/authority.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/run_task.hpp"
#include "base/temporary_directory_test.hpp"
#include "crypto/chain.hpp"

namespace muster::ca {
namespace {

using base::Errc;
using crypto::Certificate;
using crypto::PrivateKey;

const base::TimePoint now = *base::from_rfc3339("2026-06-01T12:00:00Z");

class Authority : public testing::Test {
 protected:
  Authority() { signer_.add("issuing", tree_.issuing_key); }

  base::Result<Certificate> server(std::vector<std::string> hosts, base::TimePoint time = now) {
    return base::run_task(server_certificate(signer_, "issuing", tree_.issuing, server_key_.public_key(),
                                             std::move(hosts), time, random_));
  }

  base::SequenceRandom random_;
  AuthorityTree tree_ = *make_tree("Muster Test", now, random_);
  PrivateKey server_key_ = PrivateKey::generate_p256();
  crypto::KeyringSigner signer_;
};

TEST_F(Authority, MakesARootOfTwentyYearsAndAnIssuingAuthorityOfTen) {
  EXPECT_EQ(tree_.root.subject(), "CN=Muster Test Root CA");
  EXPECT_EQ(tree_.issuing.subject(), "CN=Muster Test Issuing CA");
  EXPECT_EQ(tree_.root.not_before(), now - std::chrono::minutes(5));
  EXPECT_EQ(tree_.root.not_after(), now + std::chrono::hours(20 * 365 * 24));
  EXPECT_EQ(tree_.issuing.not_after(), now + std::chrono::hours(10 * 365 * 24));
  EXPECT_TRUE(tree_.issuing.is_issued_by(tree_.root));
  EXPECT_EQ(tree_.root.public_key(), tree_.root_key.public_key());
  EXPECT_EQ(tree_.issuing.public_key(), tree_.issuing_key.public_key());
}

TEST_F(Authority, MakesTreesThatDoNotVouchForEachOther) {
  const auto other = make_tree("Muster Test", now, random_);
  ASSERT_TRUE(other);
  EXPECT_FALSE(tree_.issuing.is_issued_by(other->root));
}

TEST_F(Authority, RefusesNamesThatAreEmptyOrTooLong) {
  EXPECT_TRUE(make_tree(std::string(53, 'x'), now, random_));
  for (const auto& name : {std::string(), std::string(54, 'x'), std::string("a\nb")})
    EXPECT_EQ(make_tree(name, now, random_).error().code(), Errc::invalid_argument);
}

TEST_F(Authority, IssuesAServerCertificateForNamesAndAddresses) {
  const auto made = server({"provisioning.example", "127.0.0.1", "::1"});
  ASSERT_TRUE(made) << made.error().detail();
  EXPECT_EQ(made->common_name(), "provisioning.example");
  EXPECT_TRUE(made->has_extended_key_usage("1.3.6.1.5.5.7.3.1"));
  EXPECT_FALSE(made->has_extended_key_usage("1.3.6.1.5.5.7.3.2"));
  EXPECT_EQ(made->not_after(), now + std::chrono::hours(90 * 24));

  const std::vector<Certificate> untrusted{tree_.issuing};
  const std::vector<Certificate> anchors{tree_.root};
  const auto path = crypto::build_path(*made, untrusted, anchors, now);
  ASSERT_TRUE(path) << path.error().detail();
  EXPECT_EQ(path->size(), 3U);
}

TEST_F(Authority, LetsNoServerCertificateOutliveItsIssuer) {
  const auto late = tree_.issuing.not_after() - std::chrono::hours(24);
  EXPECT_EQ(server({"host"}, late)->not_after(), tree_.issuing.not_after());
  EXPECT_EQ(server({"host"}, tree_.issuing.not_after() + std::chrono::hours(24)).error().code(),
            Errc::invalid_argument);
}

TEST_F(Authority, IssuesForNamesThatAreTooLongForACommonName) {
  const std::string host = std::string(60, 'a') + ".example";
  const auto made = server({host});
  ASSERT_TRUE(made) << made.error().detail();
  EXPECT_EQ(made->common_name(), std::nullopt);
}

TEST_F(Authority, RefusesHostsThatAreNone) {
  EXPECT_EQ(server({}).error().code(), Errc::invalid_argument);
  for (const auto* host : {"", "*.example", "a b", "http://host", "host:8443", "999.1.1.1"})
    EXPECT_EQ(server({host}).error().code(), Errc::invalid_argument) << host;
}

TEST_F(Authority, RenewsWhenAThirdOfTheLifetimeIsLeft) {
  const auto made = server({"host"});
  const auto third = (made->not_after() - made->not_before()) / 3;
  EXPECT_FALSE(due_for_renewal(*made, now));
  EXPECT_FALSE(due_for_renewal(*made, made->not_after() - third - std::chrono::seconds(1)));
  EXPECT_TRUE(due_for_renewal(*made, made->not_after() - third));
  EXPECT_TRUE(due_for_renewal(*made, made->not_after() + std::chrono::hours(1)));
}

// Another reader's judgement, with every rule of RFC 5280 that it knows.
TEST_F(Authority, SatisfiesTheOpensslCommandLinesStrictRules) {
  if (std::system("openssl version >/dev/null 2>&1") != 0) GTEST_SKIP() << "there is no openssl command";
  const base::TemporaryDirectory directory;
  const std::filesystem::path& folder = directory.path();
  std::ofstream(folder / "root.pem") << tree_.root.pem();
  std::ofstream(folder / "issuing.pem") << tree_.issuing.pem();
  std::ofstream(folder / "server.pem") << server({"provisioning.example", "127.0.0.1"})->pem();

  const std::string verify = "cd '" + folder.string() + "' && openssl verify -x509_strict -purpose sslserver -attime " +
                             std::to_string(base::to_unix_seconds(now)) +
                             " -CAfile root.pem -untrusted issuing.pem -no-CApath ";
  EXPECT_EQ(std::system((verify + "-verify_hostname provisioning.example server.pem >/dev/null").c_str()), 0);
  EXPECT_EQ(std::system((verify + "-verify_ip 127.0.0.1 server.pem >/dev/null").c_str()), 0);
  EXPECT_NE(std::system((verify + "-verify_hostname elsewhere.example server.pem >/dev/null 2>&1").c_str()), 0);
}

}  // namespace
}  // namespace muster::ca
