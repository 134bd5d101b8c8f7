#include "codec/amqp/sasl.hpp"

#include <gtest/gtest.h>

namespace muster::codec::amqp {
namespace {

base::Bytes octets(std::string_view hex) { return base::from_hex(hex).value(); }

// Part 5, section 5.3.3: the mechanism, the initial response and a host name; then a response.
TEST(AmqpSasl, ReadsWhatClientsSend) {
  const auto init = read_sasl_message(octets("005341c01003a305504c41494ea003006100a10168"));
  ASSERT_TRUE(init) << init.error().detail();
  EXPECT_EQ(init->mechanism, "PLAIN");
  EXPECT_EQ(base::to_hex(init->octets), "006100");
  const auto bare = read_sasl_message(octets("005341c00601a30354504d"));
  ASSERT_TRUE(bare);
  EXPECT_TRUE(bare->is_init());
  EXPECT_TRUE(bare->octets.empty());
  const auto null = read_sasl_message(octets("005341c00702a30354504d40"));
  ASSERT_TRUE(null);
  EXPECT_TRUE(null->octets.empty());
  const auto response = read_sasl_message(octets("005343c00401a00100"));
  ASSERT_TRUE(response);
  EXPECT_FALSE(response->is_init());
  EXPECT_EQ(base::to_hex(response->octets), "00");
}

TEST(AmqpSasl, RefusesWhatTheyDoNot) {
  const std::pair<const char*, const char*> cases[] = {
      {"mechanisms", "00534045"},
      {"an outcome", "005344c003015000"},
      {"an init without a mechanism", "00534145"},
      {"an init with an empty mechanism", "005341c00301a300"},
      {"an init whose mechanism is a number", "005341c003015001"},
      {"an init whose response is a text", "005341c00902a30354504da10130"},
      {"a response that is a text", "005343c00401a10130"},
      {"an open frame", "005310c00401a10161"},
  };
  for (const auto& [what, hex] : cases) EXPECT_FALSE(read_sasl_message(octets(hex))) << what;
}

TEST(AmqpSasl, WritesWhatServersSend) {
  EXPECT_EQ(base::to_hex(make_sasl_mechanisms({"TPM", "PLAIN"})),
            "0000002802010000"
            "005340d000000018"
            "00000001"
            "f00000000f00000002a30354504d05504c41494e");
  EXPECT_EQ(base::to_hex(make_sasl_challenge(octets("00"))), "0000001702010000005342d00000000700000001a00100");
  EXPECT_EQ(base::to_hex(make_sasl_outcome(SaslOutcome::ok)), "0000001602010000005344d000000006000000015000");
  EXPECT_EQ(base::to_hex(make_sasl_outcome(SaslOutcome::auth)), "0000001602010000005344d000000006000000015001");
}

TEST(AmqpSasl, FillsAFrameWithItsLargestChallenge) {
  EXPECT_EQ(make_sasl_challenge(base::Bytes(sasl_challenge_size_max)).size(), 512U);
  EXPECT_THROW(make_sasl_challenge(base::Bytes(sasl_challenge_size_max + 1)), std::length_error);
}

TEST(AmqpSasl, ReadsPlain) {
  // RFC 4616 section 4.
  const auto plain = read_plain(base::view(std::string_view("\0tim\0tanstaaftanstaaf", 21)));
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->authorization_id, "");
  EXPECT_EQ(plain->authentication_id, "tim");
  EXPECT_EQ(base::text_view(plain->password.reveal()), "tanstaaftanstaaf");
  const auto proxy = read_plain(base::view(std::string_view("Ursel\0Kurt\0xipj3plmq", 20)));
  ASSERT_TRUE(proxy);
  EXPECT_EQ(proxy->authorization_id, "Ursel");
  for (const auto text :
       {std::string_view(""), std::string_view("a"), std::string_view("\0a", 2), std::string_view("\0a\0b\0c", 6)})
    EXPECT_FALSE(read_plain(base::view(text)));
}

}  // namespace
}  // namespace muster::codec::amqp
