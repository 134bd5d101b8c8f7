#include "provisioning/pacing.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

namespace muster::provisioning {
namespace {

const TimePoint noon = base::from_unix_seconds(1764000000);

RegistrationId id_of(int number) { return *RegistrationId::parse("device-" + std::to_string(number)); }

class PacingTest : public ::testing::Test {
 protected:
  static Tenant tenant_of(TenantLimits limits, std::string id = "tenant-a") {
    Tenant tenant;
    tenant.id = TenantId(std::move(id));
    tenant.limits = limits;
    return tenant;
  }
  int requests_until_refused(const Tenant& tenant, const RegistrationId& id) {
    int taken = 0;
    while (taken < 100'000 && pacing.take_request(tenant, id)) ++taken;
    return taken;
  }
  int calls_until_refused(const Tenant& tenant) {
    int taken = 0;
    while (taken < 100'000 && pacing.take_service_call(tenant)) ++taken;
    return taken;
  }

  base::ManualClock clock{noon};
  Pacing pacing{clock};
};

TEST_F(PacingTest, LetsATenthOfAMinuteThroughAtOnceAndThenHoldsTheRate) {
  const Tenant tenant = tenant_of({.registrations_per_minute = 600});  // one in 100 ms
  for (int i = 0; i <= 60; ++i) EXPECT_EQ(*pacing.take_registration(tenant, id_of(i)), noon) << i;
  for (int i = 1; i <= 100; ++i)
    EXPECT_EQ(*pacing.take_registration(tenant, id_of(100 + i)), noon + i * std::chrono::milliseconds(100)) << i;
}

TEST_F(PacingTest, GivesEveryDeviceOfFiftyThousandItsTurnInOrderAtTheRate) {
  const Tenant tenant = tenant_of({.registrations_per_minute = 6000});
  TimePoint last = noon;
  std::map<std::int64_t, int> by_second;
  for (int i = 0; i < 50'000; ++i) {
    const auto turn = pacing.take_registration(tenant, id_of(i));
    ASSERT_TRUE(turn) << i;
    ASSERT_GE(*turn, last) << i;
    last = *turn;
    ++by_second[base::to_unix_seconds(*turn) - base::to_unix_seconds(noon)];
  }
  EXPECT_EQ(by_second[0], 700) << "six seconds' worth, and the first second's";
  for (const auto& [second, number] : by_second)
    if (second > 0) {
      EXPECT_LE(number, 100) << second;
    }
  EXPECT_LT(last, noon + std::chrono::minutes(9));
}

TEST_F(PacingTest, LetsADeviceThatAsksAgainKeepItsTurn) {
  const Tenant tenant = tenant_of({.registrations_per_minute = 1});
  EXPECT_EQ(*pacing.take_registration(tenant, id_of(1)), noon);
  const TimePoint turn = *pacing.take_registration(tenant, id_of(2));
  EXPECT_EQ(turn, noon + std::chrono::seconds(54));
  for (int i = 0; i < 100; ++i) EXPECT_EQ(*pacing.take_registration(tenant, id_of(2)), turn);
  EXPECT_EQ(*pacing.take_registration(tenant, id_of(3)), turn + std::chrono::minutes(1)) << "it took one turn alone";
  clock.advance(std::chrono::seconds(54));
  EXPECT_EQ(*pacing.take_registration(tenant, id_of(2)), turn) << "its turn has come";
  EXPECT_EQ(*pacing.take_registration(tenant, id_of(2)), turn + std::chrono::minutes(2)) << "and is used";
}

TEST_F(PacingTest, GivesADeviceThatUsedItsTurnANewOne) {
  const Tenant tenant = tenant_of({.registrations_per_minute = 1});
  EXPECT_EQ(*pacing.take_registration(tenant, id_of(1)), noon);
  EXPECT_EQ(*pacing.take_registration(tenant, id_of(2)), noon + std::chrono::seconds(54));
  clock.advance(std::chrono::seconds(54));
  pacing.use_turn(tenant, id_of(2));
  EXPECT_EQ(*pacing.take_registration(tenant, id_of(2)), noon + std::chrono::seconds(114));
}

TEST_F(PacingTest, RefusesWhatWouldWaitLongerThanAQuarterOfAnHour) {
  const Tenant tenant = tenant_of({.registrations_per_minute = 10});
  int given = 0;
  while (pacing.take_registration(tenant, id_of(given))) ++given;
  EXPECT_EQ(given, 2 + 150) << "one at once, one for six seconds unused, and those of fifteen minutes";
  EXPECT_EQ(pacing.take_registration(tenant, id_of(given)).error().code(), base::Errc::rate_limited);
  EXPECT_TRUE(pacing.take_registration(tenant, id_of(given - 1))) << "who has a turn keeps it";
  clock.advance(std::chrono::seconds(6));
  EXPECT_TRUE(pacing.take_registration(tenant, id_of(given)));
}

TEST_F(PacingTest, CountsEachTenantForItself) {
  const Tenant a = tenant_of({.registrations_per_minute = 1, .service_calls_per_minute = 1});
  const Tenant b = tenant_of({.registrations_per_minute = 1, .service_calls_per_minute = 1}, "tenant-b");
  EXPECT_EQ(*pacing.take_registration(a, id_of(1)), noon);
  EXPECT_EQ(*pacing.take_registration(b, id_of(1)), noon);
  EXPECT_TRUE(pacing.take_service_call(a));
  EXPECT_FALSE(pacing.take_service_call(a));
  EXPECT_TRUE(pacing.take_service_call(b));
}

TEST_F(PacingTest, LetsADeviceSpendItsMinuteAtOnceAndThenAtItsRate) {
  const Tenant tenant = tenant_of({.requests_per_minute_and_device = 60});
  EXPECT_EQ(requests_until_refused(tenant, id_of(1)), 60);
  EXPECT_EQ(requests_until_refused(tenant, *RegistrationId::parse("DEVICE-1")), 0) << "the same device";
  EXPECT_EQ(requests_until_refused(tenant, id_of(2)), 60) << "devices do not count for each other";
  clock.advance(std::chrono::seconds(3));
  EXPECT_EQ(requests_until_refused(tenant, id_of(1)), 3);
  clock.advance(std::chrono::minutes(10));
  EXPECT_EQ(requests_until_refused(tenant, id_of(1)), 60);
}

TEST_F(PacingTest, LetsOneRequestAMinuteBeOne) {
  const Tenant tenant = tenant_of({.requests_per_minute_and_device = 1});
  EXPECT_EQ(requests_until_refused(tenant, id_of(1)), 1);
  clock.advance(std::chrono::seconds(59));
  EXPECT_EQ(requests_until_refused(tenant, id_of(1)), 0);
  clock.advance(std::chrono::seconds(1));
  EXPECT_EQ(requests_until_refused(tenant, id_of(1)), 1);
}

TEST_F(PacingTest, LetsServiceCallsThroughAtTheirRate) {
  const Tenant tenant = tenant_of({.service_calls_per_minute = 60});
  EXPECT_EQ(calls_until_refused(tenant), 11);
  clock.advance(std::chrono::seconds(2));
  EXPECT_EQ(calls_until_refused(tenant), 2);
}

TEST_F(PacingTest, RemembersCallsThatAreRarerThanItsBurst) {
  const Tenant tenant = tenant_of({.service_calls_per_minute = 1});
  EXPECT_EQ(calls_until_refused(tenant), 1);
  for (int i = 0; i < 2; ++i) {
    clock.advance(std::chrono::seconds(20));
    EXPECT_EQ(calls_until_refused(tenant), 0);
  }
  clock.advance(std::chrono::seconds(10));
  EXPECT_EQ(calls_until_refused(tenant), 1);
}

TEST_F(PacingTest, TakesTheHighestRateThatCanBeSet) {
  const Tenant tenant = tenant_of({.registrations_per_minute = 1'000'000'000});
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(*pacing.take_registration(tenant, id_of(i)), noon);
}

TEST(RecentTimes, HoldsNoMoreNamesThanItMayHoweverManyComeAtOnce) {
  RecentTimes times(std::chrono::minutes(1));
  for (int i = 0; i < 300'000; ++i) {
    times.of("name-" + std::to_string(i), noon) = 1;
    ASSERT_LE(times.size(), 2 * RecentTimes::names_max);
  }
  EXPECT_EQ(times.of("name-299999", noon), 1) << "the latest are kept";
  EXPECT_EQ(times.of("name-0", noon), 0) << "the oldest go";
}

TEST(RecentTimes, LooksANameUpWithoutRememberingIt) {
  RecentTimes times(std::chrono::minutes(1));
  EXPECT_EQ(times.known("pump", noon), 0);
  EXPECT_EQ(times.size(), 0U);
  times.of("pump", noon) = 7;
  EXPECT_EQ(times.known("pump", noon + std::chrono::seconds(59)), 7);
  EXPECT_EQ(times.known("pump", noon + std::chrono::seconds(61)), 7) << "a look-up counts as asking";
  EXPECT_EQ(times.known("pump", noon + std::chrono::seconds(122)), 7);
  EXPECT_EQ(times.known("pump", noon + std::chrono::minutes(5)), 0);
  times.of("valve", noon + std::chrono::minutes(5)) = 8;
  times.forget("valve");
  EXPECT_EQ(times.known("valve", noon + std::chrono::minutes(5)), 0);
  EXPECT_EQ(times.size(), 0U);
}

TEST(RecentTimes, ForgetsANameThatNobodyAsksForAndKeepsTheOthers) {
  RecentTimes times(std::chrono::minutes(1));
  times.of("kept", noon) = 7;
  times.of("left", noon) = 8;
  for (int i = 1; i <= 4; ++i) EXPECT_EQ(times.of("kept", noon + i * std::chrono::seconds(50)), 7) << i;
  EXPECT_EQ(times.size(), 1U);
  EXPECT_EQ(times.of("left", noon + std::chrono::seconds(201)), 0);
  EXPECT_EQ(times.of("kept", noon + std::chrono::minutes(10)), 0);
}

}  // namespace
}  // namespace muster::provisioning
