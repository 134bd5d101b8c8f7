// Serves HTTP/1.1 on a connection.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "net/byte_stream.hpp"
#include "net/http.hpp"
#include "net/http_parser.hpp"
#include "net/log.hpp"
#include "net/web_socket_stream.hpp"

namespace muster::net {

struct HttpSettings {
  HttpLimits limits;
  /// From a request's first octet to its last.
  std::chrono::milliseconds request_time{20'000};
  /// How long a connection may wait for a request.
  std::chrono::milliseconds idle_time{60'000};
  /// How long the client may take to receive one answer.
  std::chrono::milliseconds answer_time{20'000};
  WebSocketLimits web_socket_limits;
};

/// A protocol inside WebSockets: its name as the subprotocol (RFC 6455 section 1.9), and what serves it.
struct WebSocketProtocol {
  std::string name;
  ConnectionHandler handler;
};

/// Joins connections with the handler that answers their requests. One object serves any number of connections on any
/// number of loops; everything it is given outlives it.
class HttpServer {
 public:
  HttpServer(HttpHandler& handler, Log& log, base::Random& random, base::Clock& clock, HttpSettings settings = {},
             std::vector<WebSocketProtocol> web_socket_protocols = {});

  /// Serves one connection until it ends: requests are answered in order, one after the other, and after a handshake on
  /// any path it is a WebSocket. Give it to a Listener:
  /// `[&server](ByteStreamPtr stream) { return server.serve(std::move(stream)); }`.
  base::Task<void> serve(ByteStreamPtr stream);

 private:
  struct Refusal;
  struct Upgrade;
  base::Task<std::optional<Upgrade>> serve_requests(ByteStream& stream);
  base::Task<HttpResponse> answer(HttpRequest request);
  base::Task<void> refuse(ByteStream& stream, Refusal refusal);

  HttpHandler& handler_;
  Log& log_;
  base::Random& random_;
  base::Clock& clock_;
  HttpSettings settings_;
  std::vector<WebSocketProtocol> web_socket_protocols_;
};

}  // namespace muster::net
