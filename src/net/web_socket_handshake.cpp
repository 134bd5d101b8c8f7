#include "net/web_socket_handshake.hpp"

#include <algorithm>

#include "base/bytes.hpp"
#include "crypto/hash.hpp"

namespace muster::net {
namespace {

// RFC 6455 section 1.3.
constexpr std::string_view accept_guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
constexpr std::size_t key_size = 16;
constexpr std::string_view version = "13";

std::string_view trim(std::string_view text) {
  constexpr std::string_view blanks = " \t";
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

/// The elements of a header that is a list, also where it is given several times (RFC 9110 section 5.6.1).
std::vector<std::string_view> elements(const HttpRequest& request, std::string_view name) {
  std::vector<std::string_view> all;
  for (const auto& [header, value] : request.headers) {
    if (!base::equal_ignoring_case(header, name)) continue;
    for (std::string_view rest = value; !rest.empty();) {
      const auto comma = std::min(rest.find(','), rest.size());
      if (const auto element = trim(rest.substr(0, comma)); !element.empty()) all.push_back(element);
      rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
  }
  return all;
}

bool has_element(const HttpRequest& request, std::string_view name, std::string_view wanted) {
  const auto all = elements(request, name);
  return std::any_of(all.begin(), all.end(),
                     [wanted](std::string_view element) { return base::equal_ignoring_case(element, wanted); });
}

std::string accept_of(std::string_view key) {
  const std::string text = std::string(key).append(accept_guid);
  return base::to_base64(crypto::hash(crypto::HashAlgorithm::sha1, base::view(text)));
}

std::string join(const std::vector<std::string_view>& names) {
  std::string text;
  for (const auto name : names) text.append(text.empty() ? "" : ", ").append(name);
  return text;
}

}  // namespace

bool asks_for_web_socket(const HttpRequest& request) { return has_element(request, "Upgrade", "websocket"); }

std::variant<WebSocketHandshake, WebSocketRefused> check_handshake(const HttpRequest& request,
                                                                   const std::vector<std::string_view>& known) {
  if (request.method != "GET") return WebSocketRefused{"a WebSocket begins with GET"};
  if (!has_element(request, "Connection", "Upgrade"))
    return WebSocketRefused{"the header Connection: Upgrade is missing"};
  if (request.header("Sec-WebSocket-Version").value_or("") != version)
    return WebSocketRefused{"the only Sec-WebSocket-Version known is 13"};
  const auto key = request.header("Sec-WebSocket-Key").value_or("");
  const auto decoded = base::from_base64(key);
  if (!decoded || decoded->size() != key_size) return WebSocketRefused{"Sec-WebSocket-Key is not 16 octets in base64"};

  for (const auto offered : elements(request, "Sec-WebSocket-Protocol"))
    for (const auto name : known)
      if (base::equal_ignoring_case(offered, name))
        return WebSocketHandshake{
            .subprotocol = name, .subprotocol_as_offered = std::string(offered), .accept = accept_of(key)};
  return WebSocketRefused{"Sec-WebSocket-Protocol must offer one of: " + join(known)};
}

std::string handshake_answer(const WebSocketHandshake& handshake) {
  return "HTTP/1.1 101 Switching Protocols\r\n"
         "Upgrade: websocket\r\n"
         "Connection: Upgrade\r\n"
         "Sec-WebSocket-Accept: " +
         handshake.accept +
         "\r\n"
         "Sec-WebSocket-Protocol: " +
         handshake.subprotocol_as_offered + "\r\n\r\n";
}

}  // namespace muster::net
