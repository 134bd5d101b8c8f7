#include "attest/tpm/endorsement_template.hpp"

#include <gtest/gtest.h>

#include "codec/tpm/endorsement_policy.hpp"

namespace muster::attest::tpm {
namespace {

using base::Bytes;

Bytes hex(std::string_view text) { return base::from_hex(text).value(); }

/// A TPM2B_PUBLIC around these parts.
Bytes sized(std::initializer_list<base::ByteView> parts) {
  const Bytes area = base::concat(parts);
  return base::concat(
      {Bytes{static_cast<std::uint8_t>(area.size() >> 8U), static_cast<std::uint8_t>(area.size())}, area});
}

Bytes low_rsa() {
  return sized({hex("0001000b000300b20020"), codec::tpm::endorsement_policy_low,
                hex("00060080004300100800000000000100"), Bytes(256, 0xc5)});
}
Bytes low_p256() {
  return sized({hex("0023000b000300b20020"), codec::tpm::endorsement_policy_low, hex("000600800043001000030010"),
                hex("0020"), Bytes(32, 1), hex("0020"), Bytes(32, 2)});
}
Bytes high_p384() {
  return sized({hex("0023000c000300f20030"), codec::tpm::endorsement_policy_high, hex("000601000043001000040010"),
                hex("0030"), Bytes(48, 1), hex("0030"), Bytes(48, 2)});
}

TEST(EndorsementTemplate, AcceptsTheThreeDefaultTemplates) {
  EXPECT_EQ(low_rsa().size(), 316U) << "as TPMs write it";
  EXPECT_EQ(low_p256().size(), 124U);
  EXPECT_TRUE(check_default_template(low_rsa()));
  EXPECT_TRUE(check_default_template(low_p256()));
  EXPECT_TRUE(check_default_template(high_p384()));
}

TEST(EndorsementTemplate, RefusesAnyOtherOctetInFrontOfTheKey) {
  for (const Bytes& good : {low_rsa(), low_p256(), high_p384()}) {
    const std::size_t key_begins = good.size() == 316 ? 60 : good.size() == 124 ? 56 : 72;
    for (std::size_t at = 0; at < key_begins; ++at) {
      Bytes changed = good;
      changed[at] ^= 1U;
      EXPECT_FALSE(check_default_template(changed)) << at;
    }
  }
}

TEST(EndorsementTemplate, RefusesOctetsThatAreMissingOrLeftOver) {
  for (const Bytes& good : {low_rsa(), low_p256(), high_p384()}) {
    for (std::size_t size = 0; size < good.size(); ++size)
      EXPECT_FALSE(check_default_template(base::ByteView(good).first(size))) << size;
    EXPECT_FALSE(check_default_template(base::concat({good, Bytes{0}})));
    EXPECT_FALSE(check_default_template(base::ByteView(good).subspan(2))) << "a bare TPMT_PUBLIC";
  }
}

}  // namespace
}  // namespace muster::attest::tpm
