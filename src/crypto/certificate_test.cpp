#include "crypto/certificate.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "crypto/test_certificates.hpp"

namespace muster::crypto {
namespace {

using base::Errc;

template <class T>
Errc refusal_of(const base::Result<T>& result) {
  return result.error().code();
}

/// The device's certificate with one text in it replaced by another of the same length; its signature breaks.
Bytes device_with(std::string_view text, std::string_view replacement) {
  Bytes der = test_certificate("device").der();
  const auto at = std::search(der.begin(), der.end(), text.begin(), text.end());
  std::copy(replacement.begin(), replacement.end(), at);
  return der;
}

TEST(Certificate, IsNotParsedAgainSoonAfterTheLibraryHasParsedIt) {
  const auto device = test_certificate("device");
  const auto taken = Certificate::from_native(device.native());
  const Bytes octets = device.der();
  EXPECT_EQ(Certificate::from_der(octets)->native(), taken->native());
  // Other octets of the same length are another certificate.
  EXPECT_NE(Certificate::from_der(device_with("device-1", "device-2"))->native(), taken->native());
}

// What `openssl x509 -text` says of device.pem (its key is made anew with each run of make.sh; the rest is fixed).
TEST(Certificate, SaysWhatOpensslSaysOfIt) {
  const auto device = test_certificate("device");
  EXPECT_EQ(device.subject(), "CN=device-1, O=Contoso\\, Ltd., C=DE");
  EXPECT_EQ(device.issuer(), "CN=Test Intermediate, O=Contoso");
  EXPECT_EQ(device.common_name(), "device-1");
  EXPECT_EQ(device.serial(), "A1B2");
  EXPECT_EQ(device.version(), 3);
  EXPECT_EQ(base::to_rfc3339(device.not_before()), "2026-01-01T00:00:00.0000000Z");
  EXPECT_EQ(base::to_rfc3339(device.not_after()), "2126-01-01T00:00:00.0000000Z");
  EXPECT_EQ(device.public_key().kind(), "P-256");
  EXPECT_FALSE(device.is_ca());
  EXPECT_TRUE(device.has_extended_key_usage("1.3.6.1.5.5.7.3.2"));
  EXPECT_FALSE(device.has_extended_key_usage("1.3.6.1.5.5.7.3.1"));
  EXPECT_FALSE(device.has_extended_key_usage("nonsense"));
  EXPECT_EQ(device.subject_key_id()->size(), 20U);
}

TEST(Certificate, GivesThumbprintsOfItsOctets) {
  const auto device = test_certificate("device");
  EXPECT_EQ(device.sha1_thumbprint().size(), 40U);
  EXPECT_EQ(base::to_lower(device.sha256_thumbprint()), base::to_hex(sha256(device.der())));
  EXPECT_EQ(device.sha256_thumbprint().find_first_of("abcdef"), std::string::npos);
}

TEST(Certificate, TellsAuthoritiesByTheirBasicConstraints) {
  EXPECT_TRUE(test_certificate("root").is_ca());
  EXPECT_TRUE(test_certificate("intermediate").is_ca());
  EXPECT_FALSE(test_certificate("unconstrained").is_ca());
  EXPECT_FALSE(test_certificate("unconstrained").has_extended_key_usage("1.3.6.1.5.5.7.3.2"));
}

TEST(Certificate, TakesTheLastOfSeveralCommonNames) {
  EXPECT_EQ(test_certificate("two_names").common_name(), "second");
  EXPECT_EQ(test_certificate("umlaut").common_name(), "ger\xc3\xa4t-\xc3\xbc");
  EXPECT_EQ(test_certificate("umlaut").subject(), "CN=ger\xc3\xa4t-\xc3\xbc");
  EXPECT_EQ(test_certificate("no_name").common_name(), std::nullopt);
}

TEST(Certificate, HasNoCommonNameWhereItHoldsANul) {
  const auto certificate = Certificate::from_der(device_with("device-1", std::string_view("devi\0e-1", 8)));
  ASSERT_TRUE(certificate) << certificate.error().detail();
  EXPECT_EQ(certificate->common_name(), std::nullopt);
  EXPECT_EQ(certificate->subject(), "CN=devi\\00e-1, O=Contoso\\, Ltd., C=DE");
}

TEST(Certificate, ReadsPemAndBase64OfBothForms) {
  const auto device = test_certificate("device");
  const std::string pem = device.pem();
  std::string with_returns = pem;
  for (std::size_t at = 0; (at = with_returns.find('\n', at)) != std::string::npos; at += 2)
    with_returns.insert(at, "\r");
  for (const auto& text : {pem, with_returns, "subject=CN=device-1\n" + pem, base::to_base64(device.der()),
                           base::to_base64(base::view(pem)), base::to_base64(device.der()) + "\r\n"}) {
    const auto read = Certificate::from_text(text);
    ASSERT_TRUE(read) << text;
    EXPECT_EQ(*read, device);
  }
  EXPECT_EQ(pem, test_certificate_text("device"));
}

TEST(Certificate, RefusesTextThatIsNotExactlyOne) {
  const std::string pem = test_certificate("device").pem();
  const std::string headless = pem.substr(0, pem.size() - 10);
  for (const std::string& text : {std::string(), std::string("hello"), std::string("AAAA"), pem + pem, headless,
                                  std::string("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"),
                                  std::string(certificate_text_size_max + 1, 'A')})
    EXPECT_EQ(refusal_of(Certificate::from_text(text)), Errc::certificate_malformed) << text.substr(0, 100);
}

TEST(Certificate, RefusesEveryCutAndOctetsBehind) {
  Bytes der = test_certificate("device").der();
  for (std::size_t size = 0; size < der.size(); ++size)
    EXPECT_EQ(refusal_of(Certificate::from_der(ByteView(der).first(size))), Errc::certificate_malformed) << size;
  der.push_back(0);
  EXPECT_EQ(refusal_of(Certificate::from_der(der)), Errc::certificate_malformed);
  EXPECT_EQ(refusal_of(Certificate::from_der(Bytes(certificate_size_max + 1, 0x30))), Errc::certificate_malformed);
}

TEST(Certificate, SurvivesEveryChangedOctet) {
  const Bytes der = test_certificate("device").der();
  for (std::size_t at = 0; at < der.size(); ++at) {
    Bytes changed = der;
    changed[at] ^= 0xffU;
    const auto certificate = Certificate::from_der(changed);
    if (!certificate) continue;
    EXPECT_NE(*certificate, test_certificate("device")) << at;
    EXPECT_FALSE(certificate->is_issued_by(test_certificate("intermediate"))) << at;
  }
}

TEST(Certificate, RefusesDatesThatCannotBeRead) {
  EXPECT_EQ(refusal_of(Certificate::from_der(device_with("260101000000Z", "261301000000Z"))),
            Errc::certificate_malformed);
}

TEST(Certificate, RefusesKeysThatAreWeakOrUncommon) {
  for (const auto* name : {"rsa1024", "k256", "explicit", "ed25519"})
    EXPECT_EQ(refusal_of(Certificate::from_text(test_certificate_text(name))), Errc::certificate_malformed) << name;
}

TEST(Certificate, IsIssuedByWhoeverSignedItAndIsNamed) {
  const auto root = test_certificate("root");
  const auto intermediate = test_certificate("intermediate");
  EXPECT_TRUE(intermediate.is_issued_by(root));
  EXPECT_TRUE(root.is_issued_by(root));
  EXPECT_TRUE(test_certificate("sha1").is_issued_by(intermediate));
  EXPECT_FALSE(intermediate.is_issued_by(test_certificate("impostor"))) << "same name, another key";
  EXPECT_FALSE(test_certificate("device").is_issued_by(root));
  EXPECT_TRUE(test_certificate("names_serial").is_issued_by(test_certificate("reissued")));
}

TEST(Certificate, MatchesIssuersByNameAndByKeyId) {
  const auto root = test_certificate("root");
  EXPECT_EQ(test_certificate("intermediate").match_issuer(root), IssuerMatch::by_key_id);
  EXPECT_EQ(test_certificate("intermediate").match_issuer(test_certificate("impostor")), IssuerMatch::none);
  EXPECT_EQ(test_certificate("device").match_issuer(root), IssuerMatch::none);
  EXPECT_EQ(root.match_issuer(root), IssuerMatch::by_name) << "it has no authorityKeyIdentifier";
}

TEST(Certificate, ComparesOctets) {
  EXPECT_EQ(test_certificate("root"), test_certificate("root"));
  EXPECT_NE(test_certificate("root"), test_certificate("impostor"));
}

TEST(CertificatesFromPem, ReadsABundleInItsOrder) {
  const std::vector<Certificate> chain{test_certificate("device"), test_certificate("intermediate")};
  const auto read = certificates_from_pem("first\n" + to_pem(chain), 2);
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, chain);
}

TEST(CertificatesFromPem, RefusesTooManyNoneAndBrokenOnes) {
  const std::string two = test_certificate_text("device") + test_certificate_text("root");
  EXPECT_EQ(refusal_of(certificates_from_pem(two, 1)), Errc::too_many_items);
  EXPECT_EQ(refusal_of(certificates_from_pem("", 1)), Errc::certificate_malformed);
  EXPECT_EQ(refusal_of(certificates_from_pem(two.substr(0, two.size() - 30), 2)), Errc::certificate_malformed);
  EXPECT_EQ(certificates_from_pem(test_certificate_text("device") + test_certificate_text("k256"), 2).error().detail(),
            "certificate 2: a public key of a kind or size that is not supported");
}

}  // namespace
}  // namespace muster::crypto
