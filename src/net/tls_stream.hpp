// The server's side of TLS on a socket: OpenSSL reads and writes the descriptor itself, Asio only says when. Internal
// to this room.
#pragma once

#include "net/socket.hpp"
#include "net/tls_context.hpp"

struct ssl_st;

namespace muster::net {

class TlsStream final : public ByteStream {
 public:
  /// `address` becomes the peer's. Throws std::runtime_error where OpenSSL cannot make a session.
  TlsStream(const TlsContext& context, std::unique_ptr<Socket> socket, std::string address);
  ~TlsStream() override;

  /// The handshake, after which `peer` is complete. Throws StreamTimedOut, or StreamBroken with OpenSSL's reason.
  base::Task<void> handshake();

  base::Task<std::size_t> read_some(std::span<std::uint8_t> buffer) override;
  bool rest(std::shared_ptr<Sleeper> sleeper) override;
  base::Task<void> write(base::ByteView bytes) override;
  void expires_after(std::chrono::milliseconds duration) override { socket_->expires_after(duration); }
  void expires_never() override { socket_->expires_never(); }
  void set_idle(bool idle) override { socket_->set_idle(idle); }
  bool draining() const override { return socket_->draining(); }
  void shut_down_write() override;
  void close() override;
  const std::shared_ptr<const Peer>& peer() const override { return peer_; }

 private:
  struct Free {
    void operator()(ssl_st* ssl) const;
  };
  enum class Outcome { wait_readable, wait_writable, ended, broken };
  Outcome outcome(int returned) const;
  base::Task<void> wait(Outcome outcome);
  void send_close_notify();
  /// Nothing more will be said on this connection.
  void give_up();
  std::shared_ptr<const Peer> take_peer();
  /// Wipes the private key that this connection's secrets were agreed with: OpenSSL keeps it until the connection ends,
  /// which with a silent device may be years.
  void forget_key_exchange();

  std::unique_ptr<Socket> socket_;
  std::unique_ptr<ssl_st, Free> ssl_;
  std::shared_ptr<const Peer> peer_;
};

}  // namespace muster::net
