#include "base/run_task.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>

namespace muster::base {

void run_task(boost::asio::io_context& loop, Task<void> task) {
  std::exception_ptr fault;
  boost::asio::co_spawn(loop, std::move(task), [&fault](std::exception_ptr thrown) { fault = std::move(thrown); });
  loop.restart();
  loop.run();
  if (fault) std::rethrow_exception(fault);
}

void run_task(Task<void> task) {
  static thread_local boost::asio::io_context loop(1);
  run_task(loop, std::move(task));
}

}  // namespace muster::base
