#include "codec/amqp/message.hpp"

#include <gtest/gtest.h>

namespace muster::codec::amqp {
namespace {

base::Bytes octets(std::string_view hex) { return base::from_hex(hex).value(); }

// Part 3, section 3.2, written by hand.
constexpr const char* header = "005370c0020141";                                          // durable
constexpr const char* properties = "005373c00b064040404040a103612d67";                    // "a-g"
constexpr const char* application_properties = "005374c10e04a10161a10474657874a1016241";  // a = "text", b = true
constexpr const char* data = "005375a0027b7d";                                            // "{}"
constexpr const char* footer = "005378c10100";

std::string joined(std::initializer_list<std::string_view> parts) {
  std::string all;
  for (const auto part : parts) all += part;
  return all;
}

TEST(AmqpMessage, ReadsItsSections) {
  const auto message = read_message(octets(joined({header, properties, application_properties, data, footer})));
  ASSERT_TRUE(message) << message.error().detail();
  EXPECT_EQ(base::to_hex(message->correlation_id), "a103612d67");
  ASSERT_EQ(message->application_properties.size(), 2U);
  ASSERT_NE(message->text_property("a"), nullptr);
  EXPECT_EQ(*message->text_property("a"), "text");
  EXPECT_EQ(message->text_property("b"), nullptr);
  EXPECT_EQ(std::get<bool>(message->application_properties[1].second), true);
  EXPECT_EQ(message->body, "{}");
}

TEST(AmqpMessage, TakesABodyOfAnyKindOrNone) {
  const std::pair<const char*, const char*> cases[] = {
      {"", ""},                                // nothing at all
      {"005375a000", ""},                      // empty data
      {"005375a0017b005375a0017d", "{}"},      // two data sections
      {"005375b0000000027b7d", "{}"},          // the longer encoding
      {"005377a1027b7d", "{}"},                // a value that is a text
      {"005377a0027b7d", "{}"},                // a value that is octets
      {"005377a100", ""},                      // an empty text, as Node polls
      {"00537740", ""},                        // null
      {"005377c10100", ""},                    // a map
      {"00537645", ""},                        // a sequence
      {"00800000000000000075a0027b7d", "{}"},  // the longer descriptor
  };
  for (const auto& [hex, body] : cases) {
    const auto message = read_message(octets(hex));
    ASSERT_TRUE(message) << hex;
    EXPECT_EQ(message->body, body) << hex;
  }
}

TEST(AmqpMessage, BringsBackACorrelationIdOfAnyType) {
  for (const char* id : {"9800112233445566778899aabbccddeeff", "8000000000000000ff", "a0020102", "a103612d67"}) {
    const auto encoded = octets(id);
    std::string list = "005373d0000000";
    list += base::to_hex(base::Bytes{static_cast<std::uint8_t>(encoded.size() + 9)});
    const auto message = read_message(octets(list + "000000064040404040" + id));
    ASSERT_TRUE(message) << id;
    EXPECT_EQ(base::to_hex(message->correlation_id), id);
    EXPECT_EQ(read_message(make_message(*message))->correlation_id, encoded);
  }
  std::string large = "005373d00000010e000000064040404040b000000101";
  large += std::string(static_cast<std::size_t>(257) * 2, '0');
  EXPECT_FALSE(read_message(octets(large)));
}

TEST(AmqpMessage, RefusesWhatIsNoMessage) {
  for (const char* hex : {"40", "005310c00401a10161", "00537f40", "005375", "005375a0047b7d", "7b7d",
                          "0080000000000000007577", "00a3016140"})
    EXPECT_FALSE(read_message(octets(hex))) << hex;
}

TEST(AmqpMessage, WritesADataSectionBehindItsProperties) {
  Message message;
  message.correlation_id = octets("a103612d67");
  message.application_properties = {{"retry-after", 3}, {"Retry-After", "3"}};
  message.body = "{}";
  EXPECT_EQ(base::to_hex(make_message(message)),
            "005373d00000000e000000064040404040a103612d67"
            "005374d10000002600000004"
            "a10b72657472792d6166746572"
            "7100000003"
            "a10b52657472792d4166746572"
            "a10133"
            "005375a0027b7d");
  EXPECT_EQ(base::to_hex(make_message({})), "005375a000");
}

}  // namespace
}  // namespace muster::codec::amqp
