#include "base/bytes.hpp"

#include <gtest/gtest.h>

namespace muster::base {
namespace {

// RFC 4648 section 10.
struct Rfc4648 {
  const char* plain;
  const char* base64;
  const char* base32;
};
constexpr Rfc4648 vectors[] = {
    {"", "", ""},
    {"f", "Zg==", "my"},
    {"fo", "Zm8=", "mzxq"},
    {"foo", "Zm9v", "mzxw6"},
    {"foob", "Zm9vYg==", "mzxw6yq"},
    {"fooba", "Zm9vYmE=", "mzxw6ytb"},
    {"foobar", "Zm9vYmFy", "mzxw6ytboi"},
};

TEST(Bytes, WriteTheTestVectorsOfRfc4648) {
  for (const auto& vector : vectors) {
    EXPECT_EQ(to_base64(view(vector.plain)), vector.base64);
    EXPECT_EQ(to_base32_lower(view(vector.plain)), vector.base32);
  }
}

TEST(Bytes, ReadTheTestVectorsOfRfc4648) {
  for (const auto& vector : vectors) EXPECT_EQ(from_base64(vector.base64), to_bytes(vector.plain));
}

TEST(Bytes, RefuseWhatIsNotBase64) {
  for (const char* text : {"Zg", "Zg=", "Z===", "Zm9v\n", "Zm 9v", "Zm9-", "Zm9_", "Z=g=", "====", "Zg==Zg=="})
    EXPECT_EQ(from_base64(text), std::nullopt) << text;
}

TEST(Bytes, RefuseBase64WithStrayBitsInItsLastDigit) {
  EXPECT_EQ(from_base64("Zh=="), std::nullopt);
  EXPECT_EQ(from_base64("Zm9="), std::nullopt);
}

TEST(Bytes, TakePastedBase64WithLineEndsWhereAskedTo) {
  EXPECT_EQ(from_base64_lenient(" Zm9v\r\n YmFy\t"), to_bytes("foobar"));
  EXPECT_EQ(from_base64_lenient("Zm9v!"), std::nullopt);
}

TEST(Bytes, ReadAndWriteHexadecimal) {
  EXPECT_EQ(to_hex(Bytes{0x00, 0x9f, 0xff}), "009fff");
  EXPECT_EQ(from_hex("009fFF"), (Bytes{0x00, 0x9f, 0xff}));
  for (const char* text : {"0", "0g", "x0", "00 "}) EXPECT_EQ(from_hex(text), std::nullopt) << text;
}

TEST(Bytes, CompareAsciiWithoutRegardToCase) {
  EXPECT_TRUE(equal_ignoring_case("Device-7", "dEVICE-7"));
  EXPECT_FALSE(equal_ignoring_case("device-7", "device-70"));
  EXPECT_FALSE(equal_ignoring_case("[", "{"));
}

}  // namespace
}  // namespace muster::base
