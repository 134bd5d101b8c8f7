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

/// Runs the task to its end on the calling thread, in a context of its own, and gives its result or throws its fault.
/// Throws std::logic_error where the task waits for something that nothing in this context will bring.
template <class T>
T run_task(Task<T> task) {
  boost::asio::io_context context(1);
  std::optional<T> result;
  std::exception_ptr fault;
  boost::asio::co_spawn(context, store_result(std::move(task), result),
                        [&fault](std::exception_ptr thrown) { fault = std::move(thrown); });
  context.run();
  if (fault) std::rethrow_exception(fault);
  if (!result) throw std::logic_error("a task was left waiting");
  return std::move(*result);
}

/// The same for a task without a result.
inline void run_task(Task<void> task) {
  boost::asio::io_context context(1);
  std::exception_ptr fault;
  boost::asio::co_spawn(context, std::move(task), [&fault](std::exception_ptr thrown) { fault = std::move(thrown); });
  context.run();
  if (fault) std::rethrow_exception(fault);
}

}  // namespace muster::base
