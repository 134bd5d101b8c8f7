#include "net/web_socket_handshake.hpp"

#include <gtest/gtest.h>

namespace muster::net {
namespace {

const std::vector<std::string_view> known = {"mqtt", "AMQPWSB10"};

/// The client's handshake of RFC 6455 section 1.3, with a subprotocol of ours.
HttpRequest good_request() {
  HttpRequest request;
  request.method = "GET";
  request.path = "/chat";
  request.headers = {{"Host", "server.example.com"},   {"Upgrade", "websocket"},
                     {"Connection", "Upgrade"},        {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="},
                     {"Origin", "http://example.com"}, {"Sec-WebSocket-Protocol", "mqtt"},
                     {"Sec-WebSocket-Version", "13"}};
  return request;
}

HttpRequest with(std::string name, std::string value) {
  HttpRequest request = good_request();
  std::erase_if(request.headers, [&name](const Header& header) { return header.first == name; });
  if (!value.empty()) request.headers.emplace_back(std::move(name), std::move(value));
  return request;
}

/// The subprotocol chosen, or the reason of the refusal.
std::string outcome(const HttpRequest& request) {
  const auto checked = check_handshake(request, known);
  if (const auto* refused = std::get_if<WebSocketRefused>(&checked)) return refused->reason;
  const auto& handshake = std::get<WebSocketHandshake>(checked);
  return std::string(handshake.subprotocol) + " as " + handshake.subprotocol_as_offered;
}

TEST(WebSocketHandshake, IsAnsweredAsTheStandardsExample) {
  const auto checked = check_handshake(good_request(), known);
  ASSERT_TRUE(std::holds_alternative<WebSocketHandshake>(checked));
  EXPECT_EQ(handshake_answer(std::get<WebSocketHandshake>(checked)),
            "HTTP/1.1 101 Switching Protocols\r\n"
            "Upgrade: websocket\r\n"
            "Connection: Upgrade\r\n"
            "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
            "Sec-WebSocket-Protocol: mqtt\r\n\r\n");
}

TEST(WebSocketHandshake, IsAskedForByTheUpgradeHeader) {
  EXPECT_TRUE(asks_for_web_socket(good_request()));
  EXPECT_TRUE(asks_for_web_socket(with("Upgrade", "WebSocket")));
  EXPECT_TRUE(asks_for_web_socket(with("Upgrade", "h2c, websocket")));
  EXPECT_FALSE(asks_for_web_socket(with("Upgrade", "h2c")));
  EXPECT_FALSE(asks_for_web_socket(with("Upgrade", "")));
}

TEST(WebSocketHandshake, ChoosesTheClientsFirstSubprotocolThatIsKnown) {
  const std::pair<const char*, const char*> cases[] = {
      {"mqtt", "mqtt as mqtt"},
      {"MQTT", "mqtt as MQTT"},
      {"AMQPWSB10", "AMQPWSB10 as AMQPWSB10"},
      {"amqp, AMQPWSB10,mqtt", "AMQPWSB10 as AMQPWSB10"},
      {"mqttv3.1 ,\tmqtt", "mqtt as mqtt"},
      {",,mqtt,", "mqtt as mqtt"},
  };
  for (const auto& [offered, chosen] : cases) EXPECT_EQ(outcome(with("Sec-WebSocket-Protocol", offered)), chosen);
  HttpRequest two_headers = with("Sec-WebSocket-Protocol", "amqp");
  two_headers.headers.emplace_back("sec-websocket-protocol", "mqtt");
  EXPECT_EQ(outcome(two_headers), "mqtt as mqtt");
}

TEST(WebSocketHandshake, RefusesWhatIsNotOneWithAReason) {
  const char* no_key = "Sec-WebSocket-Key is not 16 octets in base64";
  const char* no_subprotocol = "Sec-WebSocket-Protocol must offer one of: mqtt, AMQPWSB10";
  const struct {
    const char* name;
    const char* value;
    const char* reason;
  } cases[] = {
      {"Connection", "", "the header Connection: Upgrade is missing"},
      {"Connection", "keep-alive", "the header Connection: Upgrade is missing"},
      {"Connection", "keep-alive, upgrade", "mqtt as mqtt"},
      {"Sec-WebSocket-Version", "", "the only Sec-WebSocket-Version known is 13"},
      {"Sec-WebSocket-Version", "8", "the only Sec-WebSocket-Version known is 13"},
      {"Sec-WebSocket-Key", "", no_key},
      {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ", no_key},
      {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZXM=", no_key},
      {"Sec-WebSocket-Protocol", "", no_subprotocol},
      {"Sec-WebSocket-Protocol", "mqttv3.1", no_subprotocol},
      {"Sec-WebSocket-Protocol", ", ,", no_subprotocol},
  };
  for (const auto& [name, value, reason] : cases) EXPECT_EQ(outcome(with(name, value)), reason) << name << value;
  HttpRequest post = good_request();
  post.method = "POST";
  EXPECT_EQ(outcome(post), "a WebSocket begins with GET");
}

}  // namespace
}  // namespace muster::net
