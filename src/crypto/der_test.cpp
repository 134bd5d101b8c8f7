#include "crypto/der.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace muster::crypto::der {
namespace {

std::string hex(const Bytes& octets) { return base::to_hex(octets); }

TEST(Der, WritesObjectIdentifiersAsX690DoesInItsExamples) {
  EXPECT_EQ(hex(object_identifier("2.999.3")), "0603883703");  // X.690 section 8.19.5
  EXPECT_EQ(hex(object_identifier("1.2.840.113549")), "06062a864886f70d");
  EXPECT_EQ(hex(object_identifier("2.5.4.3")), "0603550403");
}

TEST(Der, RefusesWhatIsNoObjectIdentifier) {
  for (const auto* text : {"", "1", "1.", ".1", "1..2", "3.1", "1.40", "1.2.x", "1.2.99999999999", "1,2"})
    EXPECT_THROW(object_identifier(text), std::invalid_argument) << text;
}

TEST(Der, WritesIntegersInTheFewestOctetsThatKeepThemPositive) {
  EXPECT_EQ(hex(integer(0)), "020100");
  EXPECT_EQ(hex(integer(127)), "02017f");
  EXPECT_EQ(hex(integer(128)), "02020080");
  EXPECT_EQ(hex(integer(256)), "02020100");
  EXPECT_EQ(hex(integer(Bytes{0x00, 0x00, 0x80, 0x01})), "0203008001");
  EXPECT_EQ(hex(integer(Bytes{})), "020100");
}

TEST(Der, WritesLengthsInShortAndLongForm) {
  EXPECT_EQ(hex(value(Tag::octet_string, {Bytes(127)})).substr(0, 4), "047f");
  EXPECT_EQ(hex(value(Tag::octet_string, {Bytes(128)})).substr(0, 6), "048180");
  EXPECT_EQ(hex(value(Tag::octet_string, {Bytes(200), Bytes(56)})).substr(0, 8), "04820100");
}

TEST(Der, WritesKeyUsagesWithoutTrailingZeroBits) {
  EXPECT_EQ(hex(named_bits(0)), "030100");
  EXPECT_EQ(hex(named_bits(1U << 0U)), "03020780");
  EXPECT_EQ(hex(named_bits(1U << 5U)), "03020204");
  EXPECT_EQ(hex(named_bits(1U << 5U | 1U << 6U)), "03020106");
  EXPECT_EQ(hex(named_bits(1U << 8U)), "0303070080");
}

TEST(Der, WritesYearsFrom2050InFourDigits) {
  const auto last_short = base::from_rfc3339("2049-12-31T23:59:59.9Z");
  const auto first_long = base::from_rfc3339("2050-01-01T00:00:00Z");
  EXPECT_EQ(base::text_view(ByteView(time(*last_short)).subspan(2)), "491231235959Z");
  EXPECT_EQ(time(*last_short).front(), 0x17);
  EXPECT_EQ(base::text_view(ByteView(time(*first_long)).subspan(2)), "20500101000000Z");
  EXPECT_EQ(time(*first_long).front(), 0x18);
}

TEST(Der, RefusesYearsThatCertificatesCannotExpress) {
  EXPECT_THROW(time(base::from_unix_seconds(253402300800)), std::invalid_argument);
  EXPECT_THROW(time(base::from_unix_seconds(-631152001)), std::invalid_argument);
}

}  // namespace
}  // namespace muster::crypto::der
