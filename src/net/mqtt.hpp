// What MQTT means to a dialect: who may connect, what may be subscribed to, what a message is answered with.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/task.hpp"
#include "codec/mqtt/packet.hpp"
#include "net/http.hpp"

namespace muster::net {

/// What becomes of one PUBLISH of a client.
struct MqttReply {
  /// For the client, in this order; each goes out where one of its subscriptions takes it in.
  std::vector<codec::mqtt::Publish> messages;
  /// For the PUBACK of MQTT 5.
  codec::mqtt::ReasonCode code = codec::mqtt::ReasonCode::success;
  /// Whether this request showed that the client is who its name says.
  bool proven = false;
  /// Ends the connection, after the messages.
  std::optional<codec::mqtt::Violation> violation;
};

/// A client that was let in, as long as its connection lasts. Called on the connection's thread, one call at a time.
class MqttClient {
 public:
  MqttClient() = default;
  MqttClient(const MqttClient&) = delete;
  MqttClient& operator=(const MqttClient&) = delete;
  virtual ~MqttClient() = default;

  /// success, or why the client may not subscribe to this.
  virtual codec::mqtt::ReasonCode subscribe(const std::string& filter) = 0;
  /// Throws for faults only; the connection is closed then.
  virtual base::Task<MqttReply> publish(codec::mqtt::Publish message) = 0;
};

struct MqttAdmission {
  std::unique_ptr<MqttClient> client;
  /// Of connections with the same name the newest that has proven itself stays; the others are closed. It says whose
  /// the client id is (a tenant's, say): client ids of different owners do not meet.
  std::string name;
  /// Whether the client has shown already that it is who its name says.
  bool proven = false;
};

/// What answers MQTT clients. `connect` may be called for many clients at once, each on its connection's thread.
class MqttHandler {
 public:
  virtual ~MqttHandler() = default;
  /// Lets a client in or says why not. Throws for faults only.
  virtual base::Task<std::variant<MqttAdmission, codec::mqtt::Violation>> connect(codec::mqtt::Connect connect,
                                                                                  std::shared_ptr<const Peer> peer) = 0;
};

}  // namespace muster::net
