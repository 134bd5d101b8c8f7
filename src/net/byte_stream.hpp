// A connection as a stream of octets, whatever carries it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <stdexcept>

#include "base/bytes.hpp"
#include "base/task.hpp"
#include "net/http.hpp"

namespace muster::net {

/// The connection cannot be used any more: the peer broke it, or the service stops.
class StreamBroken : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The deadline set by `expires_after` passed.
class StreamTimedOut : public StreamBroken {
 public:
  StreamTimedOut() : StreamBroken("the peer took too long") {}
};

/// Who waits for a stream without a coroutine: one that waits holds a kilobyte or two, and most connections wait most
/// of the time.
class Sleeper {
 public:
  virtual ~Sleeper() = default;
  virtual void wake() = 0;
};

/// One connection. It belongs to one loop: every call is made on that loop's thread. At most one read and one write
/// are under way at once. Destroying the stream closes it.
class ByteStream {
 public:
  ByteStream() = default;
  ByteStream(const ByteStream&) = delete;
  ByteStream& operator=(const ByteStream&) = delete;
  virtual ~ByteStream() = default;

  /// Between one octet and as many as fit; 0 where the peer ended the connection (orderly or not), where it was
  /// closed on this side, or where the loop drains and the stream is idle. `buffer` is not empty and outlives the
  /// call. Throws StreamTimedOut, and StreamBroken where the peer violates the transport's protocol.
  virtual base::Task<std::size_t> read_some(std::span<std::uint8_t> buffer) = 0;

  /// Waits without a coroutine for what `read_some` would wait for: the sleeper, which owns the stream, is kept until
  /// it is woken, once, on the loop and never within this call, when there is something to read or the wait is over for
  /// any other reason, which `read_some` then tells. It may be woken early, and goes unwoken where the loop ends
  /// before. False where there is nothing to wait for, or the stream cannot wait this way: read instead.
  virtual bool rest(std::shared_ptr<Sleeper> sleeper) {
    static_cast<void>(sleeper);
    return false;
  }

  /// All of the octets, which outlive the call. Throws StreamTimedOut or StreamBroken.
  virtual base::Task<void> write(base::ByteView bytes) = 0;

  /// The deadline of everything from now on, until it is set again. When it passes, the operation under way throws
  /// StreamTimedOut, and so does each later one until a new deadline is set.
  virtual void expires_after(std::chrono::milliseconds duration) = 0;
  /// No deadline: this side is at work, not the peer.
  virtual void expires_never() = 0;

  /// Whether nothing is under way, so that a loop that drains may end the stream: reads then return 0 until it is not
  /// idle any more, and writes go on, for a protocol that says good-bye. Streams start as not idle.
  virtual void set_idle(bool idle) = 0;
  /// Whether the loop wants to stop: finish what is under way and close.
  virtual bool draining() const = 0;

  /// Tells the peer that nothing more will be written; reading goes on. Does not wait.
  virtual void shut_down_write() = 0;
  /// Ends the connection, orderly where the peer can still be told. Does not wait.
  virtual void close() = 0;

  virtual const std::shared_ptr<const Peer>& peer() const = 0;
};

using ByteStreamPtr = std::unique_ptr<ByteStream>;

/// What serves one connection. Runs on the connection's loop, to the connection's close or until it rests; the stream
/// does not outlive the loop. What it throws is logged (StreamBroken as debug: peers come and go) and ends the
/// connection.
using ConnectionHandler = std::function<base::Task<void>(ByteStreamPtr)>;

}  // namespace muster::net
