#include "attest/symmetric_key/symmetric_key.hpp"

#include <gtest/gtest.h>

namespace muster::attest::symmetric_key {
namespace {

using base::Errc;
using base::Secret;
using base::Status;

constexpr const char* resource = "0ne00000001/registrations/Device-7";
const base::TimePoint now = base::from_unix_seconds(1'800'000'000);
const Secret primary(base::Bytes(32, 1));
const Secret secondary(base::Bytes(32, 2));
const Secret another(base::Bytes(32, 3));
const Secret none;

codec::SasToken token(const Secret& key, std::string_view sr = resource, base::Duration life = std::chrono::hours(1)) {
  return *codec::parse_sas_token(codec::make_sas_token(sr, key, now + life, "registration"));
}

Errc refusal_of(const Status& status) { return status.error().code(); }

TEST(SymmetricKey, AcceptsTokenSignedWithTheKey) {
  EXPECT_TRUE(check_token(token(primary), primary, resource, now));
  EXPECT_TRUE(check_token(token(primary, "0ne00000001%2fregistrations%2fdevice-7"), primary, resource, now));
  EXPECT_TRUE(check_token(token(primary, resource, std::chrono::hours(24 * 400)), primary, resource, now));
}

TEST(SymmetricKey, RefusesTokenSignedWithAnotherKey) {
  EXPECT_EQ(refusal_of(check_token(token(another), primary, resource, now)), Errc::signature_mismatch);
}

TEST(SymmetricKey, RefusesTokenWhoseSignedTextWasChanged) {
  auto respelled = token(primary);
  respelled.resource_as_sent = "0ne00000001%2Fregistrations%2FDevice-7";
  EXPECT_EQ(refusal_of(check_token(respelled, primary, resource, now)), Errc::signature_mismatch);
  auto prolonged = token(primary);
  prolonged.expires_as_sent = "1900000000";
  EXPECT_EQ(refusal_of(check_token(prolonged, primary, resource, now)), Errc::signature_mismatch);
  auto shortened = token(primary);
  shortened.signature.pop_back();
  EXPECT_EQ(refusal_of(check_token(shortened, primary, resource, now)), Errc::signature_mismatch);
  shortened.signature.clear();
  EXPECT_EQ(refusal_of(check_token(shortened, primary, resource, now)), Errc::signature_mismatch);
}

TEST(SymmetricKey, RefusesTokenForAnotherResourceNamingBoth) {
  const auto status = check_token(token(primary, "0ne00000001/registrations/other"), primary, resource, now);
  ASSERT_FALSE(status);
  EXPECT_EQ(refusal_of(status), Errc::token_for_another_resource);
  EXPECT_EQ(status.error().detail(),
            "the token is for \"0ne00000001/registrations/other\", not for \"0ne00000001/registrations/Device-7\"");
}

TEST(SymmetricKey, TokenEndsAtItsSecond) {
  EXPECT_TRUE(check_token(token(primary, resource, std::chrono::seconds(1)), primary, resource, now));
  EXPECT_EQ(refusal_of(check_token(token(primary, resource, std::chrono::seconds(0)), primary, resource, now)),
            Errc::token_expired);
}

TEST(SymmetricKey, EitherOfTwoKeysWill) {
  EXPECT_TRUE(check_token_with_any_of(token(primary), primary, secondary, resource, now));
  EXPECT_TRUE(check_token_with_any_of(token(secondary), primary, secondary, resource, now));
  EXPECT_EQ(refusal_of(check_token_with_any_of(token(another), primary, secondary, resource, now)),
            Errc::signature_mismatch);
}

TEST(SymmetricKey, EmptyKeyOpensNothing) {
  EXPECT_EQ(refusal_of(check_token(token(none), none, resource, now)), Errc::signature_mismatch);
  EXPECT_EQ(refusal_of(check_token_with_any_of(token(none), primary, none, resource, now)), Errc::signature_mismatch);
  const Secret derived_from_none = derive_device_key(none, "Device-7");
  EXPECT_EQ(refusal_of(check_group_token(token(derived_from_none), none, none, "Device-7", resource, now)),
            Errc::signature_mismatch);
}

TEST(SymmetricKey, DerivesTheDeviceKeyThatAzureDocuments) {
  const Secret group_key(
      *base::from_base64("8isrFI1sGsIlvvFSSFRiMfCNzv21fjbE/+ah/lSh3lF8e2YG1Te7w1KpZhJFFXJrqYKi9yegxkqIChbqOS9Egw=="));
  EXPECT_EQ(base::to_base64(derive_device_key(group_key, "sn-007-888-abc-mac-a1-b2-c3-d4-e5-f6").reveal()),
            "Jsm0lyGpjaVYVP2g3FnmnmG9dI/9qU24wNoykUmermc=");
}

TEST(SymmetricKey, GroupAcceptsKeysDerivedFromEitherSpellingAndEitherKey) {
  for (const Secret* group_key : {&primary, &secondary}) {
    for (const char* id : {"Device-7", "device-7"}) {
      const Secret key = derive_device_key(*group_key, id);
      EXPECT_TRUE(check_group_token(token(key), primary, secondary, "Device-7", resource, now)) << id;
    }
  }
}

TEST(SymmetricKey, GroupRefusesKeyOfAnotherDeviceAndTheGroupsOwn) {
  const Secret key = derive_device_key(primary, "device-8");
  EXPECT_EQ(refusal_of(check_group_token(token(key), primary, secondary, "Device-7", resource, now)),
            Errc::signature_mismatch);
  EXPECT_EQ(refusal_of(check_group_token(token(primary), primary, secondary, "Device-7", resource, now)),
            Errc::signature_mismatch);
}

TEST(SymmetricKey, DetailHoldsNeitherKeyNorSignature) {
  const auto presented = token(another);
  const auto status = check_token(presented, primary, resource, now);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().detail().find(base::to_base64(presented.signature)), std::string::npos);
  EXPECT_EQ(status.error().detail().find(base::to_base64(primary.reveal())), std::string::npos);
}

}  // namespace
}  // namespace muster::attest::symmetric_key
