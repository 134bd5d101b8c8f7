#include "net/web_socket_stream.hpp"

#include <array>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <string>
#include <utility>

#include "base/completion.hpp"
#include "net/web_socket_frames.hpp"

namespace muster::net {

namespace asio = boost::asio;

namespace {

// The server closes first, and gives the client this much time and these many octets to say Close (RFC 6455 section
// 7.1.1).
constexpr std::chrono::seconds close_time{2};
constexpr std::size_t close_size_max = 256 * 1024;

// A client that sends nothing but pings or empty frames, faster than they are read, must not keep the loop from its
// other work, of which the deadline is a part.
constexpr int reads_in_a_row_max = 16;

std::uint16_t number(WebSocketCloseCode code) { return static_cast<std::uint16_t>(code); }

/// One WebSocket; shared by the stream that the handler has and by what closes it afterwards.
class WebSocket {
 public:
  WebSocket(ByteStreamPtr stream, WebSocketLimits limits)
      : stream_(std::move(stream)), decoder_(limits.message_size_max) {
    auto peer = std::make_shared<Peer>(*stream_->peer());
    peer->web_socket = true;
    peer_ = std::move(peer);
  }

  ByteStream& below() { return *stream_; }
  const std::shared_ptr<const Peer>& peer() const { return peer_; }

  base::Task<std::size_t> read_some(std::span<std::uint8_t> buffer) {
    for (int reads = 1; !closed_; ++reads) {
      if (close_wanted_) co_await send_close(number(WebSocketCloseCode::normal), {});
      if (const auto& end = decoder_.end()) {
        co_await send_close(end->code, end->violation);
        if (!end->violation.empty()) throw StreamBroken("WebSocket: " + std::string(end->violation));
        co_return 0;
      }
      std::size_t received = 0;
      try {
        received = co_await stream_->read_some(buffer);
      } catch (const StreamTimedOut&) {
        if (!closed_) throw;
      }
      if (received == 0) break;
      const std::size_t size = decoder_.decode(buffer.first(received));
      if (const auto ping = decoder_.take_ping()) {
        const base::Bytes pong = web_socket_pong(*ping);
        co_await send(pong);
      }
      if (size > 0) co_return size;
      if (reads % reads_in_a_row_max == 0) co_await asio::post(asio::use_awaitable);
    }
    co_return 0;
  }

  base::Task<void> write(base::ByteView bytes) {
    if (bytes.empty()) co_return;
    if (close_wanted_ || close_sent_) throw StreamBroken("written to a closed WebSocket");
    const base::Bytes frame = web_socket_message(bytes);
    co_await send(frame);
  }

  /// Nothing more will be written. The next read tells the client.
  void want_close() { close_wanted_ = true; }

  /// What is under way ends, as if its time were over; the client is told when the handler has ended.
  void close() {
    close_wanted_ = true;
    closed_ = true;
    stream_->expires_after(std::chrono::milliseconds(0));
  }

  void expires_after(std::chrono::milliseconds duration) {
    if (!closed_) stream_->expires_after(duration);
  }
  void expires_never() {
    if (!closed_) stream_->expires_never();
  }

  /// The closing handshake, as far as the client takes part in it, and the end of the connection.
  base::Task<void> finish(WebSocketCloseCode code) {
    try {
      stream_->expires_after(close_time);
      stream_->set_idle(false);  // a loop that drains waits for this, too
      co_await send_close(number(code), {});
      std::array<std::uint8_t, 1024> forgotten{};
      // A client that broke a rule may still be sending: closing at once would reset the connection and take the Close
      // frame along.
      for (std::size_t total = 0; !closed_by_client() && total < close_size_max;) {
        const std::size_t size = co_await stream_->read_some(forgotten);
        if (size == 0) break;
        if (!decoder_.end()) decoder_.decode(std::span(forgotten).first(size));
        total += size;
      }
    } catch (const StreamBroken&) {
      // There is nobody to say good-bye to.
    }
    stream_->close();
  }

 private:
  bool closed_by_client() const { return decoder_.end() && decoder_.end()->violation.empty(); }

  /// The right to write a frame, which answers of the reading side and the handler's messages contend for. There are
  /// never more than these two, so one may wait.
  class Turn {
   public:
    explicit Turn(WebSocket& socket) : socket_(socket) {}
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    ~Turn() {
      const auto next = std::exchange(socket_.waiting_, std::nullopt);
      if (next) {
        next->set(true);  // it goes on with this turn
      } else {
        socket_.writing_ = false;
      }
    }

   private:
    WebSocket& socket_;
  };

  base::Task<void> send(const base::Bytes& frame) {
    if (writing_) {
      const base::Completion<bool> turn_came;
      waiting_ = turn_came;
      co_await turn_came.wait();
    }
    writing_ = true;
    const Turn turn(*this);
    co_await stream_->write(frame);
  }

  base::Task<void> send_close(std::optional<std::uint16_t> code, std::string_view reason) {
    if (std::exchange(close_sent_, true)) co_return;
    const base::Bytes frame = web_socket_close(code, reason);
    co_await send(frame);
  }

  ByteStreamPtr stream_;
  std::shared_ptr<const Peer> peer_;
  WebSocketDecoder decoder_;
  std::optional<base::Completion<bool>> waiting_;
  bool writing_ = false;
  bool close_wanted_ = false;
  bool closed_ = false;
  bool close_sent_ = false;
};

class WebSocketStream final : public ByteStream {
 public:
  explicit WebSocketStream(std::shared_ptr<WebSocket> socket) : socket_(std::move(socket)) {}

  base::Task<std::size_t> read_some(std::span<std::uint8_t> buffer) override { return socket_->read_some(buffer); }
  base::Task<void> write(base::ByteView bytes) override { return socket_->write(bytes); }
  void expires_after(std::chrono::milliseconds duration) override { socket_->expires_after(duration); }
  void expires_never() override { socket_->expires_never(); }
  void set_idle(bool idle) override { socket_->below().set_idle(idle); }
  bool draining() const override { return socket_->below().draining(); }
  void shut_down_write() override { socket_->want_close(); }
  void close() override { socket_->close(); }
  const std::shared_ptr<const Peer>& peer() const override { return socket_->peer(); }

 private:
  std::shared_ptr<WebSocket> socket_;
};

WebSocketCloseCode close_code(const std::exception_ptr& fault, bool draining) {
  if (!fault) return draining ? WebSocketCloseCode::going_away : WebSocketCloseCode::normal;
  try {
    std::rethrow_exception(fault);
  } catch (const StreamBroken&) {
    return WebSocketCloseCode::normal;
  } catch (...) {
    return WebSocketCloseCode::internal_error;
  }
}

}  // namespace

base::Task<void> serve_web_socket(ByteStreamPtr stream, WebSocketLimits limits, const ConnectionHandler& handler) {
  const auto socket = std::make_shared<WebSocket>(std::move(stream), limits);
  std::exception_ptr fault;
  try {
    ByteStreamPtr inside = std::make_unique<WebSocketStream>(socket);
    co_await handler(std::move(inside));
  } catch (...) {
    fault = std::current_exception();
  }
  const WebSocketCloseCode code = close_code(fault, socket->below().draining());
  co_await socket->finish(code);
  if (fault) std::rethrow_exception(fault);
}

}  // namespace muster::net
