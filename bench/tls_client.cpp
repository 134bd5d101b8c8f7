#include "tls_client.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <mutex>
#include <stdexcept>
#include <utility>

namespace muster::bench {
namespace {

constexpr int timeout_s = 30;
constexpr std::size_t read_size_max = 16 * 1024;

[[noreturn]] void fail(const std::string& what) {
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  const char* reason = code != 0 ? ERR_reason_error_string(code) : nullptr;
  if (reason == nullptr) reason = errno != 0 ? std::strerror(errno) : "the connection ended";
  throw std::runtime_error(what + ": " + reason);
}

struct Address {
  sockaddr_storage storage;
  socklen_t size;
};

/// The socket, or -1 with errno set.
int open_socket(const Address& address) {
  const int socket = ::socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP);
  if (socket < 0) return -1;
  const timeval timeout{.tv_sec = timeout_s, .tv_usec = 0};
  const int on = 1;
  setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
  setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&address.storage), address.size) == 0) return socket;
  const int error = errno;
  ::close(socket);
  errno = error;
  return -1;
}

/// "localhost" may stand for two addresses of which the server has one: the first that answers is kept.
Address find_address(const Target& target) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int error = getaddrinfo(target.host.c_str(), target.port.c_str(), &hints, &found); error != 0)
    throw std::runtime_error(target.host + ": " + gai_strerror(error));
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(found, freeaddrinfo);
  for (const addrinfo* entry = found; entry != nullptr; entry = entry->ai_next) {
    Address address{.storage = {}, .size = entry->ai_addrlen};
    std::memcpy(&address.storage, entry->ai_addr, entry->ai_addrlen);
    if (const int socket = open_socket(address); socket >= 0) {
      ::close(socket);
      return address;
    }
  }
  fail("nothing answers at " + target.host + " port " + target.port);
}

bool is_numeric(const std::string& host) {
  in6_addr address{};
  return inet_pton(AF_INET, host.c_str(), &address) == 1 || inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

/// The server's certificate once its chain and its name have been checked. The handshakes after it compare the
/// certificate itself: the proof of the key is checked in each, the same two signatures above it only once.
class KnownServer {
 public:
  ~KnownServer() { X509_free(certificate_); }

  static int verify(X509_STORE_CTX* context, void* self) {
    return static_cast<KnownServer*>(self)->verify(context) ? 1 : 0;
  }

 private:
  bool verify(X509_STORE_CTX* context) {
    X509* presented = X509_STORE_CTX_get0_cert(context);
    const std::lock_guard lock(mutex_);
    if (certificate_ != nullptr && X509_cmp(certificate_, presented) == 0) return true;
    if (X509_verify_cert(context) != 1) return false;
    X509_free(certificate_);
    certificate_ = presented;
    X509_up_ref(certificate_);
    return true;
  }

  std::mutex mutex_;
  X509* certificate_ = nullptr;
};

}  // namespace

Target parse_url(std::string_view url) {
  constexpr std::string_view https = "https://";
  constexpr std::string_view mqtts = "mqtts://";
  const bool is_mqtt = url.starts_with(mqtts);
  if (!is_mqtt && !url.starts_with(https)) throw std::invalid_argument("the URL must begin with https:// or mqtts://");
  url.remove_prefix(https.size());
  const auto slash = url.find('/');
  std::string_view authority = url.substr(0, slash);
  Target target{.host = {}, .port = is_mqtt ? "8883" : "443", .path = "/"};
  if (slash != std::string_view::npos) target.path = url.substr(slash);

  const auto colon = authority.rfind(':');
  if (colon != std::string_view::npos && authority.find(']', colon) == std::string_view::npos) {
    target.port = authority.substr(colon + 1);
    authority = authority.substr(0, colon);
  }
  if (authority.starts_with('[') && authority.ends_with(']')) authority = authority.substr(1, authority.size() - 2);
  target.host = authority;
  if (target.host.empty() || target.port.empty()) throw std::invalid_argument("the URL names no host or no port");
  return target;
}

TlsConnection::TlsConnection(ssl_st* session, int socket) : session_(session), socket_(socket) {}

TlsConnection::TlsConnection(TlsConnection&& other) noexcept
    : session_(std::exchange(other.session_, nullptr)),
      socket_(std::exchange(other.socket_, -1)),
      buffer_(std::move(other.buffer_)) {}

TlsConnection::~TlsConnection() {
  if (session_ != nullptr) {
    SSL_shutdown(session_);
    SSL_free(session_);
    ERR_clear_error();
  }
  if (socket_ >= 0) ::close(socket_);
}

void TlsConnection::write(std::string_view text) {
  errno = 0;
  if (SSL_write(session_, text.data(), static_cast<int>(text.size())) <= 0) fail("sending");
}

std::string_view TlsConnection::read() {
  errno = 0;
  buffer_.resize(read_size_max);
  const int size = SSL_read(session_, buffer_.data(), static_cast<int>(buffer_.size()));
  if (size > 0) return std::string_view(buffer_).substr(0, static_cast<std::size_t>(size));
  if (SSL_get_error(session_, size) == SSL_ERROR_ZERO_RETURN) return {};
  fail("receiving");
}

struct TlsClient::State {
  Target target;
  Address address{};
  KnownServer known_server;
  std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context{SSL_CTX_new(TLS_client_method()), SSL_CTX_free};
};

TlsClient::TlsClient(Target target, const std::string& authority_file) : state_(std::make_unique<State>()) {
  state_->target = std::move(target);
  state_->address = find_address(state_->target);
  SSL_CTX* context = state_->context.get();
  if (context == nullptr) fail("OpenSSL");
  SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
  SSL_CTX_set1_groups_list(context, "X25519");
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_cert_verify_callback(context, KnownServer::verify, &state_->known_server);
  if (SSL_CTX_load_verify_locations(context, authority_file.c_str(), nullptr) != 1) fail(authority_file);
}

TlsClient::~TlsClient() = default;

const Target& TlsClient::target() const { return state_->target; }

TlsConnection TlsClient::connect(const DeviceIdentity* identity) const {
  errno = 0;
  const int socket = open_socket(state_->address);
  if (socket < 0) fail("connecting");
  SSL* session = SSL_new(state_->context.get());
  TlsConnection connection(session, socket);
  if (session == nullptr) fail("OpenSSL");
  const std::string& host = state_->target.host;
  if (is_numeric(host)) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session), host.c_str());
  } else {
    SSL_set1_host(session, host.c_str());
    // What SSL_set_tlsext_host_name() stands for, without its C cast.
    SSL_ctrl(session, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, const_cast<char*>(host.c_str()));
  }
  if (identity != nullptr && (SSL_use_certificate(session, identity->certificate.get()) != 1 ||
                              SSL_use_PrivateKey(session, identity->key.get()) != 1))
    fail("the device's certificate");
  SSL_set_fd(session, socket);
  if (SSL_connect(session) != 1) fail("TLS handshake");
  return connection;
}

}  // namespace muster::bench
