#include "crypto/key.hpp"

#include <gtest/gtest.h>

#include "crypto/pem.hpp"
#include "crypto/test_certificates.hpp"

namespace muster::crypto {
namespace {

using base::Errc;
using base::Secret;

// RFC 6979 appendix A.2.5: the key, and its signature over "sample" with SHA-256.
Bytes rfc_6979_public_key() {
  return *base::from_hex(
      "3059301306072a8648ce3d020106082a8648ce3d03010703420004"
      "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
      "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299");
}
Bytes rfc_6979_signature() {
  return *base::from_hex(
      "3046022100efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
      "022100f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8");
}

TEST(PublicKey, VerifiesTheSignatureOfRfc6979) {
  const auto key = PublicKey::from_der(rfc_6979_public_key());
  ASSERT_TRUE(key) << key.error().detail();
  EXPECT_EQ(key->kind(), "P-256");
  EXPECT_TRUE(key->verify(HashAlgorithm::sha256, base::view("sample"), rfc_6979_signature()));
}

TEST(PublicKey, RefusesSignaturesOverOtherDataOrByOtherHashes) {
  const auto key = PublicKey::from_der(rfc_6979_public_key());
  EXPECT_FALSE(key->verify(HashAlgorithm::sha256, base::view("simple"), rfc_6979_signature()));
  EXPECT_FALSE(key->verify(HashAlgorithm::sha384, base::view("sample"), rfc_6979_signature()));
  EXPECT_FALSE(key->verify(HashAlgorithm::sha256, base::view("sample"), {}));
  Bytes longer = rfc_6979_signature();
  longer.push_back(0);
  EXPECT_FALSE(key->verify(HashAlgorithm::sha256, base::view("sample"), longer));
}

TEST(PublicKey, GivesBackTheOctetsThatItWasReadFrom) {
  EXPECT_EQ(PublicKey::from_der(rfc_6979_public_key())->der(), rfc_6979_public_key());
}

TEST(PublicKey, RefusesCutOffExtendedAndOversizedInput) {
  const Bytes good = rfc_6979_public_key();
  for (std::size_t size = 0; size < good.size(); ++size)
    EXPECT_EQ(PublicKey::from_der(ByteView(good).first(size)).error().code(), Errc::invalid_argument) << size;
  Bytes longer = good;
  longer.push_back(0);
  EXPECT_EQ(PublicKey::from_der(longer).error().code(), Errc::invalid_argument);
  EXPECT_EQ(PublicKey::from_der(Bytes(8193, 0x30)).error().code(), Errc::invalid_argument);
}

TEST(PublicKey, RefusesAPointThatIsNotOnTheCurve) {
  Bytes off_curve = rfc_6979_public_key();
  off_curve.back() ^= 1U;
  EXPECT_FALSE(PublicKey::from_der(off_curve));
}

TEST(PublicKey, NamesItsKind) {
  EXPECT_EQ(test_certificate("p384").public_key().kind(), "P-384");
  EXPECT_EQ(test_certificate("rsa2048").public_key().kind(), "RSA-2048");
}

TEST(PublicKey, ComparesTheKeyAndNotTheObject) {
  const auto key = PrivateKey::generate_p256();
  EXPECT_EQ(key.public_key(), *PublicKey::from_der(key.public_key().der()));
  EXPECT_NE(key.public_key(), PrivateKey::generate_p256().public_key());
  EXPECT_NE(key.public_key(), test_certificate("rsa2048").public_key());
}

TEST(PrivateKey, SignsWhatItsPublicKeyVerifies) {
  const auto key = PrivateKey::generate_p256();
  const Bytes signature = key.sign_sha256(base::view("message"));
  EXPECT_TRUE(key.public_key().verify(HashAlgorithm::sha256, base::view("message"), signature));
  EXPECT_FALSE(
      PrivateKey::generate_p256().public_key().verify(HashAlgorithm::sha256, base::view("message"), signature));
}

TEST(PrivateKey, SurvivesPkcs8) {
  const auto key = PrivateKey::generate_p256();
  const auto again = PrivateKey::from_pkcs8(key.pkcs8());
  ASSERT_TRUE(again) << again.error().detail();
  EXPECT_EQ(again->public_key(), key.public_key());
}

TEST(PrivateKey, WritesPkcs8AsPem) {
  const auto key = PrivateKey::generate_p256();
  const Secret pem = key.pem();
  const auto blocks = pem_blocks(base::text_view(pem.reveal()), "PRIVATE KEY", 1);
  ASSERT_TRUE(blocks);
  ASSERT_EQ(blocks->size(), 1U);
  EXPECT_EQ(blocks->front(), base::to_bytes(key.pkcs8().reveal()));
}

TEST(PrivateKey, RefusesCutOffExtendedAndForeignInput) {
  const Bytes good = base::to_bytes(PrivateKey::generate_p256().pkcs8().reveal());
  Bytes longer = good;
  longer.push_back(0);
  EXPECT_EQ(PrivateKey::from_pkcs8(Secret(longer)).error().code(), Errc::invalid_argument);
  EXPECT_FALSE(PrivateKey::from_pkcs8(Secret(Bytes(good.begin(), good.end() - 1))));
  EXPECT_FALSE(PrivateKey::from_pkcs8(Secret()));
  // RFC 8410 section 10.3: an Ed25519 key, well formed, of a kind that is not taken.
  const Secret ed25519(*base::from_base64("MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC"));
  EXPECT_EQ(PrivateKey::from_pkcs8(ed25519).error().code(), Errc::invalid_argument);
}

}  // namespace
}  // namespace muster::crypto
