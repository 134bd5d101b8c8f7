#include "codec/mqtt/wire.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <utility>

namespace muster::codec::mqtt {
namespace {

// The first and last value of each size (3.1.1 table 2.4).
const std::pair<std::uint32_t, const char*> variable_integers[] = {
    {0, "00"},         {127, "7f"},         {128, "8001"},         {16383, "ff7f"},
    {16384, "808001"}, {2097151, "ffff7f"}, {2097152, "80808001"}, {268435455, "ffffff7f"},
};

TEST(MqttReader, ReadsVariableIntegers) {
  for (const auto& [number, hex] : variable_integers) {
    const Bytes octets = *base::from_hex(hex);
    Reader reader(octets);
    EXPECT_EQ(reader.variable_integer(), number) << hex;
    reader.finish();
    EXPECT_FALSE(reader.failed()) << hex;
  }
}

TEST(MqttReader, RefusesVariableIntegersThatAreCutOrTooLong) {
  for (const char* hex : {"", "80", "8080", "808080", "80808080", "8080808001", "ffffffff7f", "8000", "ff8000"}) {
    const Bytes octets = *base::from_hex(hex);
    Reader reader(octets);
    EXPECT_EQ(reader.variable_integer(), 0U) << hex;
    EXPECT_TRUE(reader.failed()) << hex;
  }
}

TEST(MqttReader, ReadsIntegersTextsAndOctetsInOrder) {
  const Bytes octets = *base::from_hex("010203040506070002ff000003612f62");
  Reader reader(octets);
  EXPECT_EQ(reader.u8(), 0x01U);
  EXPECT_EQ(reader.u16(), 0x0203U);
  EXPECT_EQ(reader.u32(), 0x04050607U);
  EXPECT_EQ(base::to_hex(reader.binary()), "ff00");
  EXPECT_EQ(reader.text(), "a/b");
  EXPECT_TRUE(reader.at_end());
  reader.finish();
  EXPECT_FALSE(reader.failed());
}

TEST(MqttReader, KeepsWhatWentWrongFirst) {
  const Bytes octets = *base::from_hex("000561");
  Reader reader(octets);
  EXPECT_EQ(reader.text(), "");
  ASSERT_TRUE(reader.violation());
  EXPECT_EQ(reader.violation()->code, ReasonCode::malformed_packet);
  const std::string first = reader.violation()->reason;
  reader.fail(ReasonCode::protocol_error, "later");
  EXPECT_EQ(reader.violation()->reason, first);
  EXPECT_EQ(reader.u32(), 0U);
  EXPECT_TRUE(reader.bytes(0).empty());
}

TEST(MqttReader, RefusesWhatIsLeftAndTextThatIsNone) {
  const Bytes octets = *base::from_hex("0001c3");
  Reader text(octets);
  EXPECT_EQ(text.text(), "");
  EXPECT_TRUE(text.failed());
  Reader left(octets);
  left.u16();
  left.finish();
  EXPECT_TRUE(left.failed());
}

TEST(MqttWriter, WritesWhatTheTablesSay) {
  for (const auto& [number, hex] : variable_integers) {
    Bytes octets;
    Writer(octets).variable_integer(number);
    EXPECT_EQ(base::to_hex(octets), hex);
  }
  Bytes octets;
  Writer(octets).u8(1).u16(0x0203).u32(0x04050607).text("a/b");
  EXPECT_EQ(base::to_hex(octets), "010203040506070003612f62");
}

TEST(MqttWriter, RefusesWhatMqttCannotSay) {
  Bytes octets;
  Writer writer(octets);
  EXPECT_THROW(writer.variable_integer(268435456), std::length_error);
  EXPECT_THROW(writer.text(std::string(65536, 'x')), std::length_error);
  EXPECT_TRUE(octets.empty());
  writer.text(std::string(65535, 'x'));
  EXPECT_EQ(octets.size(), 65537U);
}

}  // namespace
}  // namespace muster::codec::mqtt
