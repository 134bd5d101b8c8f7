#include "codec/tpm/public_area.hpp"

#include <gtest/gtest.h>

#include "codec/tpm/vectors_test.hpp"

namespace muster::codec::tpm {
namespace {

using base::Errc;

const boost::json::value vectors = load_vectors("tpm.json");

/// The endorsement keys of one TPM: RSA-2048, P-256 and P-384, as TPM2B_PUBLIC.
Bytes endorsement_key(std::size_t index) { return octets(vectors.at("ekCerts").at(index).at("ekPubTPM2B")); }

Bytes with(Bytes octets, std::size_t position, std::uint16_t number) {
  octets.at(position) = static_cast<std::uint8_t>(number >> 8U);
  octets.at(position + 1) = static_cast<std::uint8_t>(number);
  return octets;
}

Errc refusal_of(ByteView octets) { return parse_public_area(octets).error().code(); }

// Where things stand in an endorsement key with its 32-octet policy, behind the two octets of its size.
constexpr std::size_t at_type = 2;
constexpr std::size_t at_name_algorithm = 4;
constexpr std::size_t at_policy_size = 10;
constexpr std::size_t at_symmetric = 44;
constexpr std::size_t at_key_bits_of_symmetric = 46;
constexpr std::size_t at_mode = 48;
constexpr std::size_t at_scheme = 50;
constexpr std::size_t at_rsa_bits = 52;
constexpr std::size_t at_modulus_size = 58;
constexpr std::size_t at_curve = 52;
constexpr std::size_t at_derivation = 54;
constexpr std::size_t at_x_size = 56;

TEST(TpmPublicArea, ReadsEndorsementKeysOfEveryKind) {
  const auto rsa = parse_public_area(endorsement_key(0));
  ASSERT_TRUE(rsa) << rsa.error().detail();
  EXPECT_EQ(rsa->attributes, 0x000300b2U);
  EXPECT_TRUE(rsa->has(KeyAttribute::restricted));
  EXPECT_FALSE(rsa->has(KeyAttribute::sign));
  EXPECT_EQ(rsa->policy.size(), 32U);
  EXPECT_EQ(rsa->symmetric.algorithm, Algorithm::aes);
  EXPECT_EQ(rsa->symmetric.key_bits, 128);
  EXPECT_EQ(std::get<RsaKey>(rsa->key).bits, 2048);
  EXPECT_EQ(std::get<RsaKey>(rsa->key).exponent, 65537U);
  EXPECT_EQ(rsa->sized_octets(), endorsement_key(0));

  const auto p256 = parse_public_area(endorsement_key(1));
  ASSERT_TRUE(p256) << p256.error().detail();
  EXPECT_EQ(std::get<EccKey>(p256->key).curve, crypto::NistCurve::p256);

  const auto p384 = parse_public_area(endorsement_key(2));
  ASSERT_TRUE(p384) << p384.error().detail();
  EXPECT_EQ(p384->name_algorithm, crypto::HashAlgorithm::sha384);
  EXPECT_EQ(p384->symmetric.key_bits, 256);
  EXPECT_EQ(std::get<EccKey>(p384->key).x.size(), 48U);
  for (const auto* area : {&*rsa, &*p256, &*p384}) EXPECT_TRUE(area->public_key());
}

TEST(TpmPublicArea, ComputesTheNameThatTheTpmComputes) {
  // The TPM attested the name of this key: TPMS_ATTEST ends with the TPM2B name and a TPM2B creation hash.
  const auto& certified = vectors.at("attest").at(0);
  const auto key = parse_public_area(octets(certified.at("keyPubTPM2B")));
  ASSERT_TRUE(key) << key.error().detail();
  const Bytes attest = octets(certified.at("attest"));
  const std::string name = "0022" + base::to_hex(key->name());
  EXPECT_NE(base::to_hex(attest).find(name), std::string::npos);
}

TEST(TpmPublicArea, ReadsBareStructuresAndSigningKeys) {
  const auto bare = parse_public_area(octets(vectors.at("credentials").at(0).at("ekPub")));
  ASSERT_TRUE(bare) << bare.error().detail();
  const auto signing = parse_public_area(octets(vectors.at("attest").at(0).at("akPubTPM2B")));
  ASSERT_TRUE(signing) << signing.error().detail();
  EXPECT_EQ(signing->scheme.algorithm, Algorithm::ecdsa);
  EXPECT_EQ(signing->scheme.hash, crypto::HashAlgorithm::sha256);
  EXPECT_EQ(signing->symmetric.algorithm, Algorithm::null);
}

TEST(TpmPublicArea, RefusesEveryTruncationAndWhatIsLeftOver) {
  for (std::size_t index = 0; index < 3; ++index) {
    const Bytes whole = endorsement_key(index);
    for (std::size_t size = 0; size < whole.size(); ++size)
      EXPECT_FALSE(parse_public_area(ByteView(whole).first(size))) << size;
    Bytes longer = whole;
    longer.push_back(0);
    EXPECT_FALSE(parse_public_area(longer));
    // The size in front agrees, but the structure ends before it does.
    EXPECT_EQ(refusal_of(with(longer, 0, static_cast<std::uint16_t>(longer.size() - 2))),
              Errc::tpm_structure_malformed);
  }
  EXPECT_EQ(refusal_of(Bytes(public_area_size_max + 1, 0)), Errc::tpm_structure_malformed);
}

TEST(TpmPublicArea, RefusesWhatContradictsItself) {
  const Bytes rsa = endorsement_key(0);
  const Bytes p256 = endorsement_key(1);
  const Bytes cases[] = {with(rsa, at_rsa_bits, 3072),    with(rsa, at_modulus_size, 255),
                         with(rsa, at_modulus_size, 257), with(rsa, at_policy_size, 65),
                         with(p256, at_x_size, 33),       with(p256, at_x_size, 0xffff)};
  for (const Bytes& octets : cases) EXPECT_EQ(refusal_of(octets), Errc::tpm_structure_malformed);
}

TEST(TpmPublicArea, RefusesAlgorithmsItDoesNotKnow) {
  const Bytes rsa = endorsement_key(0);
  const Bytes p256 = endorsement_key(1);
  const Bytes cases[] = {
      with(rsa, at_type, 0x0008),               // a keyed hash
      with(rsa, at_name_algorithm, 0x0004),     // SHA-1
      with(rsa, at_name_algorithm, 0x000d),     // SHA-512
      with(rsa, at_symmetric, 0x0026),          // Camellia
      with(rsa, at_key_bits_of_symmetric, 64),  // no AES key has 64 bits
      with(rsa, at_mode, 0x0042),               // CBC
      with(rsa, at_scheme, 0x001a),             // ECDAA
      with(rsa, at_rsa_bits, 1024),             //
      with(rsa, at_rsa_bits, 4104),             //
      with(rsa, at_rsa_bits, 2049),             //
      with(p256, at_curve, 0x0005),             // P-521
      with(p256, at_curve, 0x0010),             // BN-256
      with(p256, at_derivation, 0x0020),        // KDF1 of SP 800-56A
  };
  for (const Bytes& octets : cases) EXPECT_EQ(refusal_of(octets), Errc::tpm_key_unsupported) << base::to_hex(octets);
}

TEST(TpmPublicArea, RefusesKeysWhoseNumbersAreUnusable) {
  // Keys start as templates, whose modulus and point are zeros.
  Bytes zeros = endorsement_key(0);
  std::fill(zeros.begin() + at_modulus_size + 2, zeros.end(), std::uint8_t{0});
  const auto rsa = parse_public_area(zeros);
  ASSERT_TRUE(rsa);
  EXPECT_EQ(rsa->public_key().error().code(), Errc::tpm_key_unsupported);

  Bytes off_curve = endorsement_key(1);
  off_curve.back() ^= 1U;
  const auto p256 = parse_public_area(off_curve);
  ASSERT_TRUE(p256);
  EXPECT_EQ(p256->public_key().error().code(), Errc::tpm_key_unsupported);
}

TEST(TpmPublicArea, PadsCoordinatesThatTheTpmShortened) {
  // A coordinate of 31 octets: the parser takes it as a number with a leading zero.
  Bytes shorter = with(endorsement_key(1), at_x_size, 31);
  shorter.erase(shorter.begin() + at_x_size + 2);
  const auto area = parse_public_area(with(shorter, 0, static_cast<std::uint16_t>(shorter.size() - 2)));
  ASSERT_TRUE(area) << area.error().detail();
  EXPECT_EQ(std::get<EccKey>(area->key).x.size(), 32U);
  EXPECT_EQ(std::get<EccKey>(area->key).x.front(), 0);
}

}  // namespace
}  // namespace muster::codec::tpm
