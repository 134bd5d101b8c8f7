#include "crypto/key_agreement.hpp"

#include <gtest/gtest.h>

namespace muster::crypto {
namespace {

using base::Secret;

Bytes hex(std::string_view text) { return base::from_hex(text).value(); }

/// A P-256 private key as PKCS #8 (RFC 5915 inside RFC 5208), without its optional public key.
PrivateKey private_key(std::string_view scalar) {
  return *PrivateKey::from_pkcs8(
      Secret(hex("3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420" + std::string(scalar))));
}

// RFC 5903 section 8.1.
constexpr const char* initiator = "c88f01f510d9ac3f70a292daa2316de544e9aab8afe84049c62a9c57862d1433";
constexpr const char* responder_x = "d12dfb5289c8d4f81208b70270398c342296970a0bccb74c736fc7554494bf63";
constexpr const char* responder_y = "56fbf3ca366cc23e8157854c13c58d6aac23f046ada30f8353e74f33039872ab";
constexpr const char* shared = "d6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464d04b9442de";

TEST(KeyAgreement, YieldsTheSharedPointOfTheStandard) {
  const auto x = shared_x_coordinate(private_key(initiator), NistCurve::p256, hex(responder_x), hex(responder_y));
  ASSERT_TRUE(x);
  EXPECT_EQ(base::to_hex(x->reveal()), shared);
}

TEST(KeyAgreement, BothSidesArriveAtOneSecret) {
  // The initiator's point in RFC 5903.
  const Bytes x = hex("dad0b65394221cf9b051e1feca5787d098dfe637fc90b9ef945d0c3772581180");
  const Bytes y = hex("5271a0461cdb8252d61f1c456fa3e59ab1f45b33accf5f58389e0577b8990bb3");
  const auto sender = agree_with(NistCurve::p256, x, y);
  ASSERT_TRUE(sender);
  const auto holder =
      shared_x_coordinate(private_key(initiator), NistCurve::p256, sender->ephemeral_x, sender->ephemeral_y);
  ASSERT_TRUE(holder);
  EXPECT_EQ(base::to_hex(holder->reveal()), base::to_hex(sender->shared_x.reveal()));

  const auto again = agree_with(NistCurve::p256, x, y);
  ASSERT_TRUE(again);
  EXPECT_NE(again->ephemeral_x, sender->ephemeral_x);
}

TEST(KeyAgreement, RefusesPointOffTheCurve) {
  // With a point of a curve of small order the shared point would give away a part of the private key.
  Bytes y = hex(responder_y);
  y.back() ^= 1U;
  EXPECT_FALSE(agree_with(NistCurve::p256, hex(responder_x), y));
  EXPECT_FALSE(shared_x_coordinate(private_key(initiator), NistCurve::p256, hex(responder_x), y));
}

TEST(KeyAgreement, RefusesKeysOfAnotherCurve) {
  // The generator of P-384: NIST SP 800-186 section 3.2.1.4.
  const Bytes x =
      hex("aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760ab7");
  const Bytes y =
      hex("3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5f");
  ASSERT_TRUE(agree_with(NistCurve::p384, x, y));
  EXPECT_FALSE(shared_x_coordinate(private_key(initiator), NistCurve::p384, x, y));
}

}  // namespace
}  // namespace muster::crypto
