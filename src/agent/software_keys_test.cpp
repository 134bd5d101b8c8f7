#include "agent/software_keys.hpp"

#include <gtest/gtest.h>

#include "agent/outcome.hpp"

namespace muster::agent {
namespace {

// The example of Microsoft's page on symmetric key attestation.
TEST(GroupKey, DerivesTheKeyThatMicrosoftPublished) {
  const auto group_key =
      base::from_base64("8isrFI1sGsIlvvFSSFRiMfCNzv21fjbE/+ah/lSh3lF8e2YG1Te7w1KpZhJFFXJrqYKi9yegxkqIChbqOS9Egw==");
  const auto key = derive_from_group_key(base::Secret(*group_key), "sn-007-888-abc-mac-a1-b2-c3-d4-e5-f6");
  EXPECT_EQ(base::to_base64(key.reveal()), "Jsm0lyGpjaVYVP2g3FnmnmG9dI/9qU24wNoykUmermc=");
}

// As the Node SDK signed it.
TEST(SymmetricDeviceKey, SignsWithHmacSha256) {
  SymmetricDeviceKey key(base::Secret(*base::from_base64("c3lta2V5LXN5bWtleS1zeW1rZXktc3lta2V5LTAxMjM=")));
  const auto signature = key.sign(base::view("0ne00000001/registrations/dev-sym\n1795456257"));
  ASSERT_TRUE(signature);
  EXPECT_EQ(base::to_base64(*signature), "NIXNTR21cPQFJ3eHZh8Fkn4cVszLPWHczygVexwrh5I=");
}

TEST(CertificateDeviceKey, HasNothingToSign) { EXPECT_FALSE(CertificateDeviceKey().sign(base::view("anything"))); }

TEST(SoftwareKeys, RefuseChallengesForTpms) {
  EXPECT_THROW(CertificateDeviceKey().import_key({}), Failure);
  EXPECT_THROW(SymmetricDeviceKey(base::Secret()).import_key({}), Failure);
}

}  // namespace
}  // namespace muster::agent
