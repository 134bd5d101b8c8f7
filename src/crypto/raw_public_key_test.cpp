#include "crypto/raw_public_key.hpp"

#include <gtest/gtest.h>

namespace muster::crypto {
namespace {

using base::Errc;

// The generators of the curves: NIST SP 800-186, sections 3.2.1.3 and 3.2.1.4.
const Bytes p256_x = *base::from_hex("6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296");
const Bytes p256_y = *base::from_hex("4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5");
const Bytes p384_x =
    *base::from_hex("aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760ab7");
const Bytes p384_y =
    *base::from_hex("3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5f");

Bytes modulus(std::size_t size) {
  Bytes octets(size, 0x55);
  octets.front() = 0xd5;
  return octets;
}

TEST(RawPublicKey, EncodesPointOfEachCurve) {
  // The headers are those of RFC 5480; other programs print them for every key of these curves.
  const auto p256 = ec_public_key(NistCurve::p256, p256_x, p256_y);
  ASSERT_TRUE(p256);
  EXPECT_EQ(base::to_hex(p256->der()),
            "3059301306072a8648ce3d020106082a8648ce3d03010703420004" + base::to_hex(p256_x) + base::to_hex(p256_y));
  const auto p384 = ec_public_key(NistCurve::p384, p384_x, p384_y);
  ASSERT_TRUE(p384);
  EXPECT_EQ(base::to_hex(p384->der()),
            "3076301006072a8648ce3d020106052b8104002203620004" + base::to_hex(p384_x) + base::to_hex(p384_y));
}

TEST(RawPublicKey, RefusesPointOffTheCurve) {
  Bytes y = p256_y;
  y.back() ^= 1U;
  const auto key = ec_public_key(NistCurve::p256, p256_x, y);
  ASSERT_FALSE(key);
  EXPECT_EQ(key.error().code(), Errc::invalid_argument);
  EXPECT_FALSE(ec_public_key(NistCurve::p256, Bytes(32, 0), Bytes(32, 0)));
  EXPECT_FALSE(ec_public_key(NistCurve::p256, Bytes(32, 0xff), Bytes(32, 0xff)));
}

TEST(RawPublicKey, RefusesCoordinatesOfAnotherSize) {
  EXPECT_FALSE(ec_public_key(NistCurve::p384, p256_x, p256_y));
  EXPECT_FALSE(ec_public_key(NistCurve::p256, ByteView(p256_x).subspan(1), p256_y));
  EXPECT_FALSE(ec_public_key(NistCurve::p256, {}, {}));
}

TEST(RawPublicKey, EncodesRsaKey) {
  const auto key = rsa_public_key(modulus(256), 65537);
  ASSERT_TRUE(key);
  // RFC 3279 section 2.3.1, as every RSA-2048 key with the exponent 65537 is encoded.
  EXPECT_EQ(base::to_hex(key->der()), "30820122300d06092a864886f70d01010105000382010f003082010a0282010100" +
                                          base::to_hex(modulus(256)) + "0203010001");
  EXPECT_EQ(key->kind(), "RSA-2048");
}

TEST(RawPublicKey, RefusesRsaNumbersThatAreUnsafe) {
  Bytes even = modulus(256);
  even.back() = 0x54;
  Bytes short_modulus = modulus(256);
  short_modulus.front() = 0;
  EXPECT_FALSE(rsa_public_key(even, 65537));
  EXPECT_FALSE(rsa_public_key(short_modulus, 65537));
  EXPECT_FALSE(rsa_public_key(modulus(255), 65537));
  EXPECT_FALSE(rsa_public_key(modulus(513), 65537));
  EXPECT_FALSE(rsa_public_key({}, 65537));
  // With exponent 1 the encrypted text is the text.
  for (const std::uint32_t exponent : {0U, 1U, 3U, 65536U, 65538U})
    EXPECT_FALSE(rsa_public_key(modulus(256), exponent)) << exponent;
  EXPECT_TRUE(rsa_public_key(modulus(512), 65539));
}

}  // namespace
}  // namespace muster::crypto
