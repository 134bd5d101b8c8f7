#include "codec/mqtt/text.hpp"

#include <gtest/gtest.h>

#include <string>

namespace muster::codec::mqtt {
namespace {

TEST(MqttText, TakesWellFormedUtf8) {
  // "A" and U+2A6D4 are the example of 3.1.1 section 1.5.3; then the first and last character of each size.
  for (const char* text :
       {"", "a/b", "A\xf0\xaa\x9b\x94", "\x01", "\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf",
        "\xee\x80\x80", "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf", "\xef\xbb\xbf"})
    EXPECT_TRUE(is_valid_text(text)) << text;
}

TEST(MqttText, RefusesWhatIsNotUtf8) {
  const std::string cases[] = {
      std::string("a\0b", 3),  // U+0000
      "\x80",
      "\xbf",
      "\xff",  // octets that begin no character
      "\xc0\x80",
      "\xc1\xbf",  // overlong
      "\xe0\x9f\xbf",
      "\xf0\x8f\xbf\xbf",
      "\xed\xa0\x80",
      "\xed\xbf\xbf",  // surrogates D800 and DFFF
      "\xf4\x90\x80\x80",
      "\xf5\x80\x80\x80",  // beyond U+10FFFF
      "\xc3",
      "\xe2\x82",
      "\xf0\x9f\x98",  // cut off
      "\xe2\x28\xa1",
      "a\xc3z",
  };
  for (const auto& text : cases) EXPECT_FALSE(is_valid_text(text)) << text;
}

TEST(MqttTopics, HaveNoWildcardsAndAreNotEmpty) {
  for (const char* topic : {"a", "/", "$dps/registrations/PUT/iotdps-register/?$rid=1", "a//b", " "})
    EXPECT_TRUE(is_topic_name(topic)) << topic;
  for (const char* topic : {"", "#", "a/#", "+", "a+b"}) EXPECT_FALSE(is_topic_name(topic)) << topic;
}

TEST(MqttFilters, HaveWildcardsOnlyWhereTheyMayBe) {
  // 3.1.1 section 4.7.1.
  for (const char* filter : {"sport/tennis/player1/#", "sport/#", "#", "+", "+/tennis/#", "sport/+/player1", "/+",
                             "$dps/registrations/res/#"})
    EXPECT_TRUE(is_topic_filter(filter)) << filter;
  for (const char* filter : {"", "sport/tennis#", "sport/tennis/#/ranking", "sport+", "#/", "+a", "a/##"})
    EXPECT_FALSE(is_topic_filter(filter)) << filter;
}

TEST(MqttFilters, MatchAsTheStandardsExamplesDo) {
  struct Case {
    const char* filter;
    const char* topic;
    bool matches;
  };
  // 3.1.1 sections 4.7.1.2, 4.7.1.3 and 4.7.2.
  const Case cases[] = {
      {"sport/tennis/player1/#", "sport/tennis/player1", true},
      {"sport/tennis/player1/#", "sport/tennis/player1/ranking", true},
      {"sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon", true},
      {"sport/#", "sport", true},
      {"sport/tennis/+", "sport/tennis/player1", true},
      {"sport/tennis/+", "sport/tennis/player1/ranking", false},
      {"sport/+", "sport", false},
      {"sport/+", "sport/", true},
      {"+/+", "/finance", true},
      {"/+", "/finance", true},
      {"+", "/finance", false},
      {"#", "$SYS/monitor/Clients", false},
      {"+/monitor/Clients", "$SYS/monitor/Clients", false},
      {"$SYS/#", "$SYS/monitor/Clients", true},
      {"$SYS/monitor/+", "$SYS/monitor/Clients", true},
      {"a/b", "a/b", true},
      {"a/b", "A/b", false},
      {"a", "a/b", false},
      {"a/b", "a", false},
  };
  for (const auto& [filter, topic, matches] : cases)
    EXPECT_EQ(topic_matches(filter, topic), matches) << filter << " " << topic;
}

}  // namespace
}  // namespace muster::codec::mqtt
