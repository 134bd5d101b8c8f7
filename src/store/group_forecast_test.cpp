#include "store/group_forecast.hpp"

#include <gtest/gtest.h>

namespace muster::store {
namespace {

/// Runs `groups` groups of which none gets more than `available` writes; returns how many waited for more in vain.
int waits_in_vain(GroupForecast& forecast, std::size_t available, int groups) {
  int in_vain = 0;
  for (int i = 0; i < groups; ++i) {
    const std::size_t wanted = forecast.wanted();
    if (wanted > available) ++in_vain;
    forecast.learn(std::min(wanted, available));
  }
  return in_vain;
}

TEST(GroupForecast, LetsTheFirstWriteGoAtOnce) { EXPECT_EQ(GroupForecast(64).wanted(), 1U); }

TEST(GroupForecast, WaitsEverMoreSeldomForCompanyThatDoesNotCome) {
  GroupForecast forecast(64);
  EXPECT_LE(waits_in_vain(forecast, 1, 200), 8);
  EXPECT_LE(waits_in_vain(forecast, 1, 650), 10);
}

TEST(GroupForecast, FindsOutHowManyComeTogether) {
  GroupForecast forecast(64);
  waits_in_vain(forecast, 10, 12);
  EXPECT_GE(forecast.wanted(), 8U);
  EXPECT_LE(waits_in_vain(forecast, 10, 650), 16);
}

TEST(GroupForecast, NeverWantsMoreThanAGroupHolds) {
  GroupForecast forecast(8);
  for (int i = 0; i < 100; ++i) {
    EXPECT_LE(forecast.wanted(), 8U);
    forecast.learn(forecast.wanted());
  }
  EXPECT_EQ(forecast.wanted(), 8U);
  GroupForecast single(1);
  single.learn(1);
  single.learn(1);
  EXPECT_EQ(single.wanted(), 1U);
}

TEST(GroupForecast, ForgetsARushWithFewWaits) {
  GroupForecast forecast(64);
  waits_in_vain(forecast, 40, 20);
  EXPECT_GE(forecast.wanted(), 32U);
  EXPECT_LE(waits_in_vain(forecast, 1, 20), 9);
  EXPECT_EQ(forecast.wanted(), 1U);
}

TEST(GroupForecast, LearnsFromABurstThatCameByItself) {
  GroupForecast forecast(64);
  forecast.learn(30);
  EXPECT_GE(forecast.wanted(), 30U);
}

}  // namespace
}  // namespace muster::store
