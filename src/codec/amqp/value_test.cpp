#include "codec/amqp/value.hpp"

#include <gtest/gtest.h>

namespace muster::codec::amqp {
namespace {

base::Bytes octets(std::string_view hex) { return base::from_hex(hex).value(); }

// Part 1, section 1.6: one of each encoding.
TEST(AmqpValue, KnowsTheSizeOfEachTypeAndWhereOneIsCut) {
  const char* values[] = {
      "40",                                  // null
      "5601",                                // boolean
      "41",                                  // true
      "50ff",                                // ubyte
      "60ffff",                              // ushort
      "70ffffffff",                          // uint
      "52ff",                                // smalluint
      "43",                                  // uint0
      "80ffffffffffffffff",                  // ulong
      "53ff",                                // smallulong
      "44",                                  // ulong0
      "51ff",                                // byte
      "61ffff",                              // short
      "71ffffffff",                          // int
      "81ffffffffffffffff",                  // long
      "72ffffffff",                          // float
      "82ffffffffffffffff",                  // double
      "74ffffffff",                          // decimal32
      "84ffffffffffffffff",                  // decimal64
      "94ffffffffffffffffffffffffffffffff",  // decimal128
      "7300000041",                          // char
      "83ffffffffffffffff",                  // timestamp
      "98ffffffffffffffffffffffffffffffff",  // uuid
      "a0020102",                            // vbin8
      "b0000000020102",                      // vbin32
      "a1026162",                            // str8-utf8
      "b1000000026162",                      // str32-utf8
      "a3026162",                            // sym8
      "b3000000026162",                      // sym32
      "45",                                  // list0
      "c00401a10161",                        // list8
      "d00000000700000001a10161",            // list32
      "c10602a101615201",                    // map8
      "d10000000900000002a101615201",        // map32
      "e00602a301610162",                    // array8
      "f00000000900000002a301610162",        // array32
      "005310c00401a10161",                  // a described list
  };
  for (const std::string_view value : values) {
    const auto whole = octets(value);
    const auto size = check_value(whole);
    ASSERT_TRUE(size) << value << ": " << size.error().detail();
    EXPECT_EQ(*size, whole.size()) << value;
    for (std::size_t cut = 0; cut < whole.size(); ++cut)
      EXPECT_FALSE(check_value(base::ByteView(whole).first(cut))) << value << " cut to " << cut;
  }
}

TEST(AmqpValue, RefusesWhatLiesAboutItself) {
  const std::pair<const char*, const char*> cases[] = {
      {"an unknown type", "3f"},
      {"a list with fewer values than it says", "c00402a10161"},
      {"a list with more", "c00400a10161"},
      {"a list shorter than its values", "c00301a10161"},
      {"a list longer than its values", "c00501a1016140"},
      {"a map with a key and no value", "c10401a10161"},
      {"an array whose constructor is cut off", "e00102"},
      {"an array of values described twice", "e0080100531000531045"},
      {"a billion nulls", "f0000000053b9aca0040"},
      {"a billion empty lists", "f0000000053b9aca0045"},
      {"a descriptor without a value", "005310"},
  };
  for (const auto& [what, hex] : cases) EXPECT_FALSE(check_value(octets(hex))) << what;
}

TEST(AmqpValue, HoldsItsLimits) {
  // Lists in lists: each is one deeper.
  base::Bytes nested = octets("45");
  for (int depth = 0; depth < 8; ++depth) {
    EXPECT_TRUE(check_value(nested)) << depth;
    nested.insert(nested.begin(), {0xc0, static_cast<std::uint8_t>(nested.size() + 1), 1});
  }
  EXPECT_TRUE(check_value(nested));
  nested.insert(nested.begin(), {0xc0, static_cast<std::uint8_t>(nested.size() + 1), 1});
  EXPECT_FALSE(check_value(nested));

  // An array of nulls: itself and 1023 of them.
  EXPECT_TRUE(check_value(octets("f000000005000003ff40")));
  EXPECT_FALSE(check_value(octets("f0000000050000040040")));
}

TEST(AmqpValue, WritesWhatTheSpecificationDescribes) {
  ValueWriter fields;
  fields.null().boolean(true).boolean(false).ubyte(7).integer(-2).string("ab").binary(octets("0102"));
  EXPECT_EQ(base::to_hex(described_list(0x10, fields)),
            "005310d0000000160000000740414250"
            "0771fffffffea1026162a0020102");
  ValueWriter symbols;
  symbols.symbols({"TPM", "PLAIN"});
  EXPECT_EQ(base::to_hex(symbols.octets()), "f00000000f00000002a30354504d05504c41494e");
  ValueWriter large;
  large.binary(base::Bytes(256, 0));
  EXPECT_TRUE(base::to_hex(large.octets()).starts_with("b000000100"));
}

TEST(AmqpValue, ReadsAllEncodingsOfANumber) {
  EXPECT_EQ(read_uint(octets("43")), 0U);
  EXPECT_EQ(read_uint(octets("52ff")), 255U);
  EXPECT_EQ(read_uint(octets("70ffffffff")), 4294967295U);
  EXPECT_FALSE(read_uint(octets("5005")));
  EXPECT_EQ(read_described(octets("00531045"))->descriptor, 0x10U);
  EXPECT_EQ(read_described(octets("0080000000000000001045"))->descriptor, 0x10U);
  EXPECT_FALSE(read_described(octets("00a3016145")));
}

}  // namespace
}  // namespace muster::codec::amqp
