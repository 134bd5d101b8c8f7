// Serves AMQP 1.0 on a connection.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "net/amqp_session.hpp"
#include "net/byte_stream.hpp"
#include "net/log.hpp"

namespace muster::net {

struct AmqpSettings {
  AmqpLimits limits = {};
  /// The mechanisms of SASL, the preferred one first. A client may leave SASL out.
  std::vector<std::string> mechanisms = {};
  /// From the connection's beginning to the first request.
  std::chrono::milliseconds opening_time{60'000};
  /// From one request to the next.
  std::chrono::milliseconds idle_time{60'000};
  /// How long a connection may last altogether, however much is asked on it: a device is done within moments.
  std::chrono::milliseconds lifetime{3'600'000};
  /// How long the client may take to receive what is sent to it.
  std::chrono::milliseconds answer_time{20'000};
};

/// Joins connections with the handler that answers on them. One object serves any number of connections on any number
/// of loops; everything it is given outlives it.
class AmqpServer {
 public:
  AmqpServer(AmqpHandler& handler, Log& log, base::Random& random, AmqpSettings settings);

  /// Serves one connection until it ends. Give it to a Listener, or to whoever hands over a WebSocket.
  base::Task<void> serve(ByteStreamPtr stream);

 private:
  base::Task<void> answer(AmqpSession& session, AmqpConversation& conversation, AmqpSession::Event event,
                          const Peer& peer);

  AmqpHandler& handler_;
  Log& log_;
  base::Random& random_;
  AmqpSettings settings_;
};

}  // namespace muster::net
