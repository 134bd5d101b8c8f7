#include "net/mqtt_session.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace muster::net {
namespace {

namespace mqtt = codec::mqtt;
using mqtt::ReasonCode;

// Octets are put together by hand from the tables of the two standards, as in codec/mqtt/packet_test.cpp.
const std::string connect_3 = "100f 00044d515454 04 02 003c 0003642d31";
const std::string connect_5 = "1010 00044d515454 05 02 003c 00 0003642d31";
// "res/#" with QoS 1, packet identifier 10, and the same with properties of length 0.
const std::string subscribe_3 = "820a 000a 0005 7265732f23 01";
const std::string subscribe_5 = "820b 000a 00 0005 7265732f23 01";
// Maximum QoS 1, retain available 0, maximum packet size 300, no subscription identifiers, no shared subscriptions.
const std::string connack_5 = "2010 0000 0d 2401 2500 270000012c 2900 2a00";

std::string without_spaces(std::string hex) {
  std::erase(hex, ' ');
  return hex;
}

/// Lets everybody in, grants every subscription, and answers each PUBLISH on "res/1" with what it said.
class Server {
 public:
  explicit Server(MqttLimits limits = {.packet_size_max = 300, .subscriptions_max = 2, .unacknowledged_max = 2})
      : session(limits) {}

  /// Octets from the client, in pieces; the answers in hexadecimal.
  std::string take(const std::string& hex, std::size_t piece = 1000) {
    const auto octets = *base::from_hex(without_spaces(hex));
    for (std::size_t at = 0; at < octets.size(); at += piece) {
      session.feed(base::ByteView(octets).subspan(at, std::min(piece, octets.size() - at)));
      work();
    }
    auto answers = base::to_hex(session.output());
    session.output().clear();
    return answers;
  }

  std::string ended_because() const {
    if (!session.ended()) return "goes on";
    return session.violation() ? session.violation()->reason : "goodbye";
  }

  MqttSession session;
  std::vector<mqtt::Connect> connects;

 private:
  void work() {
    for (;;) {
      auto event = session.next();
      if (std::holds_alternative<MqttSession::NeedMore>(event)) return;
      if (std::holds_alternative<MqttSession::Ended>(event)) return;
      if (auto* connect = std::get_if<mqtt::Connect>(&event)) {
        connects.push_back(*connect);
        session.accept();
      } else if (auto* subscribe = std::get_if<mqtt::Subscribe>(&event)) {
        std::vector<ReasonCode> verdicts;
        for (const auto& wanted : subscribe->subscriptions)
          verdicts.push_back(wanted.filter == "no" ? ReasonCode::not_authorized : ReasonCode::success);
        session.answer(*subscribe, verdicts);
      } else {
        const auto& publish = std::get<mqtt::Publish>(event);
        session.acknowledge(publish, ReasonCode::success);
        mqtt::Publish answer;
        answer.topic = "res/1";
        answer.payload = publish.payload;
        session.send(std::move(answer));
      }
    }
  }
};

void expect(Server& server, const std::string& octets, const std::string& answers) {
  EXPECT_EQ(server.take(octets), without_spaces(answers)) << octets;
}

TEST(MqttSession, AnswersAWholeConversationHoweverItsOctetsArrive) {
  const std::string conversation = connect_3 + subscribe_3 +
                                   // PUBLISH "a" with QoS 1 and packet identifier 7, "xy"; its answer is acknowledged.
                                   "3207 000161 0007 7879" + "4002 0001" + "c000" + "a209 000b 0005 7265732f23" +
                                   "e000";
  const std::string answers =
      without_spaces("20020000 9003 000a 01 4002 0007 320b 0005 7265732f31 0001 7879 d000 b002 000b");
  for (std::size_t piece = 1; piece <= conversation.size() / 2; ++piece) {
    Server server;
    EXPECT_EQ(server.take(conversation, piece), answers) << piece;
    EXPECT_EQ(server.ended_because(), "goodbye") << piece;
  }
}

TEST(MqttSession, SpeaksVersion5) {
  Server server;
  expect(server, connect_5, connack_5);
  expect(server, subscribe_5, "9004 000a 00 01");
  expect(server, "3208 000161 0007 00 7879", "4002 0007 320c 0005 7265732f31 0001 00 7879");
  expect(server, "4004 0001 0000", "");
  expect(server, "a20a 000b 00 0005 7265732f23", "b004 000b 00 00");
  expect(server, "a20a 000c 00 0005 7265732f23", "b004 000c 00 11");
  expect(server, "e00104", "");
  EXPECT_EQ(server.ended_because(), "goodbye");
}

TEST(MqttSession, SaysThatNoSessionIsKept) {
  Server server;
  // Session expiry interval 10, and clean start 0; the answer begins with session expiry interval 0.
  expect(server, "1015 00044d515454 05 00 003c 05 110000000a 0003642d31",
         "2015 0000 12 1100000000 2401 2500 270000012c 2900 2a00");
  ASSERT_EQ(server.connects.size(), 1U);
  EXPECT_FALSE(server.connects[0].clean_session);
  EXPECT_EQ(server.session.keep_alive_seconds(), 60);

  Server of_3;
  expect(of_3, "100f 00044d515454 04 00 0000 0003642d31", "20020000");
  EXPECT_EQ(of_3.session.keep_alive_seconds(), 0);
}

TEST(MqttSession, RefusesWhatIsNoConnect) {
  for (const char* first : {"c000", "820a 000a 0005 7265732f23 01", "3005 000161 7879", "e000", "20020000"}) {
    Server server;
    expect(server, first, "");
    EXPECT_EQ(server.ended_because(), "the first packet is not CONNECT") << first;
  }
}

TEST(MqttSession, AnswersVersionsThatItDoesNotSpeak) {
  for (const char* connect :
       {"1011 00064d5149736470 03 02 003c 0003642d31", "100f 00044d515454 06 02 003c 0003642d31"}) {
    Server server;
    expect(server, connect, "20020001");
    EXPECT_EQ(server.ended_because(), "the version is neither 3.1.1 nor 5");
  }
}

TEST(MqttSession, EndsOnWhatIsOutOfOrder) {
  struct Case {
    std::string packet_3;
    std::string packet_5;
    std::string reason_code;
    std::string reason;
  };
  const Case cases[] = {
      {connect_3, connect_5, "82", "a second CONNECT"},
      {"3406 000161 0007 78", "3407 000161 0007 00 78", "9b", "QoS 2 is not offered"},
      {"6202 0007", "6202 0007", "9b", "a packet belongs to QoS 2, which is not offered"},
      {"20020000", "2003000000", "82", "a packet that only servers send"},
      {"9003 000a 01", "9004 000a 00 01", "82", "a packet that only servers send"},
      {"d000", "d000", "82", "a packet that only servers send"},
      {"30ffff7f", "30ffff7f", "95", "a packet is larger than the server takes"},
      {"c001 00", "c001 00", "81", "a packet goes on after its last field"},
      {"3003 000123", "3004 000123 00", "90", "a topic is empty or has a wildcard"},
  };
  for (const auto& one : cases) {
    Server of_3;
    expect(of_3, connect_3, "20020000");
    expect(of_3, one.packet_3, "");
    EXPECT_EQ(of_3.ended_because(), one.reason);

    Server of_5;
    expect(of_5, connect_5, connack_5);
    const auto answer = of_5.take(one.packet_5);
    EXPECT_TRUE(answer.starts_with("e0")) << one.reason;
    EXPECT_EQ(answer.substr(4, 2), one.reason_code) << one.reason;
    EXPECT_TRUE(answer.ends_with(base::to_hex(base::view(one.reason)))) << one.reason;
    EXPECT_EQ(of_5.ended_because(), one.reason);
    // Nothing is heard any more.
    EXPECT_EQ(of_5.take("c000"), "");
  }
}

TEST(MqttSession, EndsOnWhatVersion5KnowsAndTheServerDoesNotOffer) {
  const std::pair<const char*, const char*> cases[] = {
      {"3105 000161 00 78", "9a"},                     // retain
      {"3008 000161 03 230001 78", "94"},              // topic alias
      {"820d 000a 02 0b01 0005 7265732f23 01", "a1"},  // subscription identifier
      {"f000", "8c"},                                  // AUTH
  };
  for (const auto& [packet, code] : cases) {
    Server server;
    expect(server, connect_5, connack_5);
    EXPECT_EQ(server.take(packet).substr(4, 2), code) << packet;
  }
  // 3.1.1 knows retained messages, and no way to say that they are not offered.
  Server of_3;
  expect(of_3, connect_3 + "3104 000161 78" + "c000", "20020000 d000");
}

TEST(MqttSession, RefusesConnectsThatAskForWhatIsNotOffered) {
  const std::pair<const char*, const char*> cases[] = {
      // Authentication method "x".
      {"1014 00044d515454 05 02 003c 04 15000178 0003642d31", "8c"},
      // A will with QoS 2, and one that is to be retained.
      {"1016 00044d515454 05 16 003c 00 0003642d31 00 000161 0000", "9b"},
      {"1016 00044d515454 05 26 003c 00 0003642d31 00 000161 0000", "9a"},
  };
  for (const auto& [connect, code] : cases) {
    Server server;
    const auto answer = server.take(connect);
    EXPECT_TRUE(answer.starts_with("20")) << answer;
    EXPECT_EQ(answer.substr(6, 2), code);
    EXPECT_TRUE(server.session.ended());
  }
}

TEST(MqttSession, GrantsWhatTheHandlerAllowsAndNoMoreThanItsLimit) {
  Server server;
  expect(server, connect_5, connack_5);
  // "a" with QoS 2 is granted 1, "no" is not authorized, "b" is granted 0, "a" again is the same one, "c" is too many.
  expect(server, "8218 000a 00 000161 02 00026e6f 01 000162 00 000161 00 000163 00", "9008 000a 00 01 87 00 00 97");
  Server shared;
  expect(shared, connect_5, connack_5);
  // "$share/x/a".
  expect(shared, "8210 000b 00 000a 2473686172652f782f61 00", "9004 000b 00 9e");
  Server of_3;
  expect(of_3, connect_3 + "8207 000a 00026e6f 01", "20020000 9003 000a 80");
}

TEST(MqttSession, SendsOnlyWhatIsSubscribedToAndWithTheQosOfTheSubscription) {
  Server server;
  expect(server, connect_3, "20020000");
  expect(server, "3004 000161 78", "");
  expect(server, "820a 000a 0005 7265732f2b 00", "9003 000a 00");
  expect(server, "3004 000161 78", "3008 0005 7265732f31 78");
  expect(server, "a209 000b 0005 7265732f2b", "b002 000b");
  expect(server, "3004 000161 78", "");
}

TEST(MqttSession, EndsWhereAnswersAreNotAcknowledged) {
  Server server;
  expect(server, connect_3 + subscribe_3, "20020000 9003 000a 01");
  expect(server, "3004 000161 78", "320a 0005 7265732f31 0001 78");
  expect(server, "3004 000161 78", "320a 0005 7265732f31 0002 78");
  // An acknowledgement makes room; one for what was never sent does not.
  expect(server, "4002 0001 4002 0063", "");
  expect(server, "3004 000161 78", "320a 0005 7265732f31 0003 78");
  EXPECT_EQ(server.ended_because(), "goes on");
  expect(server, "3004 000161 78", "");
  EXPECT_EQ(server.ended_because(), "too many messages were not acknowledged");
}

TEST(MqttSession, KeepsToTheClientsOwnLimits) {
  // Receive maximum 1, maximum packet size 13.
  Server server;
  expect(server, "1018 00044d515454 05 02 003c 08 210001 270000000d 0003642d31", connack_5);
  expect(server, subscribe_5, "9004 000a 00 01");
  expect(server, "3005 000161 00 78", "320b 0005 7265732f31 0001 00 78");
  expect(server, "4002 0001", "");
  expect(server, "3006 000161 00 7878", "");  // the answer would have 14 octets
  EXPECT_EQ(server.ended_because(), "goes on");
  expect(server, "3004 000161 00", "320a 0005 7265732f31 0003 00");
  EXPECT_EQ(server.take("3004 000161 00").substr(4, 2), "97");
}

TEST(MqttSession, NeverUsesPacketIdentifierZeroNorOneThatIsInUse) {
  Server server;
  expect(server, connect_3 + subscribe_3, "20020000 9003 000a 01");
  expect(server, "3004 000161 78", "320a 0005 7265732f31 0001 78");  // 1 is never acknowledged
  std::string last;
  for (int i = 2; i <= 65536; ++i) {
    const std::string answer = server.take("3004 000161 78");
    const std::string id = answer.substr(18, 4);
    ASSERT_NE(id, "0000");
    ASSERT_NE(id, "0001");
    server.take("4002" + id);
    last = id;
  }
  EXPECT_EQ(last, "0002");
}

TEST(MqttSession, CanBeEndedFromThisSide) {
  Server server;
  expect(server, connect_5, connack_5);
  server.session.end({ReasonCode::session_taken_over, "x"});
  server.session.end({ReasonCode::protocol_error, "y"});
  EXPECT_EQ(base::to_hex(server.session.output()), "e0068e041f000178");
  EXPECT_EQ(server.ended_because(), "x");
}

}  // namespace
}  // namespace muster::net
