#include "net/web_socket_stream.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <future>
#include <thread>

#include "base/completion.hpp"
#include "net/loopback_test.hpp"

namespace muster::net {
namespace {

using namespace testing;

std::string octets(std::string hex) {
  std::erase(hex, ' ');
  return std::string(base::text_view(*base::from_hex(hex)));
}

/// RFC 6455 section 5.7's masked "Hello", as a binary message, and what a server makes of it.
const std::string hello = octets("82 85 37fa213d 7f9f4d5158");
const std::string hello_back = octets("82 05 48656c6c6f");
const std::string close_normal = octets("88 82 00000000 03e8");
/// The server's, RFC 6455 section 7.4.1.
const std::string close_going_away = octets("88 02 03e9");

base::Task<void> echo(ByteStreamPtr stream) {
  stream->expires_after(std::chrono::seconds(10));
  std::uint8_t buffer[64];
  for (;;) {
    stream->set_idle(true);
    const std::size_t size = co_await stream->read_some(buffer);
    if (size == 0) break;
    stream->set_idle(false);
    co_await stream->write(base::ByteView(buffer, size));
  }
  stream->close();
}

class WebSocketStreamTest : public ::testing::Test {
 protected:
  void start(ConnectionHandler handler, WebSocketLimits limits = {}) {
    handler_ = std::move(handler);
    const auto serve = [this, limits](ByteStreamPtr stream) {
      return serve_web_socket(std::move(stream), limits, handler_);
    };
    listener_ = std::make_unique<Listener>(loop_, on_loopback(), nullptr, serve, log_);
    loop_.start();
  }
  /// What comes back for what is sent, up to the end of the connection.
  std::string converse(const std::string& sent) {
    TcpClient client(listener_->port());
    client.send(sent);
    client.finish();
    return client.receive_all();
  }

  RecordingLog log_;
  ConnectionHandler handler_;
  ServerLoop loop_{1, log_};
  std::unique_ptr<Listener> listener_;
};

TEST_F(WebSocketStreamTest, CarriesOctetsBothWaysAndClosesAsTheClientDoes) {
  start(echo);
  EXPECT_EQ(converse(hello + close_normal), hello_back + octets("88 02 03e8"));
  EXPECT_EQ(converse(hello + octets("88 80 00000000")), hello_back + octets("88 00"));
  EXPECT_EQ(converse(octets("88 84 00000000 0bb8 6869")), octets("88 02 0bb8"));
}

TEST_F(WebSocketStreamTest, TellsTheHandlerThatTheStreamComesOutOfAWebSocket) {
  std::promise<bool> seen;
  start([&seen](ByteStreamPtr stream) -> base::Task<void> {
    seen.set_value(stream->peer()->web_socket && stream->peer()->address == "127.0.0.1");
    co_return;
  });
  converse(close_normal);
  EXPECT_TRUE(seen.get_future().get());
}

TEST_F(WebSocketStreamTest, ServesFramesThatComeOctetByOctetAndMessagesOfSingleOctets) {
  start(echo);
  TcpClient client(listener_->port());
  for (const char octet : hello) client.send(std::string_view(&octet, 1));
  client.receive_until("o");  // "Hello" in one to five messages
  client.send(octets("02 81 00000000 61") + octets("80 81 00000000 62") + close_normal);
  const auto rest = client.receive_all();
  EXPECT_TRUE(rest.ends_with(octets("88 02 03e8")));
}

TEST_F(WebSocketStreamTest, AnswersPingsAlsoInsideAMessage) {
  start(echo);
  EXPECT_EQ(converse(octets("89 82 00000000 6869") + close_normal), octets("8a 02 6869") + octets("88 02 03e8"));
  const auto back = converse(octets("02 81 00000000 61 89 80 00000000 80 81 00000000 62") + close_normal);
  EXPECT_TRUE(back.starts_with(octets("8a 00"))) << base::to_hex(base::view(back));
}

TEST_F(WebSocketStreamTest, TellsTheClientWhichRuleItBroke) {
  start(echo);
  EXPECT_EQ(converse(hello + octets("82 05 48656c6c6f")), hello_back + octets("88 17 03ea") + "a frame is not masked");
  EXPECT_EQ(converse(octets("81 85 37fa213d 7f9f4d5158")), octets("88 19 03eb") + "messages must be binary");
  EXPECT_EQ(converse(octets("c2")), octets("88 3a 03ea") + "a reserved bit is set, though no extension was agreed on");
}

TEST_F(WebSocketStreamTest, TellsItAlsoToAClientThatIsStillSending) {
  start(echo);
  TcpClient client(listener_->port());
  client.send(octets("81 fe 7fff 00000000") + std::string(200 * 1024, 'x'));
  client.finish();
  EXPECT_EQ(client.receive_all(), octets("88 19 03eb") + "messages must be binary");
}

TEST_F(WebSocketStreamTest, RefusesAMessageOverTheLimitBeforeItComes) {
  start(echo, {.message_size_max = 5});
  EXPECT_EQ(converse(hello + close_normal), hello_back + octets("88 02 03e8"));
  EXPECT_EQ(converse(octets("82 86 00000000")), octets("88 1a 03f1") + "the message is too large");
}

TEST_F(WebSocketStreamTest, ClosesFirstWhenTheHandlerHasEnded) {
  start([](ByteStreamPtr stream) -> base::Task<void> {
    co_await stream->write(base::view("bye"));
    stream->close();
  });
  TcpClient client(listener_->port());
  client.send(hello);
  EXPECT_EQ(client.receive_until(octets("03e8")), octets("82 03") + "bye" + octets("88 02 03e8"));
  client.send(close_normal);
  EXPECT_EQ(client.receive_all(), "");
}

TEST_F(WebSocketStreamTest, WaitsNotForeverForTheClientsClose) {
  start([](ByteStreamPtr) -> base::Task<void> { co_return; });
  TcpClient client(listener_->port());
  client.send(hello);
  EXPECT_EQ(client.receive_all(), octets("88 02 03e8"));  // two seconds
}

TEST_F(WebSocketStreamTest, SaysInternalErrorWhenTheHandlerThrows) {
  start([](ByteStreamPtr) -> base::Task<void> {
    throw std::runtime_error("disk full");
    co_return;
  });
  EXPECT_EQ(converse(close_normal), octets("88 02 03f3"));
  loop_.stop(std::chrono::seconds(10));
  EXPECT_NE(log_.text().find("fault=disk full"), std::string::npos);
}

TEST_F(WebSocketStreamTest, SaysThatNothingMoreWillBeWrittenWithTheNextRead) {
  start([](ByteStreamPtr stream) -> base::Task<void> {
    stream->expires_after(std::chrono::seconds(10));
    stream->shut_down_write();
    EXPECT_THROW(co_await stream->write(base::view("late")), StreamBroken);
    std::uint8_t buffer[64];
    std::size_t size = co_await stream->read_some(buffer);
    EXPECT_EQ(size, 5U);
    size = co_await stream->read_some(buffer);
    EXPECT_EQ(size, 0U);
  });
  TcpClient client(listener_->port());
  client.send(hello);
  EXPECT_EQ(client.receive_until(octets("03e8")), octets("88 02 03e8"));
  client.send(close_normal);
  EXPECT_EQ(client.receive_all(), "");
}

TEST_F(WebSocketStreamTest, EndsAReadThatIsUnderWayWhenItIsClosed) {
  std::promise<ByteStream*> reading;
  start([&reading](ByteStreamPtr stream) -> base::Task<void> {
    std::uint8_t buffer[64];
    std::size_t size = co_await stream->read_some(buffer);
    EXPECT_EQ(size, 5U);
    reading.set_value(stream.get());
    size = co_await stream->read_some(buffer);
    EXPECT_EQ(size, 0U);
  });
  TcpClient client(listener_->port());
  client.send(hello);
  ByteStream* stream = reading.get_future().get();
  boost::asio::post(loop_.executor(0), [stream] { stream->close(); });
  EXPECT_EQ(client.receive_until(octets("03e8")), octets("88 02 03e8"));
}

TEST_F(WebSocketStreamTest, ReportsAClientThatTakesTooLong) {
  std::promise<std::string> thrown;
  start([&thrown](ByteStreamPtr stream) -> base::Task<void> {
    stream->expires_after(std::chrono::milliseconds(1));
    std::uint8_t buffer[64];
    try {
      // Pings are no progress of what is spoken inside.
      for (;;) co_await stream->read_some(buffer);
    } catch (const StreamTimedOut& fault) {
      thrown.set_value(fault.what());
    }
  });
  TcpClient client(listener_->port());
  client.send(octets("89 80 00000000"));
  EXPECT_EQ(thrown.get_future().get(), "the peer took too long");
}

TEST_F(WebSocketStreamTest, GivesUpOnAClientThatDoesNotRead) {
  std::promise<void> gave_up;
  start([&gave_up](ByteStreamPtr stream) -> base::Task<void> {
    stream->expires_after(std::chrono::milliseconds(50));
    const base::Bytes much(1024 * 1024, 'x');
    try {
      for (;;) co_await stream->write(much);
    } catch (const StreamTimedOut&) {
      gave_up.set_value();
    }
  });
  TcpClient client(listener_->port());
  client.send(hello);
  gave_up.get_future().wait();
}

TEST_F(WebSocketStreamTest, MixesAnswersToPingsIntoMessagesOnlyBetweenFrames) {
  // A message that the client does not read keeps a write under way while the reading side has a ping to answer.
  constexpr std::size_t size = 8 * 1024 * 1024;
  base::Completion<bool> written;
  start([&written](ByteStreamPtr stream) -> base::Task<void> {
    ByteStream* shared = stream.get();
    shared->expires_after(std::chrono::seconds(10));
    const auto write = [](ByteStream* to, base::Completion<bool> done) -> base::Task<void> {
      const base::Bytes much(size, 'x');
      co_await to->write(much);
      done.set(true);
    };
    boost::asio::co_spawn(co_await boost::asio::this_coro::executor, write(shared, written), boost::asio::detached);
    std::uint8_t buffer[64];
    const std::size_t received = co_await shared->read_some(buffer);
    EXPECT_EQ(received, 0U);
    co_await written.wait();
  });
  TcpClient client(listener_->port());
  client.send(octets("89 82 00000000 6869") + close_normal);
  const auto all = client.receive_all();
  ASSERT_EQ(all.size(), 10 + size + 4 + 4);
  EXPECT_EQ(all.substr(0, 10), octets("82 7f 0000000000800000"));
  EXPECT_EQ(all.substr(10, size), std::string(size, 'x'));
  EXPECT_EQ(all.substr(10 + size), octets("8a 02 6869 88 02 03e8"));
}

TEST_F(WebSocketStreamTest, EndsIdleConnectionsWhenTheServiceStops) {
  start(echo);
  TcpClient client(listener_->port());
  client.send(hello);
  EXPECT_EQ(client.receive_until("Hello"), hello_back);
  auto stopped = std::async(std::launch::async, [this] { return loop_.stop(std::chrono::seconds(10)); });
  EXPECT_EQ(client.receive_until(octets("03e9")), close_going_away);
  client.send(close_normal);
  EXPECT_EQ(client.receive_all(), "");
  EXPECT_TRUE(stopped.get());
  EXPECT_EQ(listener_->counters().open, 0U);
}

TEST_F(WebSocketStreamTest, WaitsNoLongerThanItMayForTheClientsCloseWhenTheServiceStops) {
  start(echo);
  TcpClient client(listener_->port());
  client.send(hello);
  EXPECT_EQ(client.receive_until("Hello"), hello_back);
  EXPECT_FALSE(loop_.stop(std::chrono::milliseconds(50)));
  EXPECT_EQ(client.receive_all(), close_going_away);
  EXPECT_EQ(listener_->counters().open, 0U);
}

}  // namespace
}  // namespace muster::net
