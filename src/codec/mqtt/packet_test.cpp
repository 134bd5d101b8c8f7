#include "codec/mqtt/packet.hpp"

#include <gtest/gtest.h>

#include <string>

namespace muster::codec::mqtt {
namespace {

// Octets are put together by hand from the tables and figures of the two standards.

std::string without_spaces(std::string hex) {
  std::erase(hex, ' ');
  return hex;
}

struct Parsed {
  std::variant<Packet, Violation> result;

  template <class T>
  const T& as() const {
    return std::get<T>(std::get<Packet>(result));
  }
  /// The reason code of a refusal; 0 for a packet.
  int refused() const {
    const auto* violation = std::get_if<Violation>(&result);
    return violation == nullptr ? 0 : static_cast<int>(violation->code);
  }
};

Parsed parsed(const std::string& hex, Version version = Version::v3_1_1) {
  const Bytes octets = *base::from_hex(without_spaces(hex));
  Framer framer(1 << 20);
  framer.feed(octets);
  const auto frame = framer.next();
  EXPECT_TRUE(std::holds_alternative<Frame>(frame)) << hex;
  return {parse(std::get<Frame>(frame), version)};
}

void expect_written(const Packet& packet, const std::string& hex, Version version = Version::v3_1_1) {
  Bytes octets;
  serialize(octets, packet, version);
  EXPECT_EQ(base::to_hex(octets), without_spaces(hex));
}

std::string text_of(const std::optional<base::Secret>& secret) {
  return std::string(base::text_view(secret->reveal()));
}

TEST(MqttConnect, IsReadWithUserNameAndPassword) {
  // Protocol name, level 4, flags c2 (user name, password, clean session), keep-alive 180, "d-1", "u", "pw".
  const std::string hex = "1016 00044d515454 04 c2 00b4 0003642d31 000175 00027077";
  const auto packet = parsed(hex);
  const auto& connect = packet.as<Connect>();
  EXPECT_EQ(connect.version, Version::v3_1_1);
  EXPECT_EQ(connect.client_id, "d-1");
  EXPECT_TRUE(connect.clean_session);
  EXPECT_EQ(connect.keep_alive_seconds, 180);
  EXPECT_EQ(connect.user_name, "u");
  EXPECT_EQ(text_of(connect.password), "pw");
  EXPECT_FALSE(connect.will);
  expect_written(connect, hex);
}

TEST(MqttConnect, IsReadWithAWill) {
  // 3.1.1 figure 3.6: flags ce (user name, password, will QoS 1, will, clean session), keep-alive 10.
  const std::string hex = "101d 00044d515454 04 ce 000a 000163 0003612f62 00026279 000175 00027077";
  const auto packet = parsed(hex);
  const auto& connect = packet.as<Connect>();
  EXPECT_EQ(connect.keep_alive_seconds, 10);
  ASSERT_TRUE(connect.will);
  EXPECT_EQ(connect.will->topic, "a/b");
  EXPECT_EQ(base::text_view(connect.will->payload), "by");
  EXPECT_EQ(connect.will->qos, 1);
  EXPECT_FALSE(connect.will->retain);
  EXPECT_EQ(connect.user_name, "u");
  expect_written(connect, hex);
}

TEST(MqttConnect, IsReadInVersion5WithProperties) {
  // 5.0 figure 3-6: flags ce, keep-alive 10, five octets of properties with session expiry 10. The will has a delay.
  const std::string hex = "1025 00044d515454 05 ce 000a 05 110000000a 000163 05 1800000001 000161 0000 000175 00027077";
  const auto packet = parsed(hex);
  const auto& connect = packet.as<Connect>();
  EXPECT_EQ(connect.version, Version::v5);
  EXPECT_EQ(connect.properties.number(PropertyId::session_expiry_interval), 10U);
  EXPECT_EQ(connect.will->properties.number(PropertyId::will_delay_interval), 1U);
  EXPECT_EQ(connect.will->topic, "a");
  expect_written(connect, hex);
}

TEST(MqttConnect, MayBeBare) {
  const auto packet = parsed("100c 00044d515454 04 00 0000 0000");
  const auto& connect = packet.as<Connect>();
  EXPECT_EQ(connect.client_id, "");
  EXPECT_FALSE(connect.clean_session);
  EXPECT_FALSE(connect.user_name);
  EXPECT_FALSE(connect.password);
  EXPECT_EQ(connect.keep_alive_seconds, 0);
}

TEST(MqttConnect, IsRefusedWhereItBreaksARule) {
  const std::pair<const char*, int> cases[] = {
      {"100e 00064d5149736470 03 02 0000 0000", 0x84},  // MQIsdp, version 3.1
      {"100c 00044d515454 03 02 0000 0000", 0x84},
      {"100c 00044d515454 06 02 0000 0000", 0x84},
      {"100c 00044d515458 04 02 0000 0000", 0x81},              // another protocol
      {"100c 00044d515454 04 03 0000 0000", 0x81},              // reserved flag
      {"100c 00044d515454 04 0a 0000 0000", 0x81},              // will QoS without a will
      {"100c 00044d515454 04 22 0000 0000", 0x81},              // will retain without a will
      {"100f 00044d515454 04 42 0000 0000 000170", 0x81},       // password without user name
      {"1011 00044d515454 04 1e 0000 0000 000161 0000", 0x81},  // will QoS 3
      {"1011 00044d515454 04 06 0000 0000 000123 0000", 0x90},  // will topic "#"
      {"100d 00044d515454 04 02 0000 0000 00", 0x81},           // goes on
      {"100c 00044d515454 04 82 0000 0000", 0x81},              // no user name, though announced
      {"100b 00044d515454 04 02 0000 00", 0x81},
      {"100d 00044d515454 04 02 0000 0001ff", 0x81},  // not UTF-8
      {"110c 00044d515454 04 02 0000 0000", 0x81},    // flags in the fixed header
      {"1000", 0x81},
  };
  for (const auto& [hex, code] : cases) EXPECT_EQ(parsed(hex).refused(), code) << hex;
  // MQTT 5 allows a password without a user name (3.1.2.9).
  EXPECT_EQ(parsed("1010 00044d515454 05 42 0000 00 0000 000170").refused(), 0);
}

TEST(MqttConnack, IsWrittenInBothVersions) {
  expect_written(Connack{}, "20020000");
  expect_written(Connack{.session_present = false, .code = ReasonCode::not_authorized, .properties = {}}, "20020005");
  Connack connack;
  connack.properties.add(PropertyId::maximum_qos, 1);
  connack.properties.add(PropertyId::retain_available, 0U);
  expect_written(connack, "2007 00 00 04 2401 2500", Version::v5);
  EXPECT_EQ(parsed("2007 00 00 04 2401 2500", Version::v5).as<Connack>().properties.number(PropertyId::maximum_qos),
            1U);
  EXPECT_EQ(parsed("20020004").as<Connack>().code, ReasonCode::bad_user_name_or_password);
  EXPECT_TRUE(parsed("20020100").as<Connack>().session_present);
  EXPECT_EQ(parsed("20020200").refused(), 0x81);
  EXPECT_EQ(parsed("200100").refused(), 0x81);
}

TEST(MqttConnack, HasAReturnCodeForEveryReason) {
  const std::pair<ReasonCode, std::uint8_t> cases[] = {
      {ReasonCode::success, 0},
      {ReasonCode::unsupported_protocol_version, 1},
      {ReasonCode::client_identifier_not_valid, 2},
      {ReasonCode::server_unavailable, 3},
      {ReasonCode::bad_user_name_or_password, 4},
      {ReasonCode::not_authorized, 5},
  };
  for (const auto& [reason, code] : cases) {
    EXPECT_EQ(connack_return_code(reason), code);
    EXPECT_EQ(reason_of_return_code(code), reason);
  }
  EXPECT_EQ(connack_return_code(ReasonCode::server_busy), 3);
  EXPECT_EQ(connack_return_code(ReasonCode::bad_authentication_method), 5);
}

TEST(MqttPublish, IsReadAndWritten) {
  // 3.1.1 figure 3.11: topic "a/b", packet identifier 10.
  const std::string hex = "3209 0003612f62 000a 7879";
  const auto packet = parsed(hex);
  const auto& publish = packet.as<Publish>();
  EXPECT_EQ(publish.topic, "a/b");
  EXPECT_EQ(publish.packet_id, 10);
  EXPECT_EQ(publish.qos, 1);
  EXPECT_EQ(publish.payload, "xy");
  EXPECT_FALSE(publish.retain);
  EXPECT_FALSE(publish.duplicate);
  expect_written(publish, hex);

  EXPECT_EQ(parsed("3005 0003612f62").as<Publish>().payload, "");
  EXPECT_TRUE(parsed("3105 0003612f62").as<Publish>().retain);
  EXPECT_TRUE(parsed("3a07 0003612f62 0001").as<Publish>().duplicate);
  EXPECT_EQ(parsed("3407 0003612f62 0001").as<Publish>().qos, 2);
}

TEST(MqttPublish, CarriesPropertiesInVersion5) {
  // Correlation data of four octets: 09 0004 01020304, seven octets in all.
  const auto packet = parsed("3211 0003612f62 000a 07 09000401020304 7879", Version::v5);
  EXPECT_EQ(packet.as<Publish>().properties.text(PropertyId::correlation_data), "\x01\x02\x03\x04");
  EXPECT_EQ(packet.as<Publish>().payload, "xy");
  expect_written(packet.as<Publish>(), "3211 0003612f62 000a 07 09000401020304 7879", Version::v5);
  // An alias may stand for the topic, nothing else may.
  EXPECT_EQ(parsed("3006 0000 03 230001", Version::v5).refused(), 0);
  EXPECT_EQ(parsed("3003 0000 00", Version::v5).refused(), 0x90);
}

TEST(MqttPublish, IsRefusedWhereItBreaksARule) {
  const std::pair<const char*, int> cases[] = {
      {"3607 0003612f62 0001", 0x81},  // QoS 3
      {"3207 0003612f62 0000", 0x82},  // packet identifier 0
      {"3805 0003612f62", 0x81},       // duplicate with QoS 0
      {"3002 0000", 0x90},             // no topic
      {"3003 000123", 0x90},           // "#"
      {"3005 0003612b62", 0x90},       // "a+b"
      {"3004 00036161", 0x81},         // the topic is cut off
      {"3003 0001ff", 0x81},
      {"3206 0003612f62 00", 0x81},
      {"3000", 0x81},
  };
  for (const auto& [hex, code] : cases) EXPECT_EQ(parsed(hex).refused(), code) << hex;
}

TEST(MqttSubscribe, IsReadAndWritten) {
  // 3.1.1 figure 3.23: "a/b" with QoS 1, "c/d" with QoS 2; packet identifier 10.
  const std::string hex = "820e 000a 0003612f62 01 0003632f64 02";
  const auto packet = parsed(hex);
  const auto& subscribe = packet.as<Subscribe>();
  EXPECT_EQ(subscribe.packet_id, 10);
  ASSERT_EQ(subscribe.subscriptions.size(), 2U);
  EXPECT_EQ(subscribe.subscriptions[0].filter, "a/b");
  EXPECT_EQ(subscribe.subscriptions[0].qos, 1);
  EXPECT_EQ(subscribe.subscriptions[1].filter, "c/d");
  EXPECT_EQ(subscribe.subscriptions[1].qos, 2);
  expect_written(subscribe, hex);

  // 5.0: no local, retain as published and retain handling 2 are options that change nothing here.
  EXPECT_EQ(parsed("8209 000a 00 0003612f62 2d", Version::v5).as<Subscribe>().subscriptions[0].qos, 1);
}

TEST(MqttSubscribe, IsRefusedWhereItBreaksARule) {
  const std::pair<const char*, int> cases[] = {
      {"8202 000a", 0x81},                // no filter
      {"8208 0000 0003612f62 00", 0x82},  // packet identifier 0
      {"8208 000a 0003612f62 03", 0x81},  // QoS 3
      {"8208 000a 0003612f62 04", 0x81},  // reserved bits
      {"8208 000a 0003612f23 80", 0x81},
      {"8207 000a 0003612f62", 0x81},     // no QoS
      {"8006 000a 000161 00", 0x81},      // flags of the fixed header
      {"8206 000a 0000 0000", 0x8f},      // an empty filter
      {"8208 000a 0003612362 00", 0x8f},  // "a#b"
  };
  for (const auto& [hex, code] : cases) EXPECT_EQ(parsed(hex).refused(), code) << hex;
  EXPECT_EQ(parsed("8209 000a 00 0003612f62 31", Version::v5).refused(),
            0x81);  // retain handling 3
  EXPECT_EQ(parsed("8209 000a 00 0003612f62 41", Version::v5).refused(), 0x81);
}

TEST(MqttSubscribe, TakesSixtyFourFiltersAndNoMore) {
  const auto with_filters = [](std::size_t count) {
    std::string body = "000a";
    for (std::size_t i = 0; i < count; ++i) body += "00016100";
    Bytes length;
    Writer(length).variable_integer(body.size() / 2);
    return "82" + base::to_hex(length) + body;
  };
  EXPECT_EQ(parsed(with_filters(64)).as<Subscribe>().subscriptions.size(), 64U);
  EXPECT_EQ(parsed(with_filters(65)).refused(), 0x97);
}

TEST(MqttSuback, IsWrittenInBothVersions) {
  // 3.1.1 figure 3.26: QoS 0, QoS 2, failure. 3.1.1 has no other failure than 80.
  const Suback suback{.packet_id = 10, .codes = {0, 2, 0x9e}, .properties = {}};
  expect_written(suback, "9005 000a 000280");
  expect_written(suback, "9006 000a 00 00029e", Version::v5);
  EXPECT_EQ(parsed("9006 000a 00 00029e", Version::v5).as<Suback>().codes, suback.codes);
  EXPECT_EQ(parsed("9002 000a").refused(), 0x82);
}

TEST(MqttUnsubscribe, IsReadAndAnswered) {
  // 3.1.1 figure 3.30.
  const std::string hex = "a20c 000a 0003612f62 0003632f64";
  const auto packet = parsed(hex);
  const auto& unsubscribe = packet.as<Unsubscribe>();
  EXPECT_EQ(unsubscribe.packet_id, 10);
  EXPECT_EQ(unsubscribe.filters, (std::vector<std::string>{"a/b", "c/d"}));
  expect_written(unsubscribe, hex);
  EXPECT_EQ(parsed("a202 000a").refused(), 0x81);

  const Unsuback unsuback{
      .packet_id = 10, .codes = {ReasonCode::success, ReasonCode::no_subscription_existed}, .properties = {}};
  expect_written(unsuback, "b002 000a");
  expect_written(unsuback, "b005 000a 00 0011", Version::v5);
  EXPECT_EQ(parsed("b005 000a 00 0011", Version::v5).as<Unsuback>().codes, unsuback.codes);
}

TEST(MqttPuback, IsReadAndWrittenInAllItsForms) {
  EXPECT_EQ(parsed("4002 000a").as<Puback>().packet_id, 10);
  expect_written(Puback{.packet_id = 10, .code = {}, .properties = {}}, "4002000a", Version::v5);
  EXPECT_EQ(parsed("4003 000a 10", Version::v5).as<Puback>().packet_id, 10);
  Puback refused{.packet_id = 10, .code = ReasonCode::quota_exceeded, .properties = {}};
  expect_written(refused, "4003 000a 97", Version::v5);
  refused.properties.add(PropertyId::reason_string, "x");
  expect_written(refused, "4008 000a 97 04 1f000178", Version::v5);
  EXPECT_EQ(parsed("4008 000a 97 04 1f000178", Version::v5).as<Puback>().properties.text(PropertyId::reason_string),
            "x");
  EXPECT_EQ(parsed("4002 0000").refused(), 0x82);
  EXPECT_EQ(parsed("4003 000a 00").refused(),
            0x81);  // 3.1.1 has nothing behind the identifier
}

TEST(MqttPackets, WithoutContentAreReadAndWritten) {
  expect_written(Pingreq{}, "c000");
  expect_written(Pingresp{}, "d000");
  expect_written(Disconnect{}, "e000");
  expect_written(Disconnect{}, "e000", Version::v5);
  expect_written(Disconnect{.code = ReasonCode::session_taken_over, .properties = {}}, "e0018e", Version::v5);
  EXPECT_TRUE(std::holds_alternative<Pingreq>(std::get<Packet>(parsed("c000").result)));
  EXPECT_TRUE(std::holds_alternative<Pingresp>(std::get<Packet>(parsed("d000").result)));
  EXPECT_EQ(parsed("e000").as<Disconnect>().code, ReasonCode::success);
  EXPECT_EQ(parsed("e0018e", Version::v5).as<Disconnect>().code, ReasonCode::session_taken_over);
  EXPECT_EQ(parsed("e0018e").refused(), 0x81);
  EXPECT_EQ(parsed("c00100").refused(), 0x81);
  EXPECT_EQ(parsed("c100").refused(), 0x81);
}

TEST(MqttPackets, OfQosTwoAndOfNoTypeAreRefused) {
  EXPECT_EQ(parsed("5002 0001").refused(), 0x9b);
  EXPECT_EQ(parsed("6202 0001").refused(), 0x9b);
  EXPECT_EQ(parsed("7002 0001").refused(), 0x9b);
  EXPECT_EQ(parsed("0000").refused(), 0x81);
  EXPECT_EQ(parsed("f000").refused(), 0x81);
  EXPECT_EQ(parsed("f000", Version::v5).refused(), 0x8c);
}

TEST(MqttProperties, AreRefusedWhereTheyBreakARule) {
  // Behind the topic of a PUBLISH.
  const std::pair<const char*, int> cases[] = {
      {"02 0100", 0},
      {"02 0102", 0x82},                        // payload format indicator 2
      {"04 01000100", 0x82},                    // twice
      {"02 2401", 0x82},                        // maximum QoS belongs to CONNACK
      {"02 7f00", 0x81},                        // not known
      {"03 030001", 0x81},                      // cut off
      {"05 0300", 0x81},                        // the length lies
      {"02 0b00", 0x82},                        // subscription identifier 0
      {"04 0b010b02", 0},                       // may be repeated in PUBLISH
      {"0e 26000161000162 26000161000162", 0},  // user properties may always
      {"04 030001ff", 0x81},                    // not UTF-8
      {"04 090001ff", 0},                       // binary may be anything
  };
  for (const auto& [properties, code] : cases) {
    const std::string body = without_spaces(std::string("0003612f62") + properties);
    Bytes length;
    Writer(length).variable_integer(body.size() / 2);
    EXPECT_EQ(parsed("30" + base::to_hex(length) + body, Version::v5).refused(), code) << properties;
  }
  // Receive maximum 0 in CONNECT (5.0 section 3.1.2.11.3).
  EXPECT_EQ(parsed("1010 00044d515454 05 02 0000 03 210000 0000").refused(), 0x82);
}

TEST(MqttProperties, AreAtMostSixtyFour) {
  const auto with_properties = [](std::size_t count) {
    std::string list;
    for (std::size_t i = 0; i < count; ++i) list += "2600000000";
    Bytes list_length;
    Writer(list_length).variable_integer(list.size() / 2);
    const std::string body = "0003612f62" + base::to_hex(list_length) + list;
    Bytes length;
    Writer(length).variable_integer(body.size() / 2);
    return "30" + base::to_hex(length) + body;
  };
  EXPECT_EQ(parsed(with_properties(64), Version::v5).refused(), 0);
  EXPECT_EQ(parsed(with_properties(65), Version::v5).refused(), 0x95);
}

}  // namespace
}  // namespace muster::codec::mqtt
