// A connected socket on a loop: readiness, deadline, and the ways in which it may end. Internal to this room.
#pragma once

#include <atomic>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <memory>

#include "base/task.hpp"
#include "net/byte_stream.hpp"
#include "net/loop_state.hpp"

namespace muster::net {

using Counter = std::atomic<std::uint64_t>;

/// Owns a non-blocking descriptor.
class Socket final : private LoopMember {
 public:
  /// `open`, where there is one, counts this socket while it lives.
  Socket(boost::asio::io_context& context, int descriptor, std::shared_ptr<Counter> open = {});
  ~Socket() override;

  int descriptor() { return descriptor_.native_handle(); }

  /// Both may return early; whoever waits tries its operation again and calls `usable` first.
  base::Task<void> wait_readable();
  base::Task<void> wait_writable();
  /// As ByteStream::rest.
  bool rest(std::shared_ptr<Sleeper> sleeper);

  /// To be awaited after each read that did not wait: suspends once in a while, so that a peer that sends without a
  /// pause does not keep the loop to itself.
  base::Task<void> let_others_go_on();

  /// Whether operations make sense; false where the stream was ended on this side. Throws what the stream's functions
  /// are to throw: StreamTimedOut, StreamBroken.
  bool usable() const;
  /// The same for reading, which is over, too, where the loop drains and nothing is under way. The peer can still be
  /// told.
  bool readable() const { return usable() && !is_drained(); }

  void expires_after(std::chrono::milliseconds duration);
  void expires_never();
  void set_idle(bool idle);
  bool draining() const { return loop_.draining(); }
  /// Operations under way end; later ones find the stream not usable.
  void close();

 private:
  enum class State { open, closed, timed_out, aborted };

  void on_deadline() override;
  void on_drain() override;
  void on_abort() override;
  bool is_drained() const { return idle_ && loop_.draining(); }
  void interrupt(State state);
  void end_waits();

  LoopState& loop_;
  std::shared_ptr<Counter> open_;
  boost::asio::posix::basic_stream_descriptor<boost::asio::io_context::executor_type> descriptor_;
  boost::system::error_code wait_error_;
  State state_ = State::open;
  bool idle_ = false;
  unsigned reads_in_a_row_ = 0;  // since something was waited for
};

}  // namespace muster::net
