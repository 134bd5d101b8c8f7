// Serves MQTT 3.1.1 and 5 on a connection.
#pragma once

#include <chrono>
#include <memory>

#include "net/byte_stream.hpp"
#include "net/log.hpp"
#include "net/mqtt.hpp"
#include "net/mqtt_session.hpp"

namespace muster::net {

class MqttNames;

struct MqttSettings {
  MqttLimits limits;
  /// From the connection's first octet to the last of CONNECT.
  std::chrono::milliseconds connect_time{10'000};
  /// From a packet's first octet to its last.
  std::chrono::milliseconds packet_time{20'000};
  /// How long a connection may last on which nobody has proven to be anybody. Keep-alive alone bounds nothing: it is
  /// the client's to choose.
  std::chrono::milliseconds unproven_time{600'000};
  /// How long the client may take to receive what it is sent.
  std::chrono::milliseconds answer_time{20'000};
};

/// Joins connections with the handler that answers their clients. One object serves any number of connections on any
/// number of loops; everything it is given outlives the loops' threads.
///
/// What a client sends is handled in order, one packet after the other, and nothing is read meanwhile. A PUBLISH of QoS
/// 1 is acknowledged when it has been handled, right before its answers. Between packets a connection holds its session
/// and neither buffers nor, where its stream can rest, a coroutine.
class MqttServer {
 public:
  MqttServer(MqttHandler& handler, Log& log, MqttSettings settings = {});
  ~MqttServer();

  /// Serves one connection until it ends or rests; a ConnectionHandler.
  base::Task<void> serve(ByteStreamPtr stream);

 private:
  class Connection;
  /// Goes on with a connection until it ends or rests again. `is_awake`: it rested, and there is something to read.
  base::Task<void> converse(std::shared_ptr<Connection> connection, bool is_awake);
  base::Task<void> go_on(std::shared_ptr<Connection> connection);

  MqttHandler& handler_;
  Log& log_;
  MqttSettings settings_;
  std::shared_ptr<MqttNames> names_;  // connections that are cut off may outlive the server
};

}  // namespace muster::net
