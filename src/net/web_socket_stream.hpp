// What is spoken inside a WebSocket, as a stream (RFC 6455).
#pragma once

#include <cstddef>

#include "net/byte_stream.hpp"

namespace muster::net {

struct WebSocketLimits {
  /// Of one message. Nothing is stored, so this bounds only what a client may announce.
  std::size_t message_size_max = 1024 * 1024;
};

/// Serves a connection whose opening handshake is done. `handler` gets a stream of what the client's binary messages
/// carry; each write to it is one message. Pings are answered while the handler reads. A client that breaks a rule is
/// told with a Close frame, and the handler's read throws StreamBroken. `handler` outlives the task. When it has ended,
/// the closing handshake follows, for at most two seconds; where the loop drains it says "going away" (section 7.4.1).
/// Throws what the handler throws.
base::Task<void> serve_web_socket(ByteStreamPtr stream, WebSocketLimits limits, const ConnectionHandler& handler);

}  // namespace muster::net
