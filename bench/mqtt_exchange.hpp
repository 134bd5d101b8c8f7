// A device's side of MQTT 3.1.1, for the load generator.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "codec/mqtt/packet.hpp"
#include "tls_client.hpp"

namespace muster::bench {

/// What a device says: who it is, what it listens to, and what it publishes.
struct MqttDevice {
  std::string client_id;
  std::optional<std::string> user_name;
  std::optional<std::string> password;
  std::string filter;
  std::string topic;
  std::string payload;
};

/// The session of one device on a connection, which outlives it. Its functions throw std::runtime_error where the
/// server refuses, says something else than expected, or ends the connection.
class MqttExchange {
 public:
  explicit MqttExchange(TlsConnection& connection);

  /// CONNECT and SUBSCRIBE with QoS 1, each answered before the next is sent, as Microsoft's SDKs do it.
  void open(const MqttDevice& device);
  /// PUBLISH with QoS 1, and the first message that comes back; it is acknowledged together with the goodbye.
  codec::mqtt::Publish request(const MqttDevice& device);

 private:
  void send(const codec::mqtt::Packet& packet);
  codec::mqtt::Packet receive();
  template <class Kind>
  Kind expect(const char* what);

  TlsConnection& connection_;
  codec::mqtt::Framer framer_;
};

}  // namespace muster::bench
