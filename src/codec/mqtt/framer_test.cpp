#include "codec/mqtt/framer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace muster::codec::mqtt {
namespace {

constexpr std::size_t packet_size_max = 300;

/// What comes out of octets that arrive in pieces of one size: "header:body" in hex for each packet, and how it ends.
std::string packets_in(const base::Bytes& octets, std::size_t piece) {
  Framer framer(packet_size_max);
  std::string packets;
  for (std::size_t at = 0; at < octets.size(); at += piece) {
    framer.feed(base::ByteView(octets).subspan(at, std::min(piece, octets.size() - at)));
    for (;;) {
      const auto next = framer.next();
      if (std::holds_alternative<NeedMore>(next)) break;
      if (const auto* violation = std::get_if<Violation>(&next))
        return packets + "refused " + std::to_string(static_cast<int>(violation->code));
      const auto& frame = std::get<Frame>(next);
      packets += base::to_hex(base::ByteView(&frame.header, 1)) + ":" + base::to_hex(frame.body) + " ";
    }
  }
  return packets + (framer.in_packet() ? "in packet" : "between packets");
}

void expect_in_every_piece(const std::string& hex, const std::string& expected) {
  std::string plain = hex;
  std::erase(plain, ' ');
  const auto octets = *base::from_hex(plain);
  for (std::size_t piece = 1; piece <= octets.size(); ++piece) EXPECT_EQ(packets_in(octets, piece), expected) << piece;
}

TEST(MqttFramer, CutsPacketsHoweverTheyArrive) {
  // PINGREQ, a PUBLISH of QoS 0 with topic "a/b" and payload "x", DISCONNECT.
  expect_in_every_piece("c000 3006 0003612f6278 e000", "c0: 30:0003612f6278 e0: between packets");
}

TEST(MqttFramer, CutsPacketsWhoseLengthTakesTwoOctets) {
  const std::string body(400, '0');  // 200 octets: c8 01
  expect_in_every_piece("30c801" + body + "c000", "30:" + body + " c0: between packets");
}

TEST(MqttFramer, KnowsWhetherAPacketIsUnderWay) {
  expect_in_every_piece("c000 30", "c0: in packet");
  expect_in_every_piece("c000 3005 0003", "c0: in packet");
  expect_in_every_piece("30 80", "in packet");
}

TEST(MqttFramer, TakesAPacketAtTheLimitAndNoneBeyond) {
  // 300 octets with two of length and one of type: 297 are ff 00+2*128 = a9 02.
  expect_in_every_piece("30a902" + std::string(594, '0'), "30:" + std::string(594, '0') + " between packets");
  expect_in_every_piece("30aa02", "refused 149");
  expect_in_every_piece("30ffffff7f", "refused 149");
}

TEST(MqttFramer, RefusesLengthsThatLie) {
  expect_in_every_piece("308080808001", "refused 129");
  expect_in_every_piece("30ffffffff", "refused 129");
  expect_in_every_piece("308000", "refused 129");
}

TEST(MqttFramer, GoesOnRefusing) {
  Framer framer(packet_size_max);
  framer.feed(*base::from_hex("30aa02"));
  EXPECT_TRUE(std::holds_alternative<Violation>(framer.next()));
  framer.feed(*base::from_hex("c000"));
  EXPECT_TRUE(std::holds_alternative<Violation>(framer.next()));
}

}  // namespace
}  // namespace muster::codec::mqtt
