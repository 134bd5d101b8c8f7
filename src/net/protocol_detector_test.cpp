#include "net/protocol_detector.hpp"

#include <vector>

#include "net/loopback_test.hpp"

namespace muster::net {
namespace {

using namespace testing;

std::string detected(std::string_view octets) {
  const auto protocol = detect_protocol(base::view(octets));
  if (!protocol) return "more is needed";
  if (*protocol == Protocol::mqtt) return "mqtt";
  return *protocol == Protocol::amqp ? "amqp" : "http";
}

TEST(ProtocolDetection, TellsProtocolsByTheirFirstOctets) {
  const std::pair<std::string_view, const char*> cases[] = {
      // MQTT 5.0 section 3.1: a CONNECT packet's type is 1, its flags are 0.
      {"\x10", "mqtt"},
      {"\x10\x0c", "mqtt"},
      // AMQP 1.0 sections 2.2 and 5.3.2: "AMQP", then 0 for AMQP, 2 for TLS and 3 for SASL.
      {"AMQP", "amqp"},
      {{"AMQP\x00\x01\x00\x00", 8}, "amqp"},
      {{"AMQP\x03\x01\x00\x00", 8}, "amqp"},
      {"A", "more is needed"},
      {"AM", "more is needed"},
      {"AMQ", "more is needed"},
      {"", "more is needed"},
      {"G", "http"},
      {"PUT ", "http"},
      {"AC", "http"},
      {"AMQ ", "http"},
      {"amqp", "http"},
      // Other packets of MQTT, a CONNECT with flags, a TLS record: HTTP refuses them.
      {"\x11", "http"},
      {"\x20", "http"},
      {"\x16\x03", "http"},
      {{"\x00", 1}, "http"},
  };
  for (const auto& [octets, protocol] : cases) EXPECT_EQ(detected(octets), protocol) << octets;
}

/// Serves a protocol by naming it and giving back what was read up to a full stop.
ConnectionHandler introducing(const char* name) {
  return [name](ByteStreamPtr stream) -> base::Task<void> { return introduce_as(name, std::move(stream)); };
}

class ProtocolDetectorTest : public ::testing::Test {
 protected:
  void start(ProtocolHandlers handlers, std::shared_ptr<TlsContext> tls = nullptr,
             std::chrono::milliseconds time = std::chrono::seconds(10)) {
    detector_ = std::make_unique<ProtocolDetector>(std::move(handlers), time, log_);
    const auto serve = [this](ByteStreamPtr stream) { return detector_->serve(std::move(stream)); };
    listener_ = std::make_unique<Listener>(loop_, on_loopback(), std::move(tls), serve, log_);
    loop_.start();
  }
  static ProtocolHandlers all() {
    return {.http = introducing("http:"), .mqtt = introducing("mqtt:"), .amqp = introducing("amqp:")};
  }
  std::string converse(std::string_view octets) {
    TcpClient client(listener_->port());
    client.send(octets);
    return client.receive_all();
  }

  RecordingLog log_;
  std::unique_ptr<ProtocolDetector> detector_;
  ServerLoop loop_{1, log_};
  std::unique_ptr<Listener> listener_;
};

TEST_F(ProtocolDetectorTest, HandsEveryOctetToTheProtocolsHandler) {
  start(all());
  EXPECT_TRUE(converse("GET / HTTP/1.1.").starts_with("http:GET / HTTP/1.1."));
  EXPECT_TRUE(converse("\x10\x0c..").starts_with("mqtt:\x10\x0c.."));
  EXPECT_TRUE(converse("AMQP\x03 and more.").starts_with("amqp:AMQP\x03 and more."));
  EXPECT_TRUE(converse("A.").starts_with("http:A."));
}

TEST_F(ProtocolDetectorTest, TellsProtocolsThatComeOctetByOctet) {
  start(all());
  for (const auto& [octets, answer] : {std::pair{"AMQP rest.", "amqp:AMQP rest."}, std::pair{"AMQ.", "http:AMQ."}}) {
    TcpClient client(listener_->port());
    for (const char octet : std::string_view(octets)) client.send(std::string_view(&octet, 1));
    EXPECT_TRUE(client.receive_all().starts_with(answer)) << answer;
  }
}

TEST_F(ProtocolDetectorTest, ClosesClientsThatDoNotTellTheirProtocolInTime) {
  start(all(), nullptr, std::chrono::milliseconds(1));
  for (const char* octets : {"", "A", "AMQ"}) EXPECT_EQ(converse(octets), "") << octets;
}

TEST_F(ProtocolDetectorTest, ClosesWhatEndsBeforeItsProtocolIsTold) {
  start(all());
  for (const char* octets : {"", "AMQ"}) {
    TcpClient client(listener_->port());
    client.send(octets);
    client.finish();
    EXPECT_EQ(client.receive_all(), "") << octets;
  }
}

TEST_F(ProtocolDetectorTest, ClosesProtocolsThatAreNotServedAndSaysSo) {
  start({.http = introducing("http:"), .mqtt = {}, .amqp = {}});
  EXPECT_EQ(converse("\x10\x0c."), "");
  EXPECT_EQ(converse("AMQP."), "");
  EXPECT_TRUE(converse("GET.").starts_with("http:GET."));
  EXPECT_EQ(log_.text(),
            "protocol_not_served protocol=mqtt address=127.0.0.1\n"
            "protocol_not_served protocol=amqp address=127.0.0.1\n");
}

TEST_F(ProtocolDetectorTest, ClosesSilentConnectionsWhenTheServiceStops) {
  start(all());
  TcpClient client(listener_->port());
  while (listener_->counters().open < 1) std::this_thread::yield();
  EXPECT_TRUE(loop_.stop(std::chrono::seconds(10)));
  EXPECT_EQ(client.receive_all(), "");
}

TEST_F(ProtocolDetectorTest, LetsTheNegotiatedProtocolGoFirst) {
  TlsSettings settings;
  settings.identity = make_identity("server");
  settings.application_protocols = application_protocols();
  start(all(), std::make_shared<TlsContext>(settings));
  const struct {
    std::vector<const char*> offered;
    const char* chosen;
    const char* octets;
    const char* answer;
  } cases[] = {
      {{"mqtt"}, "mqtt", "hello.", "mqtt:hello."},
      {{"amqp"}, "amqp", "hello.", "amqp:hello."},
      {{"http/1.1"}, "http/1.1", "\x10.", "http:\x10."},
      // As curl does it.
      {{"h2", "http/1.1"}, "http/1.1", "GET.", "http:GET."},
      {{"mqtt", "http/1.1"}, "mqtt", "hello.", "mqtt:hello."},
      {{"http/1.1", "mqtt"}, "http/1.1", "hello.", "http:hello."},
      // Nothing in common: no alert, and the octets tell.
      {{"h2", "MQTT"}, "", "\x10.", "mqtt:\x10."},
      {{}, "", "AMQP.", "amqp:AMQP."},
  };
  for (const auto& [offered, chosen, octets, answer] : cases) {
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
      TcpClient tcp(listener_->port());
      TlsClient client;
      client.only_version(version);
      client.offer(offered);
      ASSERT_TRUE(client.handshake(tcp)) << answer;
      EXPECT_EQ(client.chosen_protocol(), chosen);
      client.send(octets);
      EXPECT_TRUE(client.receive_all().starts_with(answer)) << answer;
    }
  }
}

}  // namespace
}  // namespace muster::net
