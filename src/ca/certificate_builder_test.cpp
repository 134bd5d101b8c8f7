#include "ca/certificate_builder.hpp"

#include <gtest/gtest.h>

#include "base/run_task.hpp"
#include "crypto/chain.hpp"

namespace muster::ca {
namespace {

using base::Errc;
using crypto::Certificate;
using crypto::PrivateKey;

const base::TimePoint start = *base::from_rfc3339("2026-06-01T12:00:00Z");
const base::TimePoint end = *base::from_rfc3339("2051-06-01T12:00:00Z");

class Issue : public testing::Test {
 protected:
  Issue() { signer_.add("ca", authority_key_); }

  CertificateRequest device_request() {
    return {.common_name = "device-1",
            .organization = std::nullopt,
            .dns_names = {},
            .ip_addresses = {},
            .key = device_key_.public_key(),
            .not_before = start,
            .not_after = end,
            .path_length = std::nullopt,
            .client_auth = true};
  }

  CertificateRequest authority_request() {
    CertificateRequest request = device_request();
    request.common_name = "Authority";
    request.organization = "Contoso, Ltd.";
    request.key = authority_key_.public_key();
    request.is_ca = true;
    request.client_auth = false;
    return request;
  }

  base::Result<Certificate> issued(CertificateRequest request, std::optional<Certificate> issuer) {
    return base::run_task(issue(signer_, "ca", std::move(issuer), std::move(request), random_));
  }

  Certificate authority() { return *issued(authority_request(), std::nullopt); }

  Errc refusal_of(CertificateRequest request) { return issued(std::move(request), std::nullopt).error().code(); }

  crypto::KeyringSigner signer_;
  base::SequenceRandom random_;
  PrivateKey authority_key_ = PrivateKey::generate_p256();
  PrivateKey device_key_ = PrivateKey::generate_p256();
};

TEST_F(Issue, MakesASelfSignedAuthority) {
  const Certificate made = authority();
  EXPECT_EQ(made.subject(), "CN=Authority, O=Contoso\\, Ltd.");
  EXPECT_EQ(made.issuer(), made.subject());
  EXPECT_TRUE(made.is_ca());
  EXPECT_EQ(made.version(), 3);
  EXPECT_TRUE(made.is_issued_by(made));
  EXPECT_EQ(made.not_before(), start);
  EXPECT_EQ(made.not_after(), end);
}

TEST_F(Issue, MakesADeviceCertificateThatChainsToItsAuthority) {
  const Certificate ca = authority();
  const auto device = issued(device_request(), ca);
  ASSERT_TRUE(device) << device.error().detail();
  EXPECT_EQ(device->common_name(), "device-1");
  EXPECT_FALSE(device->is_ca());
  EXPECT_TRUE(device->has_extended_key_usage("1.3.6.1.5.5.7.3.2"));
  EXPECT_FALSE(device->has_extended_key_usage("1.3.6.1.5.5.7.3.1"));
  EXPECT_EQ(device->public_key(), device_key_.public_key());

  const std::vector<Certificate> anchors{ca};
  const auto path = crypto::build_path(*device, {}, anchors, start);
  EXPECT_TRUE(path) << path.error().detail();
}

TEST_F(Issue, KeepsThePathLengthItWasGiven) {
  const Certificate root = authority();
  CertificateRequest below = authority_request();
  below.common_name = "Below";
  below.path_length = 0;
  const auto intermediate = issued(below, root);
  below.common_name = "Further Below";
  const auto too_deep = issued(below, *intermediate);
  const auto leaf = issued(device_request(), *too_deep);

  const std::vector<Certificate> untrusted{*intermediate, *too_deep};
  const std::vector<Certificate> anchors{root};
  EXPECT_EQ(crypto::build_path(*leaf, untrusted, anchors, start).error().code(), Errc::certificate_chain_invalid);
}

TEST_F(Issue, DrawsSerialsOfTwentyOctets) {
  const Certificate first = authority();
  const Certificate second = authority();
  EXPECT_EQ(first.serial().size(), 40U);
  EXPECT_NE(first.serial(), second.serial());
}

TEST_F(Issue, TakesNamesOf64CharactersButNotOf65) {
  CertificateRequest request = device_request();
  request.common_name = std::string(64, 'x');
  EXPECT_TRUE(issued(request, std::nullopt));
  request.common_name = std::string(65, 'x');
  EXPECT_EQ(refusal_of(request), Errc::invalid_argument);
  request.common_name = "";
  for (int i = 0; i < 64; ++i) request.common_name += "\xc3\xa4";
  EXPECT_TRUE(issued(request, std::nullopt)) << "characters count, not octets";
}

TEST_F(Issue, NamesServersByTheirAlternativeNamesAlone) {
  CertificateRequest request = device_request();
  request.common_name.clear();
  request.dns_names = {"host.example"};
  request.ip_addresses = {"192.0.2.1", "2001:db8::1"};
  const auto server = issued(request, authority());
  ASSERT_TRUE(server) << server.error().detail();
  EXPECT_EQ(server->subject(), "");
  EXPECT_EQ(server->common_name(), std::nullopt);
}

TEST_F(Issue, RefusesWhatACertificateCannotSay) {
  const auto changed = [this](auto change) {
    CertificateRequest request = device_request();
    change(request);
    return refusal_of(std::move(request));
  };
  using Request = CertificateRequest;
  EXPECT_EQ(changed([](Request& r) { r.common_name = ""; }), Errc::invalid_argument);
  EXPECT_EQ(changed([](Request& r) { r.common_name = std::string("a\0b", 3); }), Errc::invalid_argument);
  EXPECT_EQ(changed([](Request& r) { r.common_name = "a\nb"; }), Errc::invalid_argument);
  EXPECT_EQ(changed([](Request& r) { r.organization = std::string(65, 'x'); }), Errc::invalid_argument);
  EXPECT_EQ(changed([](Request& r) { r.dns_names = {"*.example"}; }), Errc::invalid_argument);
  EXPECT_EQ(changed([](Request& r) { r.ip_addresses = {"1.2.3"}; }), Errc::invalid_argument);
  EXPECT_EQ(changed([](Request& r) { r.dns_names.assign(101, "host"); }), Errc::invalid_argument);
  EXPECT_EQ(changed([](Request& r) { r.not_after = r.not_before - std::chrono::seconds(1); }), Errc::invalid_argument);
  EXPECT_EQ(changed([](Request& r) { r.path_length = 0; }), Errc::invalid_argument) << "not an authority";
  EXPECT_EQ(changed([](Request& r) {
              r.is_ca = true;
              r.path_length = -1;
            }),
            Errc::invalid_argument);
}

TEST_F(Issue, PassesOnWhatTheSignerRefuses) {
  class BusySigner final : public crypto::Signer {
   public:
    base::Task<base::Result<base::Bytes>> sign(std::string /*key_id*/, base::Bytes /*data*/) override {
      co_return base::Error(Errc::busy);
    }
  };
  BusySigner busy;
  const auto refused = base::run_task(issue(busy, "ca", std::nullopt, device_request(), random_));
  EXPECT_EQ(refused.error().code(), Errc::busy);
}

TEST(HostName, TakesNamesAndRefusesEverythingElse) {
  const std::string label(63, 'a');
  const std::string longest = label + "." + label + "." + label + "." + label.substr(2);
  for (const std::string& good : {std::string("localhost"), std::string("a.b-c.example"), std::string("1.example"),
                                  std::string("xn--bcher-kva.example"), longest})
    EXPECT_TRUE(is_host_name(good)) << good;
  for (const std::string& bad :
       {std::string(""), std::string("."), std::string("a..b"), std::string("a."), std::string(".a"),
        std::string("-a.example"), std::string("a-.example"), std::string("a_b"), std::string("*.example"),
        std::string("127.0.0.1"), std::string("300.300.300.300"), std::string("a b"), std::string("b\xc3\xbc"),
        std::string("::1"), label + "a", longest + "a", std::string("a\0b", 3)})
    EXPECT_FALSE(is_host_name(bad)) << bad;
}

TEST(IpOctets, ReadsBothVersions) {
  EXPECT_EQ(base::to_hex(*ip_octets("192.0.2.1")), "c0000201");
  EXPECT_EQ(base::to_hex(*ip_octets("2001:db8::1")), "20010db8000000000000000000000001");
  for (const auto* bad : {"", "1.2.3", "1.2.3.4.5", "256.1.1.1", "[::1]", "::1%eth0", "host"})
    EXPECT_FALSE(ip_octets(bad)) << bad;
}

}  // namespace
}  // namespace muster::ca
