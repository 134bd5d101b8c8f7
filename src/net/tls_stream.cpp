#include "net/tls_stream.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/socket.h>

#include "base/bytes.hpp"
#include "crypto/certificate.hpp"

namespace muster::net {
namespace {

using CertificatePtr = std::unique_ptr<X509, decltype(&X509_free)>;

std::string last_reason() {
  const unsigned long code = ERR_peek_last_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  return reason ? reason : "the connection was lost";
}

}  // namespace

void TlsStream::Free::operator()(ssl_st* ssl) const { SSL_free(ssl); }

TlsStream::TlsStream(const TlsContext& context, std::unique_ptr<Socket> socket, std::string address)
    : socket_(std::move(socket)), ssl_(SSL_new(context.current().get())) {
  if (!ssl_ || SSL_set_fd(ssl_.get(), socket_->descriptor()) != 1)
    throw std::runtime_error("OpenSSL cannot make a session");
  SSL_set_accept_state(ssl_.get());
  auto peer = std::make_shared<Peer>();
  peer->address = std::move(address);
  peer_ = std::move(peer);
}

TlsStream::~TlsStream() = default;

TlsStream::Outcome TlsStream::outcome(int returned) const {
  switch (SSL_get_error(ssl_.get(), returned)) {
    case SSL_ERROR_WANT_READ:
      return Outcome::wait_readable;
    case SSL_ERROR_WANT_WRITE:
      return Outcome::wait_writable;
    case SSL_ERROR_ZERO_RETURN:
    case SSL_ERROR_SYSCALL:
      return Outcome::ended;
    default:
      break;
  }
#ifdef SSL_R_UNEXPECTED_EOF_WHILE_READING
  // Peers that close without a close_notify are many. Every protocol that Muster speaks frames its own messages, so a
  // cut is noticed there.
  if (ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING) return Outcome::ended;
#endif
  return Outcome::broken;
}

base::Task<void> TlsStream::wait(Outcome outcome) {
  return outcome == Outcome::wait_readable ? socket_->wait_readable() : socket_->wait_writable();
}

base::Task<void> TlsStream::handshake() {
  for (;;) {
    if (!socket_->usable()) throw StreamBroken("closed during the handshake");
    ERR_clear_error();
    const int returned = SSL_do_handshake(ssl_.get());
    if (returned == 1) break;
    const Outcome result = outcome(returned);
    if (result == Outcome::ended || result == Outcome::broken) {
      give_up();
      throw StreamBroken(last_reason());
    }
    co_await wait(result);
  }
  peer_ = take_peer();
  forget_key_exchange();
}

void TlsStream::forget_key_exchange() {
  const auto empty = [](EVP_PKEY* key) {
    EVP_PKEY_set_type(key, EVP_PKEY_X25519);  // frees what the key holds; the empty key is the session's to free
    EVP_PKEY_free(key);
  };
  EVP_PKEY* key = nullptr;
  if (SSL_get_tmp_key(ssl_.get(), &key) == 1) empty(key);
  if (SSL_get_peer_tmp_key(ssl_.get(), &key) == 1) empty(key);
}

std::shared_ptr<const Peer> TlsStream::take_peer() {
  auto peer = std::make_shared<Peer>();
  peer->address = peer_->address;
  if (const char* name = SSL_get_servername(ssl_.get(), TLSEXT_NAMETYPE_host_name))
    peer->server_name = base::to_lower(name);
  const unsigned char* protocol = nullptr;
  unsigned int protocol_size = 0;
  SSL_get0_alpn_selected(ssl_.get(), &protocol, &protocol_size);
  peer->application_protocol = base::text_view(base::ByteView(protocol, protocol_size));

  // The chain that OpenSSL keeps on the server's side lacks the leaf.
  const CertificatePtr leaf(SSL_get_peer_certificate(ssl_.get()), &X509_free);
  if (!leaf) return peer;
  // So that whoever reads these octets on this thread finds them parsed. What is wrong with them is theirs to tell.
  static_cast<void>(crypto::Certificate::from_native(leaf.get()));
  // Taken out, because OpenSSL would keep them parsed, at several times their octets, until the connection ends.
  STACK_OF(X509)* chain = SSL_get_peer_cert_chain(ssl_.get());
  std::vector<base::Bytes> issuers;
  while (sk_X509_num(chain) > 0) {
    const CertificatePtr issuer(sk_X509_shift(chain), &X509_free);
    issuers.push_back(encode(issuer.get()));
  }
  peer->certificates = PresentedCertificates(leaf.get(), std::move(issuers));
  return peer;
}

base::Task<std::size_t> TlsStream::read_some(std::span<std::uint8_t> buffer) {
  while (socket_->readable()) {
    ERR_clear_error();
    std::size_t received = 0;
    const int returned = SSL_read_ex(ssl_.get(), buffer.data(), buffer.size(), &received);
    if (returned == 1) {
      co_await socket_->let_others_go_on();
      co_return received;
    }
    const Outcome result = outcome(returned);
    if (result == Outcome::ended) {
      if ((SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) == 0) give_up();
      co_return 0;
    }
    if (result == Outcome::broken) {
      give_up();
      throw StreamBroken(last_reason());
    }
    co_await wait(result);
  }
  co_return 0;
}

bool TlsStream::rest(std::shared_ptr<Sleeper> sleeper) {
  // Octets that OpenSSL has read are seen by nobody who waits for the descriptor.
  if (SSL_has_pending(ssl_.get()) == 1) return false;
  return socket_->rest(std::move(sleeper));
}

base::Task<void> TlsStream::write(base::ByteView bytes) {
  while (!bytes.empty()) {
    if (!socket_->usable()) throw StreamBroken("written to a closed connection");
    ERR_clear_error();
    std::size_t sent = 0;
    const int returned = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &sent);
    if (returned == 1) {
      bytes = bytes.subspan(sent);
      continue;
    }
    const Outcome result = outcome(returned);
    if (result == Outcome::ended || result == Outcome::broken) {
      give_up();
      throw StreamBroken(last_reason());
    }
    co_await wait(result);
  }
}

// SSL_shutdown must not follow a fatal error (SSL_shutdown(3)), and a peer that is gone need not be told.
void TlsStream::give_up() { SSL_set_shutdown(ssl_.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN); }

void TlsStream::send_close_notify() {
  // SSL_shutdown must not come before the end of the handshake (SSL_shutdown(3)).
  if (!SSL_is_init_finished(ssl_.get())) return;
  if ((SSL_get_shutdown(ssl_.get()) & SSL_SENT_SHUTDOWN) != 0) return;
  ERR_clear_error();
  SSL_shutdown(ssl_.get());
}

void TlsStream::shut_down_write() {
  send_close_notify();
  ::shutdown(socket_->descriptor(), SHUT_WR);
}

void TlsStream::close() {
  if (socket_->descriptor() < 0) return;
  send_close_notify();
  socket_->close();
}

}  // namespace muster::net
