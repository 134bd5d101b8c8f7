// A port that takes connections.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/ip_network.hpp"
#include "net/byte_stream.hpp"
#include "net/log.hpp"
#include "net/server_loop.hpp"
#include "net/tls_context.hpp"

namespace muster::net {

struct ListenerSettings {
  std::string name;            ///< for the log: "https"
  std::string address = "::";  ///< numeric; "::" takes IPv4 too
  std::uint16_t port = 0;      ///< 0: the system chooses (tests)
  /// One more is closed as soon as it is accepted; loops that accept at the same moment may each let one more in.
  std::size_t connections_max = 20'000;
  /// From these a PROXY protocol v2 header is required; from all others none is understood.
  std::vector<base::Network> proxies;
  /// For the PROXY header and the TLS handshake together.
  std::chrono::milliseconds handshake_time{10'000};
};

/// Counted since the listener began; read from any thread.
struct ListenerCounters {
  std::atomic<std::uint64_t> accepted{0};
  std::atomic<std::uint64_t> refused_at_limit{0};
  std::atomic<std::uint64_t> handshakes_failed{0};
  std::atomic<std::uint64_t> open{0};
};

/// Accepts on every loop for itself (SO_REUSEPORT), so that a connection never changes threads.
///
/// Make it before or after the loops start, destroy it before they are destroyed. What the handler refers to must live
/// until the loops have stopped.
class Listener {
 public:
  /// `tls` is shared with whoever renews certificates; without it the listener speaks plain TCP (tests, and behind
  /// whatever terminates TLS). Throws std::runtime_error with one sentence that names address and port where it cannot
  /// listen, also where another process of the same user does. `handler` gets each connection when its handshake is
  /// done.
  Listener(ServerLoop& loop, ListenerSettings settings, std::shared_ptr<TlsContext> tls, ConnectionHandler handler,
           Log& log);
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  /// Stops accepting; connections that exist go on.
  ~Listener();

  const ListenerSettings& settings() const;
  /// The port in use, also where the system chose it.
  std::uint16_t port() const;
  const ListenerCounters& counters() const;
  /// Stops accepting; callable from any thread, more than once. The loops' `stop` does the same.
  void stop();

 private:
  struct Shared;
  class Acceptor;
  std::shared_ptr<Shared> shared_;
  std::vector<std::shared_ptr<Acceptor>> acceptors_;
};

}  // namespace muster::net
