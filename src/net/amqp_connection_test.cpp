#include "net/amqp_connection.hpp"

#include <algorithm>
#include <future>

#include "base/completion.hpp"
#include "net/amqp_client_test.hpp"
#include "net/loopback_test.hpp"

namespace muster::net {
namespace {

using namespace testing;
using codec::amqp::Message;
using codec::amqp::SaslMessage;

/// Echoes; some bodies ask for something else.
class EchoHandler final : public AmqpHandler {
 public:
  class Conversation final : public AmqpConversation {
   public:
    Conversation(EchoHandler& handler, std::shared_ptr<const Peer> peer) : handler_(handler), peer_(std::move(peer)) {}

    base::Task<SaslAnswer> authenticate(SaslMessage message) override {
      const auto plain = codec::amqp::read_plain(message.octets);
      if (plain && plain->authentication_id == "fault") throw std::runtime_error("disk full");
      SaslAnswer answer;
      answer.kind =
          plain && plain->authentication_id == "good" ? SaslAnswer::Kind::accepted : SaslAnswer::Kind::refused;
      co_return answer;
    }
    std::optional<AmqpError> attach(const AmqpLink& link) override {
      if (link.address == "fault") throw std::runtime_error("disk full");
      return {};
    }
    bool is_under_way() const override { return is_under_way_; }
    base::Task<AmqpAnswer> answer(AmqpRequest request) override {
      is_under_way_ = request.message.body == "more to come";
      if (request.message.body == "fault") throw std::runtime_error("disk full");
      Message answer;
      if (request.message.body == "wait") {
        handler_.entered.set_value();
        answer.body = co_await handler_.released.wait();
        co_return AmqpAnswer(std::move(answer));
      }
      answer.body = peer_->address + " " + request.message.body;
      co_return AmqpAnswer(std::move(answer));
    }

   private:
    EchoHandler& handler_;
    std::shared_ptr<const Peer> peer_;
    bool is_under_way_ = true;
  };

  std::unique_ptr<AmqpConversation> converse(std::shared_ptr<const Peer> peer) override {
    return std::make_unique<Conversation>(*this, std::move(peer));
  }

  std::promise<void> entered;
  base::Completion<std::string> released;
};

class AmqpConnectionTest : public ::testing::Test {
 protected:
  void start(AmqpSettings settings = {}) {
    settings.mechanisms = {"PLAIN"};
    server_ = std::make_unique<AmqpServer>(handler_, log_, random_, settings);
    const auto serve = [this](ByteStreamPtr stream) { return server_->serve(std::move(stream)); };
    listener_ = std::make_unique<Listener>(loop_, on_loopback(), nullptr, serve, log_);
    loop_.start();
  }

  /// Passes octets on until `done` or the connection's end. True where `done` came.
  template <class Done>
  bool converse(TcpClient& tcp, ProtonClient& client, Done done) {
    for (;;) {
      const std::string out = client.output();
      if (!out.empty()) tcp.send(out);
      if (done()) return true;
      const std::string in = tcp.receive();
      if (in.empty()) return false;
      client.feed(base::view(in));
    }
  }

  RecordingLog log_;
  EchoHandler handler_;
  base::SequenceRandom random_;
  std::unique_ptr<AmqpServer> server_;
  ServerLoop loop_{1, log_};
  std::unique_ptr<Listener> listener_;
};

TEST_F(AmqpConnectionTest, ServesAClientFromItsOpeningToItsClose) {
  start();
  TcpClient tcp(listener_->port());
  ProtonClient client;
  client.use_plain("good", "password");
  client.attach("a");
  ASSERT_TRUE(converse(tcp, client, [&] { return pn_link_credit(client.sender) > 0; }));
  client.send("first", "");
  client.send("second", "");
  ASSERT_TRUE(converse(tcp, client, [&] { return client.answers.size() == 2; }));
  EXPECT_EQ(client.answers[0].body, "127.0.0.1 first");
  EXPECT_EQ(client.answers[1].body, "127.0.0.1 second");
  client.close();
  ASSERT_TRUE(converse(tcp, client, [&] { return client.was_closed(); }));
  EXPECT_EQ(tcp.receive_all(), "");
}

TEST_F(AmqpConnectionTest, ClosesAfterTheOutcomeOfBadCredentials) {
  start();
  TcpClient tcp(listener_->port());
  ProtonClient client;
  client.use_plain("bad", "password");
  EXPECT_FALSE(converse(tcp, client, [&] { return client.is_open(); }));
  EXPECT_EQ(pn_sasl_outcome(pn_sasl(client.driver().transport)), PN_SASL_AUTH);
}

TEST_F(AmqpConnectionTest, AnswersFaultsWithoutDetailAndLogsThem) {
  start();
  {
    TcpClient tcp(listener_->port());
    ProtonClient client;
    client.use_plain("fault", "password");
    EXPECT_FALSE(converse(tcp, client, [&] { return client.is_open(); }));
    EXPECT_EQ(pn_sasl_outcome(pn_sasl(client.driver().transport)), PN_SASL_SYS);
  }
  {
    TcpClient tcp(listener_->port());
    ProtonClient client;
    client.attach("fault");
    ASSERT_TRUE(converse(tcp, client, [&] { return client.was_closed(); }));
    EXPECT_TRUE(client.error().starts_with("amqp:internal-error: internal error")) << client.error();
  }
  TcpClient tcp(listener_->port());
  ProtonClient client;
  client.attach("a");
  ASSERT_TRUE(converse(tcp, client, [&] { return pn_link_credit(client.sender) > 0; }));
  pn_delivery_t* delivery = client.send("fault", "");
  ASSERT_TRUE(converse(tcp, client, [&] { return pn_delivery_remote_state(delivery) == PN_REJECTED; }));
  pn_condition_t* condition = pn_disposition_condition(pn_delivery_remote(delivery));
  EXPECT_EQ(text(pn_condition_get_name(condition)), "amqp:internal-error");
  EXPECT_EQ(text(pn_condition_get_description(condition)).find("disk"), std::string::npos);
  // The connection goes on.
  client.send("next", "");
  EXPECT_TRUE(converse(tcp, client, [&] { return client.answers.size() == 1; }));
  EXPECT_NE(log_.text().find("fault=disk full"), std::string::npos);
}

TEST_F(AmqpConnectionTest, ClosesWhereNoRequestComesInTime) {
  AmqpSettings settings;
  settings.opening_time = std::chrono::milliseconds(50);
  start(settings);
  {
    // Says nothing at all.
    TcpClient tcp(listener_->port());
    EXPECT_EQ(tcp.receive_all(), "");
  }
  {
    // Says half a header.
    TcpClient tcp(listener_->port());
    tcp.send("AMQ");
    EXPECT_EQ(tcp.receive_all(), "");
  }
  TcpClient tcp(listener_->port());
  ProtonClient client;
  client.attach("a");
  ASSERT_TRUE(converse(tcp, client, [&] { return client.was_closed(); }));
  EXPECT_EQ(client.error(), "");
}

TEST_F(AmqpConnectionTest, ClosesAConnectionThatIsIdleAfterARequest) {
  AmqpSettings settings;
  settings.idle_time = std::chrono::milliseconds(50);
  start(settings);
  TcpClient tcp(listener_->port());
  ProtonClient client;
  client.attach("a");
  ASSERT_TRUE(converse(tcp, client, [&] { return pn_link_credit(client.sender) > 0; }));
  client.send("first", "");
  ASSERT_TRUE(converse(tcp, client, [&] { return client.was_closed(); }));
  EXPECT_EQ(client.answers.size(), 1U);
  EXPECT_EQ(client.error(), "");
}

TEST_F(AmqpConnectionTest, SendsTheHeartbeatsThatAClientAsksFor) {
  start();
  TcpClient tcp(listener_->port());
  ProtonClient client;
  pn_transport_set_idle_timeout(client.driver().transport, 200);  // more often than anybody gets them
  client.attach("a");
  ASSERT_TRUE(converse(tcp, client, [&] { return pn_link_credit(client.sender) > 0; }));
  EXPECT_EQ(base::to_hex(base::view(tcp.receive())), "0000000802000000");
  EXPECT_EQ(base::to_hex(base::view(tcp.receive())), "0000000802000000");
}

TEST_F(AmqpConnectionTest, SurvivesClientsThatVanish) {
  start();
  for (int i = 0; i < 20; ++i) {
    TcpClient tcp(listener_->port());
    ProtonClient client;
    client.attach("a");
    tcp.send(std::string_view(client.output()).substr(0, static_cast<std::size_t>(i) * 20));
  }
  {
    TcpClient tcp(listener_->port());
    ProtonClient client;
    client.attach("a");
    ASSERT_TRUE(converse(tcp, client, [&] { return pn_link_credit(client.sender) > 0; }));
    client.send("wait", "");
    tcp.send(client.output());
    handler_.entered.get_future().wait();
  }
  handler_.released.set("late");
  TcpClient tcp(listener_->port());
  ProtonClient client;
  client.attach("a");
  ASSERT_TRUE(converse(tcp, client, [&] { return pn_link_credit(client.sender) > 0; }));
  client.send("still there", "");
  EXPECT_TRUE(converse(tcp, client, [&] { return client.answers.size() == 1; }));
}

TEST_F(AmqpConnectionTest, TellsAClientThatSpeaksAnotherProtocol) {
  start();
  TcpClient tcp(listener_->port());
  tcp.send("GET / HTTP/1.1\r\n\r\n");
  EXPECT_EQ(base::to_hex(base::view(tcp.receive_all())), "414d515003010000");
  EXPECT_NE(log_.text().find("amqp_connection_refused"), std::string::npos);
}

TEST_F(AmqpConnectionTest, AnswersWhatIsUnderWayBeforeItStops) {
  start();
  TcpClient tcp(listener_->port());
  ProtonClient client;
  client.attach("a");
  ASSERT_TRUE(converse(tcp, client, [&] { return pn_link_credit(client.sender) > 0; }));
  client.send("wait", "");
  tcp.send(client.output());
  handler_.entered.get_future().wait();
  const auto stopped = std::async(std::launch::async, [this] { loop_.stop(std::chrono::seconds(10)); });
  handler_.released.set("done");
  ASSERT_TRUE(converse(tcp, client, [&] { return client.answers.size() == 1; }));
  EXPECT_EQ(client.answers[0].body, "done");
  stopped.wait();
}

TEST_F(AmqpConnectionTest, WaitsForAClientThatIsNotThroughBeforeItStops) {
  start();
  TcpClient idle_tcp(listener_->port());
  ProtonClient idle;
  TcpClient tcp(listener_->port());
  ProtonClient client;
  idle.attach("a");
  ASSERT_TRUE(converse(idle_tcp, idle, [&] { return pn_link_credit(idle.sender) > 0; }));
  idle.send("all", "");
  ASSERT_TRUE(converse(idle_tcp, idle, [&] { return idle.answers.size() == 1; }));
  client.attach("a");
  ASSERT_TRUE(converse(tcp, client, [&] { return pn_link_credit(client.sender) > 0; }));
  client.send("more to come", "");
  ASSERT_TRUE(converse(tcp, client, [&] { return client.answers.size() == 1; }));
  auto stopped = std::async(std::launch::async, [this] { return loop_.stop(std::chrono::seconds(10)); });
  idle_tcp.receive_all();  // until it is draining
  client.send("the last", "");
  ASSERT_TRUE(converse(tcp, client, [&] { return client.answers.size() == 2; }));
  EXPECT_TRUE(stopped.get());
}

}  // namespace
}  // namespace muster::net
