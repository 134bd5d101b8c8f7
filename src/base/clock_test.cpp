#include "base/clock.hpp"

#include <gtest/gtest.h>

namespace muster::base {
namespace {

TEST(Clock, WritesSevenDigitsOfFraction) {
  EXPECT_EQ(to_rfc3339(from_unix_microseconds(0)), "1970-01-01T00:00:00.0000000Z");
  EXPECT_EQ(to_rfc3339(from_unix_microseconds(1'795'456'257'123'456)), "2026-11-23T17:50:57.1234560Z");
}

// The examples of RFC 3339 section 5.8.
TEST(Clock, ReadsTheExamplesOfRfc3339) {
  EXPECT_EQ(from_rfc3339("1985-04-12T23:20:50.52Z"), from_unix_microseconds(482'196'050'520'000));
  EXPECT_EQ(from_rfc3339("1996-12-19T16:39:57-08:00"), from_unix_seconds(851'042'397));
  EXPECT_EQ(from_rfc3339("1937-01-01T12:00:27.87+00:20"), from_unix_microseconds(-1'041'337'172'130'000));
}

TEST(Clock, ReadsWhatItWrites) {
  const TimePoint time = from_unix_microseconds(1'795'456'257'123'456);
  EXPECT_EQ(from_rfc3339(to_rfc3339(time)), time);
}

TEST(Clock, RefusesWhatIsNoTime) {
  for (const char* text : {"", "2026", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-11-23T24:00:00Z",
                           "2026-11-23T00:60:00Z", "2026-11-23T00:00:00", "2026-11-23T00:00:00.Z",
                           "2026-11-23T00:00:00+25:00", "2026-11-23T00:00:00Zx", "26-11-23T00:00:00Z"})
    EXPECT_EQ(from_rfc3339(text), std::nullopt) << text;
}

TEST(Clock, SaysLengthsOfTimeInTheirTwoLargestUnits) {
  using namespace std::chrono_literals;
  const std::pair<Duration, const char*> cases[] = {{0s, "less than a second"},
                                                    {999'999us, "less than a second"},
                                                    {1s, "1 second"},
                                                    {61s, "1 minute 1 second"},
                                                    {-3600s, "1 hour"},
                                                    {3601s, "1 hour"},
                                                    {49h + 59min, "2 days 1 hour"}};
  for (const auto& [length, words] : cases) EXPECT_EQ(in_words(length), words);
}

TEST(Clock, RoundsSecondsDownAlsoBefore1970) {
  EXPECT_EQ(to_unix_seconds(from_unix_microseconds(-1)), -1);
  EXPECT_EQ(to_unix_seconds(from_unix_microseconds(1'999'999)), 1);
}

}  // namespace
}  // namespace muster::base
