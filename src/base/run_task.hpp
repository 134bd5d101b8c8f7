// Waiting for a task where there is no coroutine: in tests, and in commands that do one thing and end.
#pragma once

#include <optional>
#include <stdexcept>
#include <utility>

#include "base/task.hpp"

namespace boost::asio {
class io_context;
}

namespace muster::base {

/// Runs the task to its end in this loop, on the calling thread, and throws what it throws. Not from within a task.
void run_task(boost::asio::io_context& loop, Task<void> task);

/// The same in a loop of the thread's own. That lives as long as the thread: whoever settles a Completion on another
/// thread may still be inside the loop's post() when the task that it resumed has ended.
void run_task(Task<void> task);

template <class T>
Task<void> store_result(Task<T> task, std::optional<T>& result) {
  result.emplace(co_await std::move(task));
}

/// The same for a task with a result. Throws std::logic_error where the task waits for something that nothing in this
/// loop will bring.
template <class T>
T run_task(boost::asio::io_context& loop, Task<T> task) {
  std::optional<T> result;
  run_task(loop, store_result(std::move(task), result));
  if (!result) throw std::logic_error("a task was left waiting");
  return std::move(*result);
}

template <class T>
T run_task(Task<T> task) {
  std::optional<T> result;
  run_task(store_result(std::move(task), result));
  if (!result) throw std::logic_error("a task was left waiting");
  return std::move(*result);
}

}  // namespace muster::base
