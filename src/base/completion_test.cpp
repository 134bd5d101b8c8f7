#include "base/completion.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <string>
#include <thread>

namespace muster::base {
namespace {

namespace asio = boost::asio;

Task<void> await_into(Completion<std::string> completion, std::string& answer, std::thread::id& resumed_on) {
  answer = co_await completion.wait();
  resumed_on = std::this_thread::get_id();
}

Task<void> await_fault(Completion<std::string> completion, std::string& fault) {
  try {
    co_await completion.wait();
  } catch (const std::runtime_error& error) {
    fault = error.what();
  }
}

TEST(Completion, ResumesTheWaiterOnItsOwnExecutorWhenAnotherThreadSets) {
  asio::io_context context;
  Completion<std::string> completion;
  std::string answer;
  std::thread::id resumed_on;
  asio::co_spawn(context, await_into(completion, answer, resumed_on), asio::detached);
  context.poll();
  EXPECT_EQ(answer, "");

  std::thread([completion] { completion.set("done"); }).join();
  EXPECT_EQ(answer, "") << "resumed inside set";
  context.run();

  EXPECT_EQ(answer, "done");
  EXPECT_EQ(resumed_on, std::this_thread::get_id());
}

TEST(Completion, GivesAValueThatWasSetBeforeTheWait) {
  asio::io_context context;
  Completion<std::string> completion;
  std::string answer;
  std::thread::id resumed_on;
  completion.set("early");
  asio::co_spawn(context, await_into(completion, answer, resumed_on), asio::detached);
  context.run();
  EXPECT_EQ(answer, "early");
}

TEST(Completion, ThrowsTheFaultToTheWaiter) {
  asio::io_context context;
  Completion<std::string> completion;
  std::string fault;
  asio::co_spawn(context, await_fault(completion, fault), asio::detached);
  context.poll();
  completion.fail(std::make_exception_ptr(std::runtime_error("disk full")));
  context.run();
  EXPECT_EQ(fault, "disk full");
}

TEST(Completion, RefusesToBeSettledTwice) {
  Completion<std::string> completion;
  completion.set("once");
  EXPECT_THROW(completion.set("twice"), std::logic_error);
}

Task<void> await_many(std::vector<Completion<int>>& completions, int& sum) {
  for (const auto& completion : completions) sum += co_await completion.wait();
}

TEST(Completion, LosesNothingWhenSetAndWaitRace) {
  asio::io_context context(1);
  std::vector<Completion<int>> completions(2000);
  int sum = 0;
  asio::co_spawn(context, await_many(completions, sum), asio::detached);
  std::thread setter([&completions] {
    for (const auto& completion : completions) completion.set(1);
  });
  context.run();
  setter.join();
  EXPECT_EQ(sum, 2000);
}

}  // namespace
}  // namespace muster::base
