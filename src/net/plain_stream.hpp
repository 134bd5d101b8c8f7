// A stream without TLS. Internal to this room.
#pragma once

#include "net/socket.hpp"

namespace muster::net {

/// Octets as they are, for tests and for listeners behind whatever terminates TLS.
class PlainStream final : public ByteStream {
 public:
  PlainStream(std::unique_ptr<Socket> socket, std::shared_ptr<const Peer> peer)
      : socket_(std::move(socket)), peer_(std::move(peer)) {}

  base::Task<std::size_t> read_some(std::span<std::uint8_t> buffer) override;
  bool rest(std::shared_ptr<Sleeper> sleeper) override { return socket_->rest(std::move(sleeper)); }
  base::Task<void> write(base::ByteView bytes) override;
  void expires_after(std::chrono::milliseconds duration) override { socket_->expires_after(duration); }
  void expires_never() override { socket_->expires_never(); }
  void set_idle(bool idle) override { socket_->set_idle(idle); }
  bool draining() const override { return socket_->draining(); }
  void shut_down_write() override;
  void close() override;
  const std::shared_ptr<const Peer>& peer() const override { return peer_; }

 private:
  std::unique_ptr<Socket> socket_;
  std::shared_ptr<const Peer> peer_;
};

}  // namespace muster::net
