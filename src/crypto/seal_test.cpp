#include "crypto/seal.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace muster::crypto {
namespace {

using base::Secret;

// Test case 16 of McGrew and Viega, "The Galois/Counter Mode of Operation (GCM)", appendix B.
struct Case16 {
  Secret key{*base::from_hex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308")};
  Bytes nonce = *base::from_hex("cafebabefacedbaddecaf888");
  Bytes plaintext = *base::from_hex(
      "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657"
      "ba637b39");
  Bytes associated_data = *base::from_hex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
  Bytes sealed = *base::from_hex(
      "01cafebabefacedbaddecaf888"
      "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0a"
      "bcc9f662"
      "76fc6ece0f4e1768cddf8853bb2d551b");
};

class FixedRandom final : public base::Random {
 public:
  explicit FixedRandom(Bytes bytes) : bytes_(std::move(bytes)) {}
  void fill(std::span<std::uint8_t> bytes) override { std::copy_n(bytes_.begin(), bytes.size(), bytes.begin()); }

 private:
  Bytes bytes_;
};

TEST(Seal, MakesTheOctetsOfThePublishedTestCase) {
  const Case16 known;
  FixedRandom random(known.nonce);
  EXPECT_EQ(seal(known.key, known.plaintext, known.associated_data, random), known.sealed);
}

TEST(Seal, OpensThePublishedTestCase) {
  const Case16 known;
  const auto opened = unseal(known.key, known.sealed, known.associated_data);
  ASSERT_TRUE(opened);
  EXPECT_EQ(base::to_bytes(opened->reveal()), known.plaintext);
}

TEST(Seal, SealsNothingAtAllAndWithoutAPlace) {
  base::SequenceRandom random;
  const Secret key = random.secret(seal_key_size);
  const Bytes sealed = seal(key, {}, {}, random);
  EXPECT_EQ(sealed.size(), 29U);
  const auto opened = unseal(key, sealed, {});
  ASSERT_TRUE(opened);
  EXPECT_TRUE(opened->empty());
}

TEST(Seal, DrawsANonceForEachSecret) {
  base::SequenceRandom random;
  const Secret key = random.secret(seal_key_size);
  EXPECT_NE(seal(key, base::view("secret"), {}, random), seal(key, base::view("secret"), {}, random));
}

TEST(Seal, OpensNothingWhereAnyBitIsAnother) {
  const Case16 known;
  for (std::size_t bit = 0; bit < known.sealed.size() * 8; ++bit) {
    Bytes changed = known.sealed;
    changed[bit / 8] = static_cast<std::uint8_t>(changed[bit / 8] ^ 1U << bit % 8);
    EXPECT_FALSE(unseal(known.key, changed, known.associated_data)) << bit;
  }
}

TEST(Seal, OpensNothingThatIsCutOff) {
  const Case16 known;
  for (std::size_t size = 0; size < known.sealed.size(); ++size)
    EXPECT_FALSE(unseal(known.key, ByteView(known.sealed).first(size), known.associated_data)) << size;
}

TEST(Seal, OpensNothingWithAnotherKeyOrInAnotherPlace) {
  const Case16 known;
  EXPECT_FALSE(unseal(Secret(Bytes(32, 7)), known.sealed, known.associated_data));
  EXPECT_FALSE(unseal(known.key, known.sealed, base::view("elsewhere")));
}

TEST(Seal, ThrowsWhereTheKeyHasAnotherSize) {
  base::SequenceRandom random;
  const Secret short_key(Bytes(16, 1));
  EXPECT_THROW(seal(short_key, {}, {}, random), std::invalid_argument);
  EXPECT_THROW(unseal(short_key, Bytes(40), {}), std::invalid_argument);
}

}  // namespace
}  // namespace muster::crypto
