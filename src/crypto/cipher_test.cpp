#include "crypto/cipher.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace muster::crypto {
namespace {

Bytes hex(std::string_view text) { return base::from_hex(text).value(); }

TEST(AesCfb, EncryptsAsAnotherImplementation) {
  // Both computed by an implementation in Python, beside the recipe of Azure's activation blob.
  const Bytes uri = base::to_bytes("0ne00000001/registrations/dev1");
  EXPECT_EQ(base::to_hex(aes_cfb128_encrypt(hex("000102030405060708090a0b0c0d0e0f"), uri)),
            "f6cf5e07b7bf6bb25f7fb04dd3adbf1055b90892412e758ac6a9ea95a62d");
  EXPECT_EQ(base::to_hex(aes_cfb128_encrypt(hex("ca10b422ebda5140d97e8eec4ad9e16e"),
                                            hex("0010000102030405060708090a0b0c0d0e0f"))),
            "ca1c60584d37728e0c6651ac60f60fa1c77b");
}

TEST(AesCfb, FirstBlockIsTheCipherOfTheInitialVector) {
  // FIPS 197 ciphers of the zero block: NIST CAVP, KeySbox with these keys.
  EXPECT_EQ(base::to_hex(aes_cfb128_encrypt(hex("10a58869d74be5a374cf867cfb473859"), Bytes(16, 0))),
            "6d251e6944b051e04eaa6fb4dbf78465");
  EXPECT_EQ(base::to_hex(aes_cfb128_encrypt(hex("c47b0294dbbbee0fec4757f22ffeee3587ca4730c3d33b691df38bab076bc558"),
                                            Bytes(16, 0))),
            "46f2fb342d6f0ab477476fc501242c5f");
}

TEST(AesCfb, DecryptsWhatItEncryptedAtEverySize) {
  const Bytes key(24, 7);
  for (std::size_t size = 0; size <= 50; ++size) {
    const Bytes plain(size, 0x42);
    const Bytes encrypted = aes_cfb128_encrypt(key, plain);
    EXPECT_EQ(encrypted.size(), size);
    EXPECT_EQ(aes_cfb128_decrypt(key, encrypted), plain);
  }
}

TEST(AesCfb, ThrowsForKeysOfAnotherSize) {
  for (const std::size_t size : {0U, 15U, 17U, 33U})
    EXPECT_THROW(aes_cfb128_encrypt(Bytes(size, 0), Bytes(4, 0)), std::invalid_argument) << size;
}

}  // namespace
}  // namespace muster::crypto
