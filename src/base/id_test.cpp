#include "base/id.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace muster::base {
namespace {

TEST(RegistrationId, ComparesWithoutRegardToCaseAndKeepsItsSpelling) {
  const auto id = RegistrationId::parse("Sensor-A7");
  ASSERT_TRUE(id);
  EXPECT_EQ(id->str(), "Sensor-A7");
  EXPECT_EQ(id->folded(), "sensor-a7");
  EXPECT_EQ(*id, *RegistrationId::parse("sensor-a7"));
}

TEST(RegistrationId, TakesEveryAllowedCharacterAndSize) {
  for (const std::string& text :
       {std::string("a"), std::string("a.b_c:d-e"), std::string("ends-with-dash-"), std::string(128, 'x')})
    EXPECT_TRUE(RegistrationId::parse(text)) << text;
}

TEST(RegistrationId, RefusesOtherCharactersSizesAndEnds) {
  for (const std::string& text :
       {std::string(), std::string(129, 'x'), std::string("a b"), std::string("a/b"), std::string("a%b"),
        std::string("\xc3\xa4"), std::string("a."), std::string("a_"), std::string("a:"), std::string("a\0b", 3)})
    EXPECT_FALSE(RegistrationId::parse(text)) << text;
}

TEST(Uuid, IsWrittenAndReadInItsUsualForm) {
  const auto uuid = Uuid::parse("f81d4fae-7dec-11d0-a765-00a0c91e6bf6");
  ASSERT_TRUE(uuid);
  EXPECT_EQ(uuid->str(), "f81d4fae-7dec-11d0-a765-00a0c91e6bf6");
  EXPECT_EQ(Uuid::parse("f81d4fae7dec11d0a76500a0c91e6bf6"), uuid);
}

TEST(Uuid, RefusesOtherForms) {
  for (const char* text : {"", "f81d4fae-7dec-11d0-a765-00a0c91e6bf", "f81d4fae-7dec-11d0-a765-00a0c91e6bfg",
                           "f81d4fae7-dec-11d0-a765-00a0c91e6bf6", "{81d4fae-7dec-11d0-a765-00a0c91e6bf6"})
    EXPECT_FALSE(Uuid::parse(text)) << text;
}

TEST(Uuid, CarriesItsVersionAndVariant) {
  SequenceRandom random;
  for (int i = 0; i < 100; ++i) {
    const std::string drawn = Uuid::draw(random).str();
    EXPECT_EQ(drawn[14], '4');
    EXPECT_NE(std::string("89ab").find(drawn[19]), std::string::npos);
    const std::string ordered = Uuid::draw_ordered(from_unix_seconds(1), random).str();
    EXPECT_EQ(ordered[14], '7');
    EXPECT_NE(std::string("89ab").find(ordered[19]), std::string::npos);
  }
}

// The example of RFC 9562 appendix A.6: 2022-02-22T19:22:22Z is 017F22E279B0 in milliseconds.
TEST(Uuid, OrderedOnesBeginWithTheirMillisecond) {
  SequenceRandom random;
  const auto time = from_unix_seconds(1'645'557'742);
  EXPECT_TRUE(Uuid::draw_ordered(time, random).str().starts_with("017f22e2-79b0-7"));
}

TEST(Uuid, OrderedOnesSortByTheirTime) {
  SequenceRandom random;
  std::vector<Uuid> made;
  for (int second = 0; second < 50; ++second) made.push_back(Uuid::draw_ordered(from_unix_seconds(second), random));
  EXPECT_TRUE(std::is_sorted(made.begin(), made.end()));
}

}  // namespace
}  // namespace muster::base
