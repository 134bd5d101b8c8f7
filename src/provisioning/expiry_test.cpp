#include "provisioning/expiry.hpp"

#include <gtest/gtest.h>

namespace muster::provisioning {
namespace {

TEST(Expiry, WarnsFromEachThresholdOn) {
  const base::TimePoint end = base::from_unix_seconds(1764000000);
  const std::chrono::hours day(24);
  const std::chrono::seconds moment(1);
  const struct {
    base::TimePoint now;
    std::int64_t days;
    std::optional<int> threshold;
    std::optional<std::string> warning;
  } cases[] = {
      {end - 30 * day, 30, std::nullopt, std::nullopt},
      {end - 30 * day + moment, 29, 30, "expires in 29 days"},
      {end - 7 * day, 7, 30, "expires in 7 days"},
      {end - 7 * day + moment, 6, 7, "expires in 6 days"},
      {end - day, 1, 7, "expires in 1 day"},
      {end - day + moment, 0, 1, "expires today"},
      {end, 0, 1, "expires today"},
      {end + moment, -1, 0, "has expired"},
      {end + 2 * day, -2, 0, "has expired"},
  };
  for (const auto& each : cases) {
    EXPECT_EQ(days_left(end, each.now), each.days);
    EXPECT_EQ(crossed_threshold(end, each.now), each.threshold);
    EXPECT_EQ(expiry_warning(end, each.now), each.warning);
  }
}

}  // namespace
}  // namespace muster::provisioning
