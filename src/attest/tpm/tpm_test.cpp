#include "attest/tpm/tpm.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "codec/tpm/vectors_test.hpp"
#include "crypto/hash.hpp"

namespace muster::attest::tpm {
namespace {

using base::Errc;
using base::Secret;
using codec::tpm::KeyAttribute;
using codec::tpm::octets;

const boost::json::value vectors = codec::tpm::load_vectors("tpm.json");

Bytes endorsement_key(std::size_t index) { return octets(vectors.at("ekCerts").at(index).at("ekPubTPM2B")); }

Bytes storage_root_key() { return octets(vectors.at("azure").at(0).at("srkPub")); }

/// The key with these bits of its attributes turned over. It is a bare TPMT_PUBLIC.
Bytes turned(Bytes key, KeyAttribute attribute) {
  const auto bits = static_cast<std::uint32_t>(attribute);
  for (unsigned i = 0; i < 4; ++i) key.at(4 + i) ^= static_cast<std::uint8_t>(bits >> (24 - 8 * i));
  return key;
}

TEST(TpmKeys, AcceptsEndorsementKeysOfEveryKind) {
  for (std::size_t index = 0; index < 3; ++index) {
    const auto ek = read_endorsement_key(endorsement_key(index));
    ASSERT_TRUE(ek) << ek.error().detail();
    EXPECT_EQ(ek->hash.size(), 32U);
  }
}

TEST(TpmKeys, IdentityIsTheKeyNotItsEncoding) {
  const Bytes sized = endorsement_key(1);
  const auto as_sent = read_endorsement_key(sized);
  const auto bare = read_endorsement_key(ByteView(sized).subspan(2));
  ASSERT_TRUE(as_sent && bare);
  EXPECT_EQ(as_sent->hash, bare->hash);
  EXPECT_NE(as_sent->hash, read_endorsement_key(endorsement_key(0))->hash);
  // From the openssl command and the key's certificate.
  EXPECT_EQ(base::to_hex(as_sent->hash), "2f03aa06b2f8f0cd1db626cda5197b079fc9a62912f4d4cbc6bc0c85861ec214");
}

TEST(TpmKeys, RefusesEndorsementKeyThatIsNoStorageKey) {
  const Bytes ek = octets(vectors.at("credentials").at(0).at("ekPub"));
  ASSERT_TRUE(read_endorsement_key(ek));
  for (const auto attribute : {KeyAttribute::restricted, KeyAttribute::decrypt, KeyAttribute::sign})
    EXPECT_EQ(read_endorsement_key(turned(ek, attribute)).error().code(), Errc::tpm_key_unsupported);
  EXPECT_EQ(read_endorsement_key(octets(vectors.at("attest").at(0).at("akPubTPM2B"))).error().code(),
            Errc::tpm_key_unsupported);
  EXPECT_EQ(read_endorsement_key({}).error().code(), Errc::tpm_structure_malformed);
}

TEST(TpmKeys, RefusesEndorsementKeyOffItsCurve) {
  Bytes ek = endorsement_key(1);
  ek.back() ^= 1U;
  EXPECT_EQ(read_endorsement_key(ek).error().code(), Errc::tpm_key_unsupported);
}

TEST(TpmKeys, RefusesStorageKeyMissingAnyProtection) {
  ASSERT_TRUE(read_storage_root_key(storage_root_key()));
  const std::pair<KeyAttribute, Errc> cases[] = {
      {KeyAttribute::fixed_tpm, Errc::storage_key_not_bound_to_tpm},
      {KeyAttribute::fixed_parent, Errc::storage_key_not_bound_to_tpm},
      {KeyAttribute::sensitive_data_origin, Errc::storage_key_not_bound_to_tpm},
      {KeyAttribute::restricted, Errc::storage_key_not_restricted},
      {KeyAttribute::decrypt, Errc::storage_key_not_restricted},
      {KeyAttribute::sign, Errc::storage_key_not_restricted},
  };
  for (const auto& [attribute, refusal] : cases) {
    const auto key = read_storage_root_key(turned(storage_root_key(), attribute));
    ASSERT_FALSE(key) << static_cast<std::uint32_t>(attribute);
    EXPECT_EQ(key.error().code(), refusal) << static_cast<std::uint32_t>(attribute);
    EXPECT_FALSE(key.error().detail().empty());
  }
}

TEST(TpmKeys, RegistrationIdIsDerivedAsTheSdksDo) {
  const Bytes ek = endorsement_key(0);
  // From Python's hashlib and base64.
  EXPECT_EQ(registration_id_of(ek), "7nztltbrlto6yelh3v5rvuwxswe4of6m2sfzoazlzmwun7rkjupq");
}

TEST(TpmKeys, ComparesEnrolledWithPresentedKey) {
  EXPECT_TRUE(check_enrolled_endorsement_key(endorsement_key(0), endorsement_key(0)));
  const auto status = check_enrolled_endorsement_key(endorsement_key(0), endorsement_key(1));
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code(), Errc::endorsement_key_mismatch);
  EXPECT_NE(status.error().detail().find(base::to_hex(crypto::sha256(endorsement_key(1)))), std::string::npos);
}

// Answers to challenges.

constexpr const char* resource = "0ne00000001/registrations/d";
const base::TimePoint now = base::from_unix_seconds(1'800'000'000);
const base::Duration minute = std::chrono::minutes(1);

PendingChallenge challenge(std::uint8_t key, base::Duration left) {
  return PendingChallenge{.key = Secret(Bytes(32, key)), .expires_at = now + left};
}

codec::SasToken answer(std::uint8_t key, std::string_view to = resource, base::Duration life = minute) {
  return *codec::parse_sas_token(codec::make_sas_token(to, Secret(Bytes(32, key)), now + life, "registration"));
}

TEST(TpmChallenge, AcceptsAnswerToAnyOpenOne) {
  const std::vector<PendingChallenge> open{challenge(1, minute), challenge(2, minute), challenge(3, minute)};
  for (const std::uint8_t key : {std::uint8_t{1}, std::uint8_t{2}, std::uint8_t{3}})
    EXPECT_TRUE(check_challenge(answer(key), open, resource, now));
}

TEST(TpmChallenge, RefusesAnswerWithoutChallenge) {
  EXPECT_EQ(check_challenge(answer(1), {}, resource, now).error().code(), Errc::challenge_missing);
}

TEST(TpmChallenge, RefusesAnswerToOneThatIsOver) {
  const std::vector<PendingChallenge> one_over{challenge(1, base::Duration(0)), challenge(2, minute)};
  EXPECT_EQ(check_challenge(answer(1), one_over, resource, now).error().code(), Errc::challenge_expired);
  EXPECT_TRUE(check_challenge(answer(2), one_over, resource, now));
  const std::vector<PendingChallenge> all_over{challenge(1, -minute), challenge(2, -minute)};
  EXPECT_EQ(check_challenge(answer(3), all_over, resource, now).error().code(), Errc::challenge_expired);
}

TEST(TpmChallenge, RefusesAnswerThatNoChallengesKeySigned) {
  const std::vector<PendingChallenge> open{challenge(1, minute), challenge(2, minute)};
  EXPECT_EQ(check_challenge(answer(3), open, resource, now).error().code(), Errc::signature_mismatch);
}

TEST(TpmChallenge, RefusesAnswerForAnotherResourceOrThatEnded) {
  const std::vector<PendingChallenge> open{challenge(1, minute)};
  EXPECT_EQ(check_challenge(answer(1, "0ne00000001/registrations/e"), open, resource, now).error().code(),
            Errc::token_for_another_resource);
  EXPECT_EQ(check_challenge(answer(1, resource, base::Duration(0)), open, resource, now).error().code(),
            Errc::token_expired);
}

}  // namespace
}  // namespace muster::attest::tpm
