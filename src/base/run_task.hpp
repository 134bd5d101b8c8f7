// Waiting for a task where there is no coroutine: in tests, and in commands that do one thing and end.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <optional>
#include <stdexcept>
#include <utility>

#include "base/task.hpp"

namespace muster::base {

template <class T>
Task<void> store_result(Task<T> task, std::optional<T>& result) {
  result.emplace(co_await std::move(task));
}

/// The loop that this thread runs its tasks on. It lives as long as the thread: whoever settles a Completion on another
/// thread may still be inside the loop's post() when the task that it resumed has ended.
inline boost::asio::io_context& own_loop() {
  static thread_local boost::asio::io_context loop(1);
  loop.restart();
  return loop;
}

/// Runs the task to its end on the calling thread and throws what it throws. Not from within a task.
inline void run_task(Task<void> task) {
  boost::asio::io_context& loop = own_loop();
  std::exception_ptr fault;
  boost::asio::co_spawn(loop, std::move(task), [&fault](std::exception_ptr thrown) { fault = std::move(thrown); });
  loop.run();
  if (fault) std::rethrow_exception(fault);
}

/// The same for a task with a result. Throws std::logic_error where the task waits for something that nothing in this
/// loop will bring.
template <class T>
T run_task(Task<T> task) {
  std::optional<T> result;
  run_task(store_result(std::move(task), result));
  if (!result) throw std::logic_error("a task was left waiting");
  return std::move(*result);
}

}  // namespace muster::base
