#include "net/http.hpp"

#include <gtest/gtest.h>

namespace muster::net {
namespace {

TEST(HttpRequest, FindsAHeaderWhateverTheCaseOfItsName) {
  HttpRequest request;
  request.headers = {{"Content-Type", "application/json"}, {"content-type", "text/plain"}};
  EXPECT_EQ(request.header("CONTENT-TYPE"), "application/json");
  EXPECT_EQ(request.header("Content"), std::nullopt);
}

TEST(PercentEncoding, DecodesOctets) {
  EXPECT_EQ(percent_decode("a%2fb%2Fc"), "a/b/c");
  EXPECT_EQ(percent_decode("%c3%a4+"), "\xc3\xa4+");
  EXPECT_EQ(percent_decode(""), "");
}

TEST(PercentEncoding, RefusesWhatIsNotTwoDigitsAndTheZeroOctet) {
  for (const char* text : {"%", "%2", "%2g", "%g2", "a%", "%00", "a%0"}) EXPECT_FALSE(percent_decode(text)) << text;
  EXPECT_FALSE(percent_decode(std::string_view("a\0b", 3)));
}

// RFC 3986 section 2.3 has the characters that stay.
TEST(PercentEncoding, EncodesAllButUnreservedCharacters) {
  EXPECT_EQ(percent_encode("AZaz09-._~"), "AZaz09-._~");
  EXPECT_EQ(percent_encode("a b/c?d=e&f\xc3\xa4"), "a%20b%2Fc%3Fd%3De%26f%C3%A4");
}

TEST(QueryParameter, FindsTheDecodedValue) {
  EXPECT_EQ(query_parameter("api-version=2021-06-01&x=1", "api-version"), "2021-06-01");
  EXPECT_EQ(query_parameter("x=1&API-Version=2%2F3", "api-version"), "2/3");
  EXPECT_EQ(query_parameter("sr=a=b", "sr"), "a=b");
  EXPECT_EQ(query_parameter("flag&x=1", "flag"), "");
}

TEST(QueryParameter, FindsNothingWhenItIsAbsentOrMalformed) {
  EXPECT_EQ(query_parameter("", "x"), std::nullopt);
  EXPECT_EQ(query_parameter("xy=1&&=2", "x"), std::nullopt);
  EXPECT_EQ(query_parameter("x=%zz", "x"), std::nullopt);
}

}  // namespace
}  // namespace muster::net
