// One port for every protocol: which one a client speaks is told by ALPN or by its first octets.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/byte_stream.hpp"
#include "net/log.hpp"

namespace muster::net {

enum class Protocol { http, mqtt, amqp };

/// The names of these protocols in ALPN (IANA, "TLS Application-Layer Protocol Negotiation (ALPN) Protocol IDs").
std::vector<std::string> application_protocols();

/// By what a client sends first: MQTT begins with a CONNECT packet (OASIS MQTT 5.0 section 3.1), AMQP with "AMQP"
/// (AMQP 1.0 section 2.2), and everything else is HTTP's to answer. Nothing where more octets are needed; four are
/// enough.
std::optional<Protocol> detect_protocol(base::ByteView first);

/// What serves the connections of each protocol. One that is empty is not served: its connections are closed and the
/// log says so.
struct ProtocolHandlers {
  ConnectionHandler http;
  ConnectionHandler mqtt;
  ConnectionHandler amqp;
};

/// Hands each connection to the handler of its protocol. One object serves any number of connections on any number of
/// loops; everything it is given outlives it.
class ProtocolDetector {
 public:
  /// `first_octets_time` is how long a client may take for the octets that tell its protocol.
  ProtocolDetector(ProtocolHandlers handlers, std::chrono::milliseconds first_octets_time, Log& log);

  /// The negotiated protocol goes first: a client that negotiated one speaks it. Throws what the stream and the
  /// handler throw.
  base::Task<void> serve(ByteStreamPtr stream);

 private:
  struct Detected;
  static base::Task<Detected> detect(ByteStream& stream, std::chrono::milliseconds time);
  const ConnectionHandler& handler_of(Protocol protocol) const;

  ProtocolHandlers handlers_;
  std::chrono::milliseconds first_octets_time_;
  Log& log_;
};

}  // namespace muster::net
