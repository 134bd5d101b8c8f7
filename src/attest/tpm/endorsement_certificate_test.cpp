#include "attest/tpm/endorsement_certificate.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "codec/tpm/vectors_test.hpp"
#include "crypto/hash.hpp"

namespace muster::attest::tpm {
namespace {

using base::Bytes;
using base::ByteView;
using base::Errc;
using base::Status;
using codec::tpm::octets;
using crypto::Certificate;

const boost::json::value vectors = codec::tpm::load_vectors("tpm.json");
const base::TimePoint now = *base::from_rfc3339("2026-12-01T00:00:00Z");

Certificate certificate(const char* name) {
  const auto& pem = vectors.at("ekCa").at(name).as_string();
  return *Certificate::from_text({pem.data(), pem.size()});
}

const std::vector<Certificate> roots{certificate("root")};
const std::vector<Certificate> intermediates{certificate("issuer")};

/// The endorsement certificates of one TPM: RSA-2048, P-256, P-384.
Bytes certificate_of(std::size_t index) { return octets(vectors.at("ekCerts").at(index).at("cert")); }

codec::tpm::PublicArea key_of(std::size_t index) {
  return *codec::tpm::parse_public_area(octets(vectors.at("ekCerts").at(index).at("ekPubTPM2B")));
}

Status check(ByteView der, std::size_t key) {
  return check_endorsement_certificate(key_of(key), der, intermediates, roots, now);
}

TEST(EndorsementCertificate, AcceptsEveryKindOfKey) {
  for (std::size_t index = 0; index < 3; ++index) {
    const auto status = check(certificate_of(index), index);
    EXPECT_TRUE(status) << index << ": " << status.error().detail();
  }
}

TEST(EndorsementCertificate, IgnoresPaddingOfTheNvIndexAndNothingElse) {
  Bytes padded = certificate_of(1);
  padded.insert(padded.end(), {0x00, 0xff, 0xff});
  EXPECT_TRUE(check(padded, 1));
  padded.push_back(0x30);
  EXPECT_EQ(check(padded, 1).error().code(), Errc::endorsement_certificate_untrusted);
}

TEST(EndorsementCertificate, RefusesTheCertificateOfAnotherKey) {
  const auto status = check(certificate_of(1), 0);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code(), Errc::endorsement_certificate_untrusted);
  for (const auto& key : {certificate_of(1), certificate_of(0)}) {
    const auto spki = base::to_hex(crypto::sha256(Certificate::from_der(key)->public_key().der()));
    EXPECT_NE(status.error().detail().find(spki), std::string::npos) << status.error().detail();
  }
}

TEST(EndorsementCertificate, RefusesWhatLeadsToNoRoot) {
  const auto ek = key_of(1);
  EXPECT_FALSE(check_endorsement_certificate(ek, certificate_of(1), intermediates, {}, now));
  EXPECT_FALSE(check_endorsement_certificate(ek, certificate_of(1), {}, roots, now));
  // An authority in the middle is root enough for whoever trusts it.
  EXPECT_TRUE(check_endorsement_certificate(ek, certificate_of(1), {}, intermediates, now));
}

TEST(EndorsementCertificate, RefusesCertificateThatIsNotValidYet) {
  const auto early = *base::from_rfc3339("2026-01-01T00:00:00Z");
  const auto status = check_endorsement_certificate(key_of(1), certificate_of(1), intermediates, roots, early);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code(), Errc::endorsement_certificate_untrusted);
}

TEST(EndorsementCertificate, RefusesOneChangedOctetOfTheSignature) {
  Bytes forged = certificate_of(1);
  forged.back() ^= 1U;
  EXPECT_FALSE(check(forged, 1));
}

TEST(EndorsementCertificate, RefusesWhatIsNoCertificate) {
  EXPECT_EQ(check({}, 1).error().code(), Errc::endorsement_certificate_missing);
  const Bytes whole = certificate_of(1);
  for (const std::size_t size : {std::size_t{1}, std::size_t{4}, whole.size() / 2, whole.size() - 1})
    EXPECT_EQ(check(ByteView(whole).first(size), 1).error().code(), Errc::endorsement_certificate_untrusted);
  Bytes longest = whole;
  longest.resize(endorsement_certificate_size_max, 0);
  EXPECT_TRUE(check(longest, 1));
  longest.push_back(0);
  EXPECT_FALSE(check(longest, 1));
}

TEST(EndorsementCertificate, RefusesAnAuthoritysCertificate) {
  // Its key is the authority's, so that the key is what is refused first; the rule is seen with that key presented.
  const Certificate authority = certificate("issuer");
  const auto key = codec::tpm::parse_public_area(
      base::from_hex("0001000b000300b2000000060080004300100c0000000000"
                     "0180" +
                     base::to_hex(ByteView(authority.public_key().der()).subspan(33, 384)))
          .value());
  ASSERT_TRUE(key) << key.error().detail();
  const auto status = check_endorsement_certificate(*key, authority.der(), {}, roots, now);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().detail(), "the certificate, of '" + authority.subject() + "', is an authority's");
}

}  // namespace
}  // namespace muster::attest::tpm
