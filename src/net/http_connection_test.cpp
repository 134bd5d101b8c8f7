#include "net/http_connection.hpp"

#include <future>
#include <set>
#include <thread>

#include "base/completion.hpp"
#include "net/loopback_test.hpp"

namespace muster::net {
namespace {

using namespace testing;

/// Answers with what it was asked; some paths ask for something else.
class EchoHandler final : public HttpHandler {
 public:
  base::Task<HttpResponse> handle(HttpRequest request) override {
    if (request.path == "/fault") throw std::runtime_error("disk full");
    HttpResponse response;
    if (request.path == "/wait") {
      entered.set_value();
      response.body = co_await released.wait();
      co_return response;
    }
    if (request.path == "/split") response.headers.emplace_back("X", "a\r\nX-Injected: b");
    if (request.path == "/empty") response.status = 204;
    if (request.path == "/close") response.close = true;
    response.headers.emplace_back("X-Request-Id", request.request_id);
    response.body = request.method + " " + request.path + " " + request.body;
    co_return response;
  }

  HttpResponse refuse(const RefusedRequest& refused) override {
    HttpResponse response;
    response.status = refused.status;
    response.headers.emplace_back("Refused-Path", refused.path);
    response.body = "refused: " + refused.reason;
    return response;
  }

  std::promise<void> entered;
  base::Completion<std::string> released;
};

/// Gives back what was sent to it up to a full stop, and says over which subprotocol.
ConnectionHandler introducing(const char* name) {
  return [name](ByteStreamPtr stream) { return introduce_as(name, std::move(stream)); };
}

class HttpConnectionTest : public ::testing::Test {
 protected:
  void start(HttpSettings settings = {}) {
    const std::vector<WebSocketProtocol> protocols = {{"mqtt", introducing("mqtt:")},
                                                      {"AMQPWSB10", introducing("amqp:")}};
    server_ = std::make_unique<HttpServer>(handler_, log_, random_, clock_, settings, protocols);
    const auto serve = [this](ByteStreamPtr stream) { return server_->serve(std::move(stream)); };
    listener_ = std::make_unique<Listener>(loop_, on_loopback(), nullptr, serve, log_);
    loop_.start();
  }
  std::string converse(std::string_view octets) {
    TcpClient client(listener_->port());
    client.send(octets);
    return client.receive_all();
  }

  RecordingLog log_;
  EchoHandler handler_;
  base::SequenceRandom random_;
  // RFC 9110 section 5.6.7 has this date as its example.
  base::ManualClock clock_{base::from_unix_seconds(784111777)};
  std::unique_ptr<HttpServer> server_;
  ServerLoop loop_{1, log_};
  std::unique_ptr<Listener> listener_;
};

std::string get(std::string_view path, std::string_view headers = "Connection: close\r\n") {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: h\r\n" + std::string(headers) + "\r\n";
}

bool has(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

std::size_t count(std::string_view text, std::string_view part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

TEST_F(HttpConnectionTest, AnswersWithLengthAndDate) {
  start();
  const auto answer = converse(get("/a"));
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n")) << answer;
  EXPECT_TRUE(has(answer, "\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n")) << answer;
  EXPECT_TRUE(has(answer, "\r\nContent-Length: 7\r\n")) << answer;
  EXPECT_TRUE(has(answer, "\r\nConnection: close\r\n")) << answer;
  EXPECT_TRUE(answer.ends_with("\r\n\r\nGET /a ")) << answer;
}

TEST_F(HttpConnectionTest, AnswersPipelinedRequestsInOrderEachWithItsOwnId) {
  start();
  const auto answer = converse(get("/1", "") + get("/2", "") + get("/3"));
  const auto first = answer.find("GET /1 ");
  const auto second = answer.find("GET /2 ");
  const auto third = answer.find("GET /3 ");
  EXPECT_TRUE(first < second && second < third && third != std::string::npos) << answer;
  std::set<std::string> ids;
  for (auto at = answer.find("X-Request-Id: "); at != std::string::npos; at = answer.find("X-Request-Id: ", at + 1))
    ids.insert(answer.substr(at, 50));
  EXPECT_EQ(ids.size(), 3U);
}

TEST_F(HttpConnectionTest, ServesRequestsThatComeOctetByOctet) {
  start();
  TcpClient client(listener_->port());
  for (const char octet : get("/slow")) client.send(std::string_view(&octet, 1));
  EXPECT_TRUE(has(client.receive_all(), "GET /slow "));
}

TEST_F(HttpConnectionTest, KeepsTheConnectionUntilTheHandlerClosesIt) {
  start();
  TcpClient client(listener_->port());
  client.send(get("/1", ""));
  EXPECT_FALSE(has(client.receive_until("GET /1 "), "Connection: close"));
  client.send(get("/close", ""));
  EXPECT_TRUE(has(client.receive_all(), "Connection: close"));
}

TEST_F(HttpConnectionTest, SendsNoBodyInAnswerToHead) {
  start();
  const auto answer = converse("HEAD /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(has(answer, "Content-Length: 8\r\n")) << answer;
  EXPECT_TRUE(answer.ends_with("\r\n\r\n")) << answer;
}

TEST_F(HttpConnectionTest, SendsNeitherBodyNorLengthWithNoContent) {
  start();
  const auto answer = converse(get("/empty"));
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 204 No Content\r\n")) << answer;
  EXPECT_FALSE(has(answer, "Content-Length")) << answer;
  EXPECT_TRUE(answer.ends_with("\r\n\r\n")) << answer;
}

TEST_F(HttpConnectionTest, InvitesTheBodyOfAClientThatWaits) {
  start();
  TcpClient client(listener_->port());
  client.send("PUT /a HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(client.receive_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("xy");
  EXPECT_TRUE(client.receive_all().ends_with("PUT /a xy"));
}

TEST_F(HttpConnectionTest, RefusesInTheHandlersWordsAndCloses) {
  start();
  const auto answer = converse("PUT /first HTTP/1.1\r\nHost: h\r\nContent-Length: 65537\r\n\r\n" + get("/second"));
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 413 Payload Too Large\r\n")) << answer;
  EXPECT_TRUE(has(answer, "Connection: close\r\n")) << answer;
  EXPECT_TRUE(has(answer, "Refused-Path: /first\r\n")) << answer;
  EXPECT_TRUE(answer.ends_with("refused: the body is too large")) << answer;
}

TEST_F(HttpConnectionTest, DeliversTheRefusalToAClientThatIsStillSending) {
  start();
  const std::string body(200 * 1024, 'x');
  EXPECT_TRUE(has(converse("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 204800\r\n\r\n" + body), " 413 "));
}

TEST_F(HttpConnectionTest, RefusesARequestThatTakesTooLong) {
  HttpSettings settings;
  settings.request_time = std::chrono::milliseconds(20);
  start(settings);
  const auto answer = converse("GET / HT");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 408 ")) << answer;
  EXPECT_TRUE(has(log_.text(), " status=408 address=127.0.0.1"));
}

TEST_F(HttpConnectionTest, ClosesAnIdleConnectionWithoutAWord) {
  HttpSettings settings;
  settings.idle_time = std::chrono::milliseconds(20);
  start(settings);
  TcpClient client(listener_->port());
  client.send(get("/a", ""));
  const auto answer = client.receive_all();
  EXPECT_TRUE(answer.ends_with("GET /a ")) << answer;
}

TEST_F(HttpConnectionTest, AnswersInternalErrorWhenTheHandlerThrows) {
  start();
  const auto answer = converse(get("/fault", "") + get("/next"));
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 500 ")) << answer;
  EXPECT_FALSE(has(answer, "disk full")) << answer;
  EXPECT_TRUE(has(answer, "GET /next ")) << "the connection is still in step: " << answer;
  EXPECT_TRUE(has(log_.text(), "fault=disk full"));
}

TEST_F(HttpConnectionTest, DoesNotWriteHeadersThatBreakTheirLine) {
  start();
  const auto answer = converse(get("/split"));
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 500 ")) << answer;
  EXPECT_FALSE(has(answer, "X-Injected")) << answer;
}

TEST_F(HttpConnectionTest, FinishesTheRequestUnderWayWhenTheLoopDrains) {
  start();
  TcpClient idle(listener_->port());
  idle.send(get("/1", ""));
  idle.receive_until("GET /1 ");
  TcpClient busy(listener_->port());
  busy.send(get("/wait", ""));
  handler_.entered.get_future().wait();

  std::thread stopper([this] { EXPECT_TRUE(loop_.stop(std::chrono::seconds(10))); });
  EXPECT_EQ(idle.receive_all(), "");
  handler_.released.set("finished");
  const auto answer = busy.receive_all();
  EXPECT_TRUE(has(answer, "Connection: close\r\n")) << answer;
  EXPECT_TRUE(answer.ends_with("finished")) << answer;
  stopper.join();
}

TEST_F(HttpConnectionTest, CutsOffWhatIsLeftWhenTheTimeToDrainIsOver) {
  start();
  TcpClient slow(listener_->port());
  slow.send("GET / HTTP/1.1\r\n");
  while (listener_->counters().open < 1) std::this_thread::yield();
  // Not idle from its first octet on; until then it may also end as idle.
  loop_.stop(std::chrono::milliseconds(1));
  EXPECT_FALSE(has(slow.receive_all(), "200"));
  EXPECT_EQ(listener_->counters().open, 0U);
}

/// The client's handshake of RFC 6455 section 1.3 with a subprotocol of ours.
std::string upgrade(std::string_view path, std::string_view subprotocol, std::string_view version = "13") {
  return "GET " + std::string(path) +
         " HTTP/1.1\r\nHost: server.example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
         "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: " +
         std::string(subprotocol) + "\r\nSec-WebSocket-Version: " + std::string(version) + "\r\n\r\n";
}

// "hello." masked with zeros, and a Close frame with 1000.
constexpr std::string_view hello_message("\x82\x86\0\0\0\0hello.", 12);
constexpr std::string_view close_frame("\x88\x82\0\0\0\0\x03\xe8", 8);

TEST_F(HttpConnectionTest, GoesOnAsAWebSocketOnAnyPath) {
  start();
  const struct {
    const char* path;
    const char* subprotocol;
    const char* answer;
  } cases[] = {
      {"/$iothub/websocket", "mqtt", "mqtt:hello.127.0.0.1"},
      {"/$iothub/websocket", "MQTT", "mqtt:hello.127.0.0.1"},
      {"/$iothub/websocket?iothub-no-client-cert=true", "AMQPWSB10", "amqp:hello.127.0.0.1"},
      {"/", "mqtt", "mqtt:hello.127.0.0.1"},
      {"/mqtt", "mqtt", "mqtt:hello.127.0.0.1"},
  };
  for (const auto& [path, subprotocol, answer] : cases) {
    TcpClient client(listener_->port());
    client.send(upgrade(path, subprotocol));
    const auto head = client.receive_until("\r\n\r\n");
    EXPECT_TRUE(head.starts_with("HTTP/1.1 101 Switching Protocols\r\n")) << head;
    EXPECT_TRUE(has(head, "\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n")) << head;
    EXPECT_TRUE(has(head, std::string("\r\nSec-WebSocket-Protocol: ") + subprotocol + "\r\n")) << head;
    EXPECT_FALSE(has(head, "Extensions")) << head;
    client.send(hello_message);
    client.send(close_frame);
    EXPECT_TRUE(has(client.receive_all(), answer)) << path;
  }
}

TEST_F(HttpConnectionTest, LosesNothingThatComesBehindTheHandshake) {
  start();
  const auto answer = converse(upgrade("/", "mqtt") + std::string(hello_message) + std::string(close_frame));
  EXPECT_TRUE(has(answer, "mqtt:hello.127.0.0.1")) << answer;
  TcpClient slow(listener_->port());
  for (const char octet : upgrade("/", "mqtt") + std::string(hello_message) + std::string(close_frame))
    slow.send(std::string_view(&octet, 1));
  EXPECT_TRUE(has(slow.receive_all(), "mqtt:hello.127.0.0.1"));
}

TEST_F(HttpConnectionTest, GoesOnAsAWebSocketAfterOtherRequests) {
  start();
  const auto answer =
      converse(get("/first", "") + upgrade("/", "mqtt") + std::string(hello_message) + std::string(close_frame));
  EXPECT_TRUE(has(answer, "GET /first ")) << answer;
  EXPECT_TRUE(has(answer, "mqtt:hello.127.0.0.1")) << answer;
}

TEST_F(HttpConnectionTest, RefusesAHandshakeThatCannotBeAnswered) {
  start();
  const std::pair<std::string, const char*> cases[] = {
      {upgrade("/a", "mqttv3.1"), "refused: Sec-WebSocket-Protocol must offer one of: mqtt, AMQPWSB10"},
      {upgrade("/a", "mqtt", "8"), "refused: the only Sec-WebSocket-Version known is 13"},
      {"GET /a HTTP/1.0\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
       "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n",
       "refused: a WebSocket needs HTTP/1.1"},
  };
  for (const auto& [request, said] : cases) {
    const auto answer = converse(request + std::string(hello_message));
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 ")) << answer;
    EXPECT_TRUE(has(answer, "\r\nSec-WebSocket-Version: 13\r\n")) << answer;
    EXPECT_TRUE(has(answer, "\r\nRefused-Path: /a\r\n")) << answer;
    EXPECT_TRUE(answer.ends_with(said)) << answer;
  }
}

TEST_F(HttpConnectionTest, AnswersEveryRequestOfPipelinedHundreds) {
  start();
  std::string requests;
  for (int i = 0; i < 300; ++i) requests += get("/x", "");
  EXPECT_EQ(count(converse(requests + get("/last")), "HTTP/1.1 200 OK"), 301U);
}

}  // namespace
}  // namespace muster::net
