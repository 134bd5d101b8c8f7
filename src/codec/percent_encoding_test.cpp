#include "codec/percent_encoding.hpp"

#include <gtest/gtest.h>

namespace muster::codec {
namespace {

TEST(PercentEncoding, DecodesBothCasesAndLeavesPlusAlone) {
  EXPECT_EQ(percent_decode("a%2fb%2Fc+d"), "a/b/c+d");
  EXPECT_EQ(percent_decode(""), "");
  EXPECT_EQ(percent_decode("%C3%A4"), "\xc3\xa4");
}

TEST(PercentEncoding, RefusesWhatIsNoOctet) {
  for (const char* text : {"%", "%2", "a%", "%zz", "%2g", "%00", "a%00b", "%%41", "% 1"})
    EXPECT_FALSE(percent_decode(text)) << text;
}

TEST(PercentEncoding, EncodesAllButTheUnreserved) {
  EXPECT_EQ(percent_encode("AZaz09-._~"), "AZaz09-._~");
  EXPECT_EQ(percent_encode("a/b=c+d \xff"), "a%2Fb%3Dc%2Bd%20%FF");
}

}  // namespace
}  // namespace muster::codec
