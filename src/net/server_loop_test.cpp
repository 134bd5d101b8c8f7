#include "net/server_loop.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>

#include "net/loopback_test.hpp"
#include "net/timer.hpp"

namespace muster::net {
namespace {

base::Task<void> repeat(std::atomic<int>& rounds, std::promise<void>& third) {
  for (;;) {
    const bool passed = co_await sleep_for(std::chrono::milliseconds(1));
    if (!passed) break;
    if (++rounds == 3) third.set_value();
  }
}

base::Task<void> sleep_long(std::promise<bool>& slept) {
  const bool passed = co_await sleep_for(std::chrono::hours(1));
  slept.set_value(passed);
}

base::Task<void> throw_fault() {
  throw std::runtime_error("broken");
  co_return;
}

TEST(ServerLoop, RunsBackgroundTasksUntilItStops) {
  NullLog log;
  std::atomic<int> rounds{0};
  std::promise<void> third;
  ServerLoop loop(2, log);
  loop.spawn(1, repeat(rounds, third));
  loop.start();
  third.get_future().wait();
  EXPECT_TRUE(loop.stop(std::chrono::seconds(10)));
  EXPECT_GE(rounds, 3);
}

TEST(ServerLoop, WakesSleepersEarlyWhenItStops) {
  NullLog log;
  std::promise<bool> slept;
  ServerLoop loop(1, log);
  loop.spawn(0, sleep_long(slept));
  loop.start();
  EXPECT_TRUE(loop.stop(std::chrono::seconds(10)));
  EXPECT_FALSE(slept.get_future().get());
}

TEST(ServerLoop, LogsTheFaultOfABackgroundTaskAndGoesOn) {
  testing::RecordingLog log;
  std::atomic<int> rounds{0};
  std::promise<void> third;
  ServerLoop loop(1, log);
  loop.spawn(0, throw_fault());
  loop.spawn(0, repeat(rounds, third));
  loop.start();
  third.get_future().wait();
  EXPECT_EQ(log.text(), "background_task_failed fault=broken\n");
}

TEST(ServerLoop, StopsThoughItNeverStarted) {
  NullLog log;
  ServerLoop loop(2, log);
  EXPECT_TRUE(loop.stop(std::chrono::seconds(1)));
}

}  // namespace
}  // namespace muster::net
