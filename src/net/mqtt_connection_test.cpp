#include "net/mqtt_connection.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <future>
#include <thread>

#include "base/completion.hpp"
#include "net/loopback_test.hpp"

namespace muster::net {
namespace {

using namespace testing;
namespace mqtt = codec::mqtt;
using std::chrono::milliseconds;

/// A request that waits until the test lets it go on.
struct Gate {
  std::promise<void> entered;
  base::Completion<int> released;
};

/// Answers on "res/" and the topic; some topics ask for something else.
class TestClient final : public MqttClient {
 public:
  explicit TestClient(Gate& gate) : gate_(gate) {}

  mqtt::ReasonCode subscribe(const std::string& filter) override {
    return filter == "no" ? mqtt::ReasonCode::not_authorized : mqtt::ReasonCode::success;
  }
  base::Task<MqttReply> publish(mqtt::Publish message) override {
    if (message.topic == "fault") throw std::runtime_error("disk full");
    MqttReply reply;
    if (message.topic == "wait") {
      gate_.entered.set_value();
      co_await gate_.released.wait();
    }
    if (message.topic == "bad") reply.violation = mqtt::Violation{mqtt::ReasonCode::topic_name_invalid, "bad topic"};
    reply.proven = message.topic == "prove";
    mqtt::Publish answer;
    answer.topic = "res/" + message.topic;
    answer.payload = message.topic == "large" ? std::string(60'000, 'x') : message.payload;
    reply.messages.push_back(std::move(answer));
    co_return reply;
  }

 private:
  Gate& gate_;
};

class TestHandler final : public MqttHandler {
 public:
  base::Task<std::variant<MqttAdmission, mqtt::Violation>> connect(mqtt::Connect connect,
                                                                   std::shared_ptr<const Peer> peer) override {
    EXPECT_EQ(peer->address, "127.0.0.1");
    if (connect.client_id == "stranger") co_return mqtt::Violation{mqtt::ReasonCode::not_authorized, "no"};
    if (connect.client_id == "fault") throw std::runtime_error("disk full");
    MqttAdmission admission;
    admission.client = std::make_unique<TestClient>(gate);
    admission.name = connect.client_id;
    admission.proven = connect.user_name == "known";
    co_return admission;
  }

  Gate gate;
};

std::string octets_of(std::string hex) {
  std::erase(hex, ' ');
  return std::string(base::text_view(*base::from_hex(hex)));
}

/// CONNECT with this client id, clean session and keep-alive.
std::string connect(const std::string& client_id, unsigned keep_alive = 0, unsigned version = 4,
                    const std::string& user_name = "") {
  const auto text = [](const std::string& value) { return std::string{0, static_cast<char>(value.size())} + value; };
  std::string body = text("MQTT") + static_cast<char>(version) + static_cast<char>(user_name.empty() ? 0x02 : 0x82);
  body += {static_cast<char>(keep_alive >> 8U), static_cast<char>(keep_alive & 0xffU)};
  if (version == 5) body += '\0';
  body += text(client_id);
  if (!user_name.empty()) body += text(user_name);
  return std::string{0x10, static_cast<char>(body.size())} + body;
}

/// PUBLISH of QoS 1 with packet identifier 7.
std::string publish(const std::string& topic, const std::string& payload) {
  const std::string body = std::string{0, static_cast<char>(topic.size())} + topic + std::string{0, 7} + payload;
  return std::string{0x32, static_cast<char>(body.size())} + body;
}

const std::string connack = octets_of("20020000");
// "#" with QoS 1.
const std::string subscribe = octets_of("8206 000a 000123 01");
const std::string suback = octets_of("9003 000a 01");
const std::string ping = octets_of("c000");
const std::string pong = octets_of("d000");
const std::string puback = octets_of("4002 0007");
const std::string disconnect = octets_of("e000");

/// A client whose octets a test gives by hand, on a stream that counts who waits for it and how.
class StreamByHand final : public ByteStream {
 public:
  struct State {
    std::string to_read;
    std::string written;
    std::shared_ptr<Sleeper> sleeper;
    int reads_in_vain = 0;
  };
  explicit StreamByHand(State& state) : state_(state) {}

  base::Task<std::size_t> read_some(std::span<std::uint8_t> buffer) override {
    if (state_.to_read.empty()) ++state_.reads_in_vain;
    const std::size_t size = std::min(buffer.size(), state_.to_read.size());
    std::copy_n(state_.to_read.begin(), size, buffer.begin());
    state_.to_read.erase(0, size);
    co_return size;
  }
  bool rest(std::shared_ptr<Sleeper> sleeper) override {
    if (!state_.to_read.empty()) return false;
    state_.sleeper = std::move(sleeper);
    return true;
  }
  base::Task<void> write(base::ByteView bytes) override {
    state_.written += base::text_view(bytes);
    co_return;
  }
  void expires_after(milliseconds) override {}
  void expires_never() override {}
  void set_idle(bool) override {}
  bool draining() const override { return false; }
  void shut_down_write() override {}
  void close() override {}
  const std::shared_ptr<const Peer>& peer() const override { return peer_; }

 private:
  static std::shared_ptr<const Peer> make_peer() {
    auto peer = std::make_shared<Peer>();
    peer->address = "127.0.0.1";
    return peer;
  }
  State& state_;
  std::shared_ptr<const Peer> peer_ = make_peer();
};

TEST(RestingMqttConnection, HoldsNoCoroutineUntilItsClientSpeaks) {
  TestHandler handler;
  RecordingLog log;
  MqttServer server(handler, log);
  boost::asio::io_context loop;
  StreamByHand::State state;
  state.to_read = connect("one") + subscribe;
  bool has_returned = false;
  boost::asio::co_spawn(loop, server.serve(std::make_unique<StreamByHand>(state)),
                        [&](std::exception_ptr fault) { has_returned = !fault; });
  loop.run();
  EXPECT_TRUE(has_returned) << "what served the connection is gone";
  ASSERT_TRUE(state.sleeper) << "the connection rests";
  EXPECT_EQ(state.written, connack + suback);

  for (int i = 0; i < 3; ++i) {
    state.written.clear();
    state.to_read = ping;
    std::exchange(state.sleeper, nullptr)->wake();
    loop.restart();
    loop.run();
    EXPECT_EQ(state.written, pong);
    ASSERT_TRUE(state.sleeper) << "it rests again";
  }
  EXPECT_EQ(state.reads_in_vain, 0);

  state.to_read = disconnect;
  std::exchange(state.sleeper, nullptr)->wake();
  loop.restart();
  loop.run();
  EXPECT_FALSE(state.sleeper) << "the connection has ended";
}

class MqttConnectionTest : public ::testing::Test {
 protected:
  void start(MqttSettings settings = {}, std::size_t threads = 1) {
    loop_ = std::make_unique<ServerLoop>(threads, log_);
    server_ = std::make_unique<MqttServer>(handler_, log_, settings);
    const auto serve = [this](ByteStreamPtr stream) { return server_->serve(std::move(stream)); };
    listener_ = std::make_unique<Listener>(*loop_, on_loopback(), nullptr, serve, log_);
    loop_->start();
  }
  /// What comes back until the server closes.
  std::string converse(std::string_view octets) {
    TcpClient client(listener_->port());
    client.send(octets);
    return client.receive_all();
  }
  /// Sends, and waits for exactly these octets.
  static void exchange(TcpClient& client, std::string_view octets, const std::string& expected) {
    client.send(octets);
    std::string received;
    while (received.size() < expected.size()) {
      const auto part = client.receive();
      if (part.empty()) break;
      received += part;
    }
    EXPECT_EQ(base::to_hex(base::view(received)), base::to_hex(base::view(expected)));
  }
  bool log_has(std::string_view text) const { return log_.text().find(text) != std::string::npos; }

  RecordingLog log_;
  TestHandler handler_;
  std::unique_ptr<MqttServer> server_;
  std::unique_ptr<ServerLoop> loop_;
  std::unique_ptr<Listener> listener_;
};

TEST_F(MqttConnectionTest, ServesAClientToItsGoodbye) {
  start();
  const std::string answer = octets_of("3209 0005 7265732f61 0001") + "xy";
  // The answer's length is 2 + 5 + 2 + 2.
  std::string expected = connack + suback + puback + std::string("\x32\x0b", 2) + answer.substr(2) + pong;
  EXPECT_EQ(base::to_hex(base::view(converse(connect("d") + subscribe + publish("a", "xy") + ping + disconnect))),
            base::to_hex(base::view(expected)));
  EXPECT_FALSE(log_has("mqtt_connection_ended")) << log_.text();
}

TEST_F(MqttConnectionTest, ServesPacketsThatComeOctetByOctet) {
  start();
  TcpClient client(listener_->port());
  for (const char octet : connect("d") + subscribe + ping + disconnect) client.send(std::string_view(&octet, 1));
  EXPECT_EQ(client.receive_all(), connack + suback + pong);
}

TEST_F(MqttConnectionTest, TakesPacketsUpToItsLimitAndClosesBeyond) {
  start();
  // 68 KiB are 0x11000 octets: type, three octets of length and 0x10ffc of body, in which the topic is "a".
  TcpClient client(listener_->port());
  client.send(connect("d") + octets_of("30 fc9f04 000161") + std::string(0x10ffc - 3, 'x') + ping);
  EXPECT_EQ(client.receive_until(pong), connack + pong);
  EXPECT_EQ(converse(connect("d") + octets_of("30 fd9f04")), connack);
  EXPECT_TRUE(log_has("reason=a packet is larger than the server takes")) << log_.text();
}

TEST_F(MqttConnectionTest, RefusesAClientWithTheHandlersReason) {
  start();
  EXPECT_EQ(converse(connect("stranger")), octets_of("20020005"));
  // MQTT 5: not authorized, with the reason string "no".
  EXPECT_EQ(converse(connect("stranger", 0, 5)), octets_of("2008 00 87 05 1f0002") + "no");
  EXPECT_TRUE(log_has("mqtt_connection_ended address=127.0.0.1 reason=no")) << log_.text();
}

TEST_F(MqttConnectionTest, ClosesWhereTheHandlerFailsAndSaysNothingOfIt) {
  start();
  EXPECT_EQ(converse(connect("fault")), octets_of("20020003"));
  EXPECT_EQ(converse(connect("d") + publish("fault", "")), connack);
  EXPECT_TRUE(log_has("mqtt_request_failed address=127.0.0.1 fault=disk full")) << log_.text();
}

TEST_F(MqttConnectionTest, ClosesWhereTheHandlerSaysSo) {
  start();
  const auto answer = converse(connect("d", 0, 5) + octets_of("3006 0003 626164 00"));
  EXPECT_TRUE(answer.ends_with(octets_of("e00e 90 0c 1f0009") + "bad topic")) << base::to_hex(base::view(answer));
}

TEST_F(MqttConnectionTest, TellsWhatItCouldNotDeliver) {
  start();
  EXPECT_EQ(converse(connect("d") + publish("a", "xy") + disconnect), connack + puback);
  EXPECT_TRUE(log_has("mqtt_message_dropped topic=res/a address=127.0.0.1")) << log_.text();
}

TEST_F(MqttConnectionTest, ClosesAConnectionOnWhichNoConnectComes) {
  MqttSettings settings;
  settings.connect_time = milliseconds(1);
  start(settings);
  EXPECT_EQ(converse(""), "");
  EXPECT_EQ(converse(connect("d").substr(0, 5)), "");
  EXPECT_TRUE(log_has("reason=CONNECT took too long")) << log_.text();
}

TEST_F(MqttConnectionTest, ClosesAConnectionThatStaysSilentLongerThanItsKeepAliveAllows) {
  start();
  EXPECT_EQ(converse(connect("d", 1)), connack);
  EXPECT_TRUE(log_has("reason=the client was silent for longer than its keep-alive allows")) << log_.text();
}

TEST_F(MqttConnectionTest, ClosesAConnectionThatStopsInTheMiddleOfAPacket) {
  MqttSettings settings;
  settings.packet_time = milliseconds(1);
  start(settings);
  const auto answer = converse(connect("d", 0, 5) + "\x30");
  EXPECT_TRUE(answer.ends_with("a packet took too long")) << base::to_hex(base::view(answer));
  // Also where whole packets came before it in the same octets, and where the client may be silent for ever.
  const auto second = converse(connect("d", 0, 5) + ping + ping.substr(0, 1));
  EXPECT_TRUE(second.ends_with("a packet took too long")) << base::to_hex(base::view(second));
}

TEST_F(MqttConnectionTest, ClosesAConnectionOnWhichNobodyProvesToBeAnybody) {
  MqttSettings settings;
  settings.unproven_time = milliseconds(1);
  start(settings);
  EXPECT_EQ(converse(connect("d", 0)), connack);
  EXPECT_EQ(converse(connect("d", 600)), connack);
  EXPECT_TRUE(log_has("reason=the client has not proven for too long who it is")) << log_.text();
  // Who has proven itself stays.
  TcpClient known(listener_->port());
  exchange(known, connect("known", 0, 4, "known") + ping, connack + pong);
  EXPECT_EQ(converse(connect("d", 0)), connack);
  exchange(known, ping, pong);
}

TEST_F(MqttConnectionTest, ClosesAConnectionThatNeverPausesButProvesNothing) {
  MqttSettings settings;
  settings.unproven_time = milliseconds(1);
  start(settings);
  TcpClient client(listener_->port());
  constexpr std::size_t requests = 2'000'000;
  std::jthread sender([&client] {
    std::string many;
    for (int i = 0; i < 1000; ++i) many += ping;
    client.send(connect("d", 600));
    for (std::size_t sent = 0; sent < requests; sent += 1000) client.send(many);
  });
  EXPECT_LT(client.receive_all().size(), requests * pong.size());
  EXPECT_TRUE(log_has("reason=the client has not proven for too long who it is")) << log_.text();
}

TEST_F(MqttConnectionTest, ClosesAClientThatDoesNotReadItsAnswers) {
  MqttSettings settings;
  settings.answer_time = milliseconds(1);
  settings.limits.unacknowledged_max = 60'000;
  start(settings);
  TcpClient client(listener_->port());
  client.send(connect("d") + subscribe);
  std::string requests;
  for (int i = 0; i < 1000; ++i) requests += publish("large", "");
  client.send(requests);
  while (!log_has("connection_broken")) std::this_thread::yield();
  EXPECT_TRUE(log_has("reason=the peer took too long")) << log_.text();
}

TEST_F(MqttConnectionTest, ANewcomerThatHasProvenItselfClosesOlderConnectionsOfItsName) {
  for (const std::size_t threads : {std::size_t{1}, std::size_t{4}}) {
    start({}, threads);
    TcpClient proven(listener_->port());
    exchange(proven, connect("d", 0, 5, "known"), octets_of("2010 0000 0d 2401 2500 2700011000 2900 2a00"));
    TcpClient unproven(listener_->port());
    exchange(unproven, connect("d"), connack);
    TcpClient another(listener_->port());
    exchange(another, connect("e"), connack);

    TcpClient newcomer(listener_->port());
    exchange(newcomer, connect("d"), connack);
    // Not yet: a stranger may have come.
    exchange(proven, ping, pong);
    exchange(unproven, ping, pong);
    exchange(newcomer, publish("prove", ""), puback);

    EXPECT_TRUE(proven.receive_all().ends_with("another connection has proven to be this client"));
    EXPECT_EQ(unproven.receive_all(), "");
    exchange(another, ping, pong);
    exchange(newcomer, ping + disconnect, pong);
    listener_.reset();
    loop_.reset();
  }
}

TEST_F(MqttConnectionTest, AnOlderConnectionThatProvesItselfLaterLeavesTheNewcomerAlone) {
  start();
  TcpClient older(listener_->port());
  exchange(older, connect("d"), connack);
  TcpClient newcomer(listener_->port());
  exchange(newcomer, connect("d", 0, 4, "known"), connack);
  EXPECT_EQ(older.receive_all(), "");

  TcpClient third(listener_->port());
  exchange(third, connect("d"), connack);
  exchange(newcomer, publish("prove", "") + ping, puback + pong);
  exchange(third, ping, pong);
}

TEST_F(MqttConnectionTest, AConnectionAtWorkIsClosedWhenTheWorkIsDone) {
  start();
  TcpClient older(listener_->port());
  exchange(older, connect("d") + subscribe + ping, connack + suback + pong);
  older.send(publish("wait", ""));
  handler_.gate.entered.get_future().wait();
  TcpClient newcomer(listener_->port());
  exchange(newcomer, connect("d", 0, 4, "known") + ping, connack + pong);
  handler_.gate.released.set(1);
  const auto rest = older.receive_all();
  EXPECT_TRUE(rest.starts_with(puback)) << base::to_hex(base::view(rest));
  EXPECT_TRUE(log_has("reason=another connection has proven to be this client")) << log_.text();
}

TEST_F(MqttConnectionTest, EndsIdleConnectionsWhenTheServiceStops) {
  start();
  TcpClient client(listener_->port());
  exchange(client, connect("d") + subscribe, connack + suback);
  TcpClient silent(listener_->port());
  EXPECT_TRUE(loop_->stop(std::chrono::seconds(10)));
  EXPECT_EQ(client.receive_all(), "");
}

TEST_F(MqttConnectionTest, FinishesWhatIsUnderWayWhenTheServiceStops) {
  start();
  TcpClient client(listener_->port());
  exchange(client, connect("d") + subscribe + ping, connack + suback + pong);
  client.send(publish("wait", "x"));
  handler_.gate.entered.get_future().wait();
  auto stopped = std::async(std::launch::async, [this] { return loop_->stop(std::chrono::seconds(10)); });
  handler_.gate.released.set(1);
  EXPECT_TRUE(stopped.get());
}

}  // namespace
}  // namespace muster::net
