// The opening handshake of WebSocket (RFC 6455 section 4), the server's side.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "net/http.hpp"

namespace muster::net {

/// Whether a request wants to go on as a WebSocket, rightly or wrongly.
bool asks_for_web_socket(const HttpRequest& request);

/// A handshake that can be answered: the subprotocol chosen, as known here and as the client spelled it.
struct WebSocketHandshake {
  std::string_view subprotocol;
  std::string subprotocol_as_offered;
  std::string accept;  ///< Sec-WebSocket-Accept
};

/// A sentence for the client.
struct WebSocketRefused {
  std::string reason;
};

/// Checks a request that asks for it. The path is not looked at: Azure's SDKs differ in it. Of the subprotocols that
/// the client offers the first that is in `known` is chosen, without regard to case; the result refers to it there.
/// Extensions are declined by not naming them (section 9.1).
std::variant<WebSocketHandshake, WebSocketRefused> check_handshake(const HttpRequest& request,
                                                                   const std::vector<std::string_view>& known);

/// The server's whole answer.
std::string handshake_answer(const WebSocketHandshake& handshake);

}  // namespace muster::net
