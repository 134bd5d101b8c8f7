// The threads that serve connections.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <cstddef>
#include <memory>
#include <vector>

#include "base/task.hpp"
#include "net/log.hpp"

namespace muster::net {

/// One event loop on each of its threads. Nothing is shared between them: a connection, and every coroutine of it,
/// stays on the loop that accepted it.
///
/// Order of destruction: listeners first, then whatever settles completions for coroutines of these loops (the store),
/// then the loops.
class ServerLoop {
 public:
  /// At least one thread; usually one per core. `log` outlives the loop.
  ServerLoop(std::size_t threads, Log& log);
  ServerLoop(const ServerLoop&) = delete;
  ServerLoop& operator=(const ServerLoop&) = delete;
  /// Stops with no time to drain where `stop` was not called.
  ~ServerLoop();

  std::size_t size() const;
  boost::asio::any_io_executor executor(std::size_t index) const;

  /// Starts a background task on one of the loops. What it throws is logged as an error and ends that task only. A task
  /// that repeats itself waits with `sleep_for` and ends when that returns false.
  void spawn(std::size_t index, base::Task<void> task);

  /// Starts the threads. Once.
  void start();

  /// Drains and stops, and returns when the threads have ended. New connections are refused and idle ones closed at
  /// once, WebSockets with their closing handshake; that and requests under way may take `drain_time`; what remains is
  /// cut off. Returns whether everything ended by itself. Not to be called from one of the loops.
  bool stop(std::chrono::milliseconds drain_time);

 private:
  class Loop;
  Log& log_;
  std::vector<std::unique_ptr<Loop>> loops_;
};

}  // namespace muster::net
