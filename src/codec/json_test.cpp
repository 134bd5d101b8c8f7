#include "codec/json.hpp"

#include <gtest/gtest.h>

#include <boost/json/value.hpp>
#include <string>

namespace muster::codec {
namespace {

using base::Errc;

std::string nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

Errc refusal_of(std::string_view text) { return parse_json(text).error().code(); }

TEST(Json, ReadsOneText) {
  const auto value = parse_json(R"( {"registrationId": "a", "n": [1, 2.5, null, true]} )");
  ASSERT_TRUE(value);
  EXPECT_EQ(value->at("registrationId").as_string(), "a");
  EXPECT_EQ(value->at("n").as_array().size(), 4U);
}

TEST(Json, LastOfMembersWithOneNameCounts) {
  const auto value = parse_json(R"({"a": 1, "b": 0, "a": 2})");
  ASSERT_TRUE(value);
  EXPECT_EQ(value->at("a").as_int64(), 2);
  EXPECT_EQ(value->as_object().size(), 2U);
}

TEST(Json, TellsWhereReadingStopped) {
  const auto value = parse_json(R"({"a": x})");
  ASSERT_FALSE(value);
  EXPECT_EQ(value.error().code(), Errc::malformed_json);
  EXPECT_NE(value.error().detail().find("at octet 7"), std::string::npos) << value.error().detail();
}

TEST(Json, RefusesWhatIsNotOneText) {
  for (const char* text : {"", " ", "{", "{} {}", "[1,]", "{'a':1}", "nul", "\"\xff\"", "1 2", "// comment\n1"})
    EXPECT_EQ(refusal_of(text), Errc::malformed_json) << text;
}

TEST(Json, NestsThirtyTwoLevelsAndNoMore) {
  EXPECT_TRUE(parse_json(nested(json_depth_max)));
  EXPECT_EQ(refusal_of(nested(json_depth_max + 1)), Errc::malformed_json);
}

TEST(Json, RefusesMoreThanTheLimitBeforeReading) {
  const std::string longest = "\"" + std::string(json_size_max - 2, 'a') + "\"";
  EXPECT_TRUE(parse_json(longest));
  EXPECT_EQ(refusal_of(longest + " "), Errc::body_too_large);
  EXPECT_EQ(parse_json("[1, 2]", 5).error().code(), Errc::body_too_large);
}

TEST(Json, RefusesANumberThatNoDoubleHolds) {
  for (const char* text : {"1e999", "[-1e999]", R"({"a":{"b":[0,1e400]}})"})
    EXPECT_EQ(refusal_of(text), Errc::malformed_json) << text;
  EXPECT_TRUE(parse_json("[1e308, -1e308, 1e-400]"));
}

TEST(Json, IsTheSameInAscii) {
  EXPECT_EQ(to_ascii_json(R"({"a":[1,"b\n"]})"), R"({"a":[1,"b\n"]})");
  EXPECT_EQ(to_ascii_json("\"\u00e4\u20ac\U0001f40e!\""), R"("\u00e4\u20ac\ud83d\udc0e!")");
  for (const char* text : {"{\"\u00e4\":\"\u0416\uffff\U0010ffff\"}", "\"\u0080\u07ff\u0800\U00010000\""})
    EXPECT_EQ(*parse_json(to_ascii_json(text)), *parse_json(text)) << text;
}

}  // namespace
}  // namespace muster::codec
