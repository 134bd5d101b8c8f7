#include "net/plain_stream.hpp"

#include <sys/socket.h>

#include <cerrno>

namespace muster::net {

base::Task<std::size_t> PlainStream::read_some(std::span<std::uint8_t> buffer) {
  while (socket_->readable()) {
    const auto received = ::recv(socket_->descriptor(), buffer.data(), buffer.size(), 0);
    if (received >= 0) {
      co_await socket_->let_others_go_on();
      co_return static_cast<std::size_t>(received);
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN && errno != EWOULDBLOCK) co_return 0;
    co_await socket_->wait_readable();
  }
  co_return 0;
}

base::Task<void> PlainStream::write(base::ByteView bytes) {
  while (!bytes.empty()) {
    if (!socket_->usable()) throw StreamBroken("written to a closed connection");
    const auto sent = ::send(socket_->descriptor(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(sent));
      continue;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN && errno != EWOULDBLOCK) throw StreamBroken("the peer closed the connection");
    co_await socket_->wait_writable();
  }
}

void PlainStream::shut_down_write() { ::shutdown(socket_->descriptor(), SHUT_WR); }

void PlainStream::close() { socket_->close(); }

}  // namespace muster::net
