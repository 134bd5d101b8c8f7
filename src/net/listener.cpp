#include "net/listener.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "net/plain_stream.hpp"
#include "net/proxy_protocol.hpp"
#include "net/timer.hpp"
#include "net/tls_stream.hpp"

namespace muster::net {

using base::IpAddress;

namespace asio = boost::asio;

namespace {

constexpr int backlog = 4096;
// Between two looks at the loop's other work.
constexpr int accepts_in_a_row_max = 16;
// Clients speak first in every protocol here, so the kernel may keep a connection until they have.
constexpr int silent_seconds_max = 1;
// A peer whose host has gone, or whose way is cut, says nothing for ever. Protocols that let it be silent for ever rely
// on the kernel to notice.
constexpr int keep_alive_idle_seconds = 120;
constexpr int keep_alive_interval_seconds = 30;
constexpr int keep_alive_probes = 4;
constexpr std::chrono::milliseconds pause_without_descriptors{100};

/// A descriptor until somebody else owns it.
class Descriptor {
 public:
  explicit Descriptor(int descriptor) : descriptor_(descriptor) {}
  Descriptor(Descriptor&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  int get() const { return descriptor_; }
  int release() { return std::exchange(descriptor_, -1); }

 private:
  int descriptor_;
};

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
  bool any = false;

  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
  void set(const sockaddr_in& address) { store(&address, sizeof address); }
  void set(const sockaddr_in6& address) { store(&address, sizeof address); }

 private:
  void store(const void* address, socklen_t address_size) {
    std::memcpy(&storage, address, address_size);
    size = address_size;
  }
};

SocketAddress to_socket_address(const IpAddress& address, std::uint16_t port) {
  SocketAddress result;
  if (address.is_v4()) {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    std::memcpy(&v4.sin_addr, address.octets().data() + 12, 4);
    result.set(v4);
  } else {
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    std::memcpy(&v6.sin6_addr, address.octets().data(), 16);
    result.set(v6);
    result.any = address == IpAddress{};
  }
  return result;
}

IpAddress to_ip_address(const SocketAddress& address) {
  if (address.storage.ss_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address.storage, sizeof v4);
    std::array<std::uint8_t, 4> octets{};
    std::memcpy(octets.data(), &v4.sin_addr, octets.size());
    return IpAddress::from_v4(octets);
  }
  sockaddr_in6 v6{};
  std::memcpy(&v6, &address.storage, sizeof v6);
  std::array<std::uint8_t, 16> octets{};
  std::memcpy(octets.data(), &v6.sin6_addr, octets.size());
  return IpAddress::from_v6(octets);
}

void set_option(const Descriptor& descriptor, int level, int option, int value) {
  if (::setsockopt(descriptor.get(), level, option, &value, sizeof value) != 0)
    throw std::system_error(errno, std::generic_category(), "setsockopt");
}

Descriptor bind_to(const SocketAddress& address, bool share_port) {
  Descriptor descriptor(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (descriptor.get() < 0) throw std::system_error(errno, std::generic_category(), "socket");
  set_option(descriptor, SOL_SOCKET, SO_REUSEADDR, 1);
  if (share_port) set_option(descriptor, SOL_SOCKET, SO_REUSEPORT, 1);
  if (address.any) set_option(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, 0);
  if (::bind(descriptor.get(), address.get(), address.size) != 0)
    throw std::system_error(errno, std::generic_category(), "bind");
  return descriptor;
}

Descriptor listen_on(const SocketAddress& address) {
  Descriptor descriptor = bind_to(address, true);
  // Accepted connections inherit all of these on Linux.
  set_option(descriptor, IPPROTO_TCP, TCP_NODELAY, 1);
  set_option(descriptor, IPPROTO_TCP, TCP_DEFER_ACCEPT, silent_seconds_max);
  set_option(descriptor, SOL_SOCKET, SO_KEEPALIVE, 1);
  set_option(descriptor, IPPROTO_TCP, TCP_KEEPIDLE, keep_alive_idle_seconds);
  set_option(descriptor, IPPROTO_TCP, TCP_KEEPINTVL, keep_alive_interval_seconds);
  set_option(descriptor, IPPROTO_TCP, TCP_KEEPCNT, keep_alive_probes);
  if (::listen(descriptor.get(), backlog) != 0) throw std::system_error(errno, std::generic_category(), "listen");
  return descriptor;
}

std::vector<Descriptor> listen_everywhere(const IpAddress& ip, std::uint16_t& port, std::size_t count) {
  // SO_REUSEPORT lets a second process of the same user share the port unnoticed; a bind without it is refused.
  if (port != 0) bind_to(to_socket_address(ip, port), false);
  std::vector<Descriptor> descriptors;
  for (std::size_t i = 0; i < count; ++i) {
    descriptors.push_back(listen_on(to_socket_address(ip, port)));
    if (port != 0) continue;
    SocketAddress chosen;
    chosen.size = sizeof chosen.storage;
    if (::getsockname(descriptors.back().get(), chosen.get(), &chosen.size) != 0)
      throw std::system_error(errno, std::generic_category(), "getsockname");
    sockaddr_in v4{};  // both families have the port at the same place
    std::memcpy(&v4, &chosen.storage, sizeof v4);
    port = ntohs(v4.sin_port);
  }
  return descriptors;
}

std::vector<Descriptor> listen_or_explain(const ListenerSettings& settings, std::uint16_t& port, std::size_t count) {
  const auto ip = IpAddress::parse(settings.address);
  const std::string place = settings.address + " port " + std::to_string(settings.port);
  if (!ip) throw std::runtime_error("cannot listen on " + place + ": this is not a numeric IP address");
  try {
    return listen_everywhere(*ip, port, count);
  } catch (const std::system_error& fault) {
    const int code = fault.code().value();
    // Hosts without IPv6 still have all of IPv4.
    if (code == EAFNOSUPPORT && *ip == IpAddress{}) return listen_everywhere(IpAddress::from_v4({}), port, count);
    if (code == EADDRINUSE) throw std::runtime_error("cannot listen on " + place + ": the port is in use");
    if (code == EACCES)
      throw std::runtime_error("cannot listen on " + place + ": ports below 1024 need CAP_NET_BIND_SERVICE");
    throw std::runtime_error("cannot listen on " + place + ": " + fault.code().message());
  }
}

/// Reads exactly the header, because what follows is OpenSSL's to read.
base::Task<std::optional<IpAddress>> read_proxy_header(Socket& socket) {
  base::Bytes received;
  for (;;) {
    const auto parsed = parse_proxy_header(received);
    if (const auto* refused = std::get_if<ProxyHeaderRefused>(&parsed)) throw StreamBroken(refused->reason);
    if (const auto* header = std::get_if<ProxyHeader>(&parsed)) co_return header->source;

    const std::size_t have = received.size();
    received.resize(std::get<ProxyHeaderIncomplete>(parsed).size_needed);
    if (!socket.usable()) throw StreamBroken("closed before the PROXY header");
    const auto size = ::recv(socket.descriptor(), received.data() + have, received.size() - have, 0);
    if (size == 0) throw StreamBroken("the connection ended before the PROXY header");
    received.resize(have + (size > 0 ? static_cast<std::size_t>(size) : 0));
    if (size > 0 || errno == EINTR) continue;
    if (errno != EAGAIN && errno != EWOULDBLOCK) throw StreamBroken("the connection broke before the PROXY header");
    co_await socket.wait_readable();
  }
}

}  // namespace

struct Listener::Shared {
  Shared(ListenerSettings given, std::shared_ptr<TlsContext> context, ConnectionHandler connection_handler, Log& to)
      : settings(std::move(given)), tls(std::move(context)), handler(std::move(connection_handler)), log(to) {}

  ListenerSettings settings;
  std::shared_ptr<TlsContext> tls;
  ConnectionHandler handler;
  Log& log;
  ListenerCounters counters;
  std::uint16_t port = 0;

  bool is_proxy(const IpAddress& address) const {
    for (const auto& network : settings.proxies)
      if (network.contains(address)) return true;
    return false;
  }
};

/// One listening socket on one loop.
class Listener::Acceptor final : public LoopMember, public std::enable_shared_from_this<Acceptor> {
 public:
  Acceptor(std::shared_ptr<Shared> shared, asio::io_context& context, Descriptor descriptor)
      : shared_(std::move(shared)), context_(context), descriptor_(context, descriptor.release()) {}

  asio::io_context& context() { return context_; }

  static base::Task<void> run(std::shared_ptr<Acceptor> self) {
    const Membership membership(*self);
    if (membership.draining()) self->stop();
    while (!self->stopped_) {
      const bool descriptors_left = self->accept_waiting();
      if (self->stopped_) break;
      if (descriptors_left) {
        boost::system::error_code ignored;
        co_await self->descriptor_.async_wait(asio::posix::descriptor_base::wait_read,
                                              asio::redirect_error(asio::use_awaitable, ignored));
      } else {
        co_await sleep_for(pause_without_descriptors);
      }
    }
  }

  /// On the loop's thread.
  void stop() {
    stopped_ = true;
    boost::system::error_code ignored;
    descriptor_.close(ignored);
  }

 private:
  /// Tells the loop of an acceptor as long as it runs.
  class Membership {
   public:
    explicit Membership(Acceptor& acceptor) : acceptor_(acceptor), loop_(LoopState::of(acceptor.context_)) {
      loop_.add(acceptor_);
    }
    ~Membership() { loop_.remove(acceptor_); }
    Membership(const Membership&) = delete;
    Membership& operator=(const Membership&) = delete;
    bool draining() const { return loop_.draining(); }

   private:
    Acceptor& acceptor_;
    LoopState& loop_;
  };

  void on_deadline() override {}
  void on_drain() override { stop(); }
  void on_abort() override { stop(); }

  /// False where the process or the system has no descriptors or memory left for another connection; that is logged.
  bool accept_waiting() {
    for (int accepted = 0; accepted < accepts_in_a_row_max && !stopped_; ++accepted) {
      SocketAddress from;
      from.size = sizeof from.storage;
      const int descriptor =
          ::accept4(descriptor_.native_handle(), from.get(), &from.size, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (descriptor >= 0) {
        if (!begin(Descriptor(descriptor), to_ip_address(from))) return false;
        continue;
      }
      if (errno == EAGAIN || errno == EWOULDBLOCK) return true;
      if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
        log_failure(std::generic_category().message(errno));
        return false;
      }
      // Anything else concerns the one connection that went away meanwhile (accept(2)).
    }
    return true;
  }

  void log_failure(std::string_view fault) {
    shared_->log.write(LogLevel::error, "accept_failed", {{"listener", shared_->settings.name}, {"fault", fault}});
  }

  /// False as accept_waiting says; the connection is closed then. An exception that left here would end the accepting,
  /// while the kernel went on to hand this socket its share of the connections.
  bool begin(Descriptor descriptor, const IpAddress& from) {
    ++shared_->counters.accepted;
    try {
      auto& open = shared_->counters.open;
      if (open >= shared_->settings.connections_max) {
        ++shared_->counters.refused_at_limit;
        return true;
      }
      auto socket = std::make_unique<Socket>(context_, descriptor.get(), std::shared_ptr<Counter>(shared_, &open));
      descriptor.release();
      asio::co_spawn(context_, serve(shared_, std::move(socket), from), asio::detached);
      return true;
    } catch (const std::exception& fault) {
      log_failure(fault.what());
      return false;
    }
  }

  static base::Task<void> serve(std::shared_ptr<Shared> shared, std::unique_ptr<Socket> socket, IpAddress from) {
    std::string address = from.str();
    ByteStreamPtr stream;
    try {
      socket->expires_after(shared->settings.handshake_time);
      if (!shared->settings.proxies.empty() && shared->is_proxy(from)) {
        const auto source = co_await read_proxy_header(*socket);
        if (source) address = source->str();
      }
      if (shared->tls) {
        auto tls = std::make_unique<TlsStream>(*shared->tls, std::move(socket), address);
        co_await tls->handshake();
        stream = std::move(tls);
      } else {
        auto peer = std::make_shared<Peer>();
        peer->address = address;
        stream = std::make_unique<PlainStream>(std::move(socket), std::move(peer));
      }
    } catch (const std::exception& reason) {
      ++shared->counters.handshakes_failed;
      shared->log.write(LogLevel::debug, "handshake_failed",
                        {{"listener", shared->settings.name}, {"address", address}, {"reason", reason.what()}});
      co_return;
    }

    stream->expires_never();
    try {
      co_await shared->handler(std::move(stream));
    } catch (const StreamBroken& reason) {
      shared->log.write(LogLevel::debug, "connection_broken",
                        {{"listener", shared->settings.name}, {"address", address}, {"reason", reason.what()}});
    } catch (const std::exception& fault) {
      shared->log.write(LogLevel::error, "connection_failed",
                        {{"listener", shared->settings.name}, {"address", address}, {"fault", fault.what()}});
    }
  }

  std::shared_ptr<Shared> shared_;
  asio::io_context& context_;
  asio::posix::basic_stream_descriptor<asio::io_context::executor_type> descriptor_;
  bool stopped_ = false;
};

Listener::Listener(ServerLoop& loop, ListenerSettings settings, std::shared_ptr<TlsContext> tls,
                   ConnectionHandler handler, Log& log)
    : shared_(std::make_shared<Shared>(std::move(settings), std::move(tls), std::move(handler), log)) {
  shared_->port = shared_->settings.port;
  auto descriptors = listen_or_explain(shared_->settings, shared_->port, loop.size());
  for (std::size_t i = 0; i < descriptors.size(); ++i) {
    const auto executor = loop.executor(i);
    auto& context = static_cast<asio::io_context&>(asio::query(executor, asio::execution::context));
    acceptors_.push_back(std::make_shared<Acceptor>(shared_, context, std::move(descriptors[i])));
    asio::co_spawn(context, Acceptor::run(acceptors_.back()), asio::detached);
  }
}

Listener::~Listener() { stop(); }

const ListenerSettings& Listener::settings() const { return shared_->settings; }
std::uint16_t Listener::port() const { return shared_->port; }
const ListenerCounters& Listener::counters() const { return shared_->counters; }

void Listener::stop() {
  for (const auto& acceptor : acceptors_) asio::post(acceptor->context(), [acceptor] { acceptor->stop(); });
}

}  // namespace muster::net
