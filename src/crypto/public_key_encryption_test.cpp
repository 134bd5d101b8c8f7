#include "crypto/public_key_encryption.hpp"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>

#include "crypto/native.hpp"

namespace muster::crypto {
namespace {

using base::Errc;
using base::Secret;

const PrivateKey& rsa_key() {
  static const PrivateKey key = [] {
    const native::Key drawn(EVP_RSA_gen(2048));
    const std::unique_ptr<PKCS8_PRIV_KEY_INFO, native::Release<PKCS8_PRIV_KEY_INFO_free>> info(
        EVP_PKEY2PKCS8(drawn.get()));
    return *PrivateKey::from_pkcs8(Secret(native::encode(info.get(), i2d_PKCS8_PRIV_KEY_INFO)));
  }();
  return key;
}

// That others can open what is encrypted here, and the reverse, is shown with the TPM vectors: codec/tpm.
TEST(RsaOaep, HolderOpensWhatWasEncrypted) {
  const Bytes label = base::to_bytes("label");
  const Bytes plain(32, 9);
  for (const auto algorithm : {HashAlgorithm::sha256, HashAlgorithm::sha384}) {
    const auto encrypted = rsa_oaep_encrypt(rsa_key().public_key(), algorithm, label, plain);
    ASSERT_TRUE(encrypted);
    EXPECT_EQ(encrypted->size(), 256U);
    const auto opened = rsa_oaep_decrypt(rsa_key(), algorithm, label, *encrypted);
    ASSERT_TRUE(opened);
    EXPECT_EQ(base::to_bytes(opened->reveal()), plain);
  }
}

TEST(RsaOaep, TakesAnEmptyLabel) {
  const auto encrypted = rsa_oaep_encrypt(rsa_key().public_key(), HashAlgorithm::sha256, {}, Bytes(1, 1));
  ASSERT_TRUE(encrypted);
  EXPECT_TRUE(rsa_oaep_decrypt(rsa_key(), HashAlgorithm::sha256, {}, *encrypted));
}

TEST(RsaOaep, RefusesAnotherLabelHashOrText) {
  const Bytes label = base::to_bytes("label");
  auto encrypted = rsa_oaep_encrypt(rsa_key().public_key(), HashAlgorithm::sha256, label, Bytes(32, 9));
  ASSERT_TRUE(encrypted);
  EXPECT_FALSE(rsa_oaep_decrypt(rsa_key(), HashAlgorithm::sha256, base::to_bytes("Label"), *encrypted));
  EXPECT_FALSE(rsa_oaep_decrypt(rsa_key(), HashAlgorithm::sha384, label, *encrypted));
  encrypted->back() ^= 1U;
  EXPECT_FALSE(rsa_oaep_decrypt(rsa_key(), HashAlgorithm::sha256, label, *encrypted));
  EXPECT_FALSE(rsa_oaep_decrypt(rsa_key(), HashAlgorithm::sha256, label, {}));
}

TEST(RsaOaep, RefusesTextsThatAreTooLong) {
  // RFC 8017 section 7.1.1: at most k - 2 hLen - 2 octets.
  EXPECT_TRUE(rsa_oaep_encrypt(rsa_key().public_key(), HashAlgorithm::sha256, {}, Bytes(190, 1)));
  const auto encrypted = rsa_oaep_encrypt(rsa_key().public_key(), HashAlgorithm::sha256, {}, Bytes(191, 1));
  ASSERT_FALSE(encrypted);
  EXPECT_EQ(encrypted.error().code(), Errc::invalid_argument);
}

TEST(RsaOaep, RefusesKeysOfAnotherKind) {
  const PrivateKey key = PrivateKey::generate_p256();
  EXPECT_FALSE(rsa_oaep_encrypt(key.public_key(), HashAlgorithm::sha256, {}, Bytes(1, 1)));
  EXPECT_FALSE(rsa_oaep_decrypt(key, HashAlgorithm::sha256, {}, Bytes(256, 1)));
}

}  // namespace
}  // namespace muster::crypto
