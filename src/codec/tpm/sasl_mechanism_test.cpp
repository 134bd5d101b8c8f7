#include "codec/tpm/sasl_mechanism.hpp"

#include <gtest/gtest.h>

namespace muster::codec::tpm {
namespace {

// The control octet of the first message, the introduction's own first octet, as the SDK for Node writes them.
TEST(SaslMechanism, ReadsAnIntroduction) {
  SaslAssembly assembly(1024);
  const auto said = assembly.add(base::view(std::string_view("\0scope\0device-1\0\x01\x3a\x00", 19)));
  ASSERT_TRUE(said);
  ASSERT_TRUE(*said);
  const auto introduction = read_sasl_introduction(**said);
  ASSERT_TRUE(introduction);
  EXPECT_EQ(introduction->id_scope, "scope");
  EXPECT_EQ(introduction->registration_id, "device-1");
  EXPECT_EQ(base::to_hex(introduction->endorsement_key), "013a00");
  for (const auto text : {std::string_view(""), std::string_view("scope"), std::string_view("scope\0device", 12)})
    EXPECT_FALSE(read_sasl_introduction(base::view(text)));
}

TEST(SaslMechanism, PutsSegmentsTogether) {
  SaslAssembly assembly(1024);
  // The SDK for C cuts at 470 octets: 0x80 with the number, the last one also 0x40.
  const auto first = assembly.add(base::concat({Bytes{0x80}, Bytes(470, 1)}));
  ASSERT_TRUE(first);
  EXPECT_FALSE(*first);
  const auto second = assembly.add(base::concat({Bytes{0x81}, Bytes(470, 2)}));
  ASSERT_TRUE(second);
  EXPECT_FALSE(*second);
  const auto last = assembly.add(base::concat({Bytes{0xc2}, Bytes(84, 3)}));
  ASSERT_TRUE(last);
  ASSERT_TRUE(*last);
  EXPECT_EQ(**last, base::concat({Bytes(470, 1), Bytes(470, 2), Bytes(84, 3)}));
  // And the next message begins anew.
  const auto whole = assembly.add(Bytes{0, 7});
  ASSERT_TRUE(whole);
  EXPECT_EQ(**whole, Bytes{7});
}

TEST(SaslMechanism, RefusesMessagesOutOfTurnAndBeyondTheLimit) {
  EXPECT_FALSE(SaslAssembly(4).add({}));
  EXPECT_FALSE(SaslAssembly(4).add(Bytes{0x81, 1}));
  EXPECT_TRUE(SaslAssembly(4).add(Bytes{0, 1, 2, 3, 4}));
  EXPECT_FALSE(SaslAssembly(4).add(Bytes{0, 1, 2, 3, 4, 5}));
  SaslAssembly assembly(4);
  ASSERT_TRUE(assembly.add(Bytes{0x80, 1, 2}));
  EXPECT_FALSE(assembly.add(Bytes{0x80, 1}));
  EXPECT_FALSE(assembly.add(Bytes{0x00, 1}));
  EXPECT_FALSE(assembly.add(Bytes{0xc1, 1, 2, 3}));
  EXPECT_TRUE(assembly.add(Bytes{0xc1, 1, 2}));
}

TEST(SaslMechanism, CutsABlobIntoExactlyTwoSegments) {
  for (const std::size_t size : {1U, 486U, 487U, 766U, 972U}) {
    const Bytes blob(size, 5);
    const auto segments = sasl_challenge_segments(blob, 487);
    ASSERT_TRUE(segments) << size;
    EXPECT_EQ((*segments)[0][0], 0x80);
    EXPECT_EQ((*segments)[1][0], 0xc1);
    EXPECT_LE((*segments)[0].size(), 487U);
    EXPECT_LE((*segments)[1].size(), 487U);
    SaslAssembly assembly(1024);
    ASSERT_TRUE(assembly.add((*segments)[0]));
    EXPECT_EQ(**assembly.add((*segments)[1]), blob);
  }
  EXPECT_FALSE(sasl_challenge_segments(Bytes(973, 5), 487));
}

}  // namespace
}  // namespace muster::codec::tpm
