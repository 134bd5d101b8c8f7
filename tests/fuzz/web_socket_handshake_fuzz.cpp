// An HTTP request that may ask for a WebSocket: what is chosen is one of the names that are known.
#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "net/http_parser.hpp"
#include "net/web_socket_handshake.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace muster::net;
  HttpParser parser;
  while (size > 0) {
    const auto room = parser.prepare();
    const std::size_t part = std::min(room.size(), size);
    std::memcpy(room.data(), data, part);
    parser.commit(part);
    data += part;
    size -= part;
    if (parser.parse() != HttpParser::Progress::need_more) break;
  }
  if (parser.parse() != HttpParser::Progress::complete) return 0;
  const auto request = parser.take();
  if (!asks_for_web_socket(request)) return 0;
  const auto checked = check_handshake(request, {"mqtt", "AMQPWSB10"});
  const auto* handshake = std::get_if<WebSocketHandshake>(&checked);
  if (!handshake) return 0;
  if (handshake->subprotocol.size() != handshake->subprotocol_as_offered.size()) std::abort();
  if (handshake_answer(*handshake).find("\r\n\r\n") == std::string::npos) std::abort();
  return 0;
}
