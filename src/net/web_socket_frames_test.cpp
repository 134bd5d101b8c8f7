#include "net/web_socket_frames.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace muster::net {
namespace {

using base::Bytes;

constexpr std::size_t size_max = 70'000;

/// "37 fa" as octets.
Bytes octets(std::string hex) {
  std::erase(hex, ' ');
  return base::from_hex(hex).value();
}

Bytes with(Bytes front, std::size_t count, std::uint8_t octet) {
  front.insert(front.end(), count, octet);
  return front;
}

struct Heard {
  std::string payload;
  std::vector<std::string> pings;
  std::optional<WebSocketEnd> end;
};

/// What the decoder makes of the octets when they come in pieces of that size.
Heard hear(Bytes sent, std::size_t piece, std::size_t message_size_max = size_max) {
  WebSocketDecoder decoder(message_size_max);
  Heard heard;
  for (std::size_t at = 0; at < sent.size(); at += piece) {
    const auto part = std::span(sent).subspan(at, std::min(piece, sent.size() - at));
    const std::size_t size = decoder.decode(part);
    heard.payload += base::text_view(part.first(size));
    if (const auto ping = decoder.take_ping()) heard.pings.emplace_back(base::text_view(*ping));
  }
  heard.end = decoder.end();
  return heard;
}

Heard hear_whole(const Bytes& sent, std::size_t message_size_max = size_max) {
  return hear(sent, sent.size(), message_size_max);
}

// Section 5.7 has a masked text "Hello" (81 85 37 fa 21 3d 7f 9f 4d 51 58); here it is binary, so its first octet
// is 82.
const Bytes hello = octets("82 85 37 fa 21 3d 7f 9f 4d 51 58");
// Section 5.7: "A masked Pong" with the body "Hello".
const Bytes pong_hello = octets("8a 85 37 fa 21 3d 7f 9f 4d 51 58");
// The same as a ping.
const Bytes ping_hello = octets("89 85 37 fa 21 3d 7f 9f 4d 51 58");

TEST(WebSocketDecoder, UnmasksMessagesInPiecesOfEverySize) {
  const Bytes sent = base::concat({hello, ping_hello, hello, pong_hello, hello});
  for (std::size_t piece = 1; piece <= sent.size(); ++piece) {
    const auto heard = hear(sent, piece);
    EXPECT_EQ(heard.payload, "HelloHelloHello") << piece;
    EXPECT_EQ(heard.pings, std::vector<std::string>{"Hello"}) << piece;
    EXPECT_FALSE(heard.end) << piece;
  }
}

TEST(WebSocketDecoder, JoinsFragmentsAroundControlFrames) {
  // Section 5.7: "Hel" and "lo" in two frames; here binary, and masked with zeros.
  const Bytes sent = base::concat({octets("02 83 00000000 48656c"), ping_hello, octets("80 82 00000000 6c6f"), hello});
  for (std::size_t piece = 1; piece <= sent.size(); ++piece) {
    const auto heard = hear(sent, piece);
    EXPECT_EQ(heard.payload, "HelloHello") << piece;
    EXPECT_EQ(heard.pings.size(), 1U) << piece;
  }
}

TEST(WebSocketDecoder, JoinsFragmentsOfSingleOctetsAndOfNone) {
  Bytes sent = octets("02 81 37fa213d 7f");
  for (int i = 0; i < 100; ++i) sent = base::concat({sent, octets("00 80 37fa213d"), octets("00 81 37fa213d 7f")});
  sent = base::concat({sent, octets("80 80 37fa213d")});
  const auto heard = hear_whole(sent);
  EXPECT_EQ(heard.payload, std::string(101, 'H'));
  EXPECT_FALSE(heard.end);
}

TEST(WebSocketDecoder, ReadsLengthsInEveryForm) {
  const std::pair<Bytes, std::size_t> cases[] = {
      {octets("82 80 00000000"), 0},
      {octets("82 fd 00000000"), 125},
      {octets("82 fe 007e 00000000"), 126},
      // Section 5.7: 256 octets are 7e 0100, 64 KiB are 7f 0000000000010000; here with the mask's bit.
      {octets("82 fe 0100 00000000"), 256},
      {octets("82 fe ffff 00000000"), 65535},
      {octets("82 ff 0000000000010000 00000000"), 65536},
  };
  for (const auto& [header, size] : cases) {
    const auto heard = hear_whole(with(header, size, 'x'));
    EXPECT_EQ(heard.payload, std::string(size, 'x')) << size;
    EXPECT_FALSE(heard.end) << size;
  }
}

TEST(WebSocketDecoder, RefusesWhatTheStandardForbids) {
  const struct {
    const char* sent;
    unsigned code;
    const char* violation;
  } cases[] = {
      {"c2", 1002, "a reserved bit is set, though no extension was agreed on"},
      {"a2", 1002, "a reserved bit is set, though no extension was agreed on"},
      {"92", 1002, "a reserved bit is set, though no extension was agreed on"},
      {"83", 1002, "the opcode is not known"},
      {"87", 1002, "the opcode is not known"},
      {"8b", 1002, "the opcode is not known"},
      {"8f", 1002, "the opcode is not known"},
      {"09", 1002, "a control frame is fragmented"},
      {"08", 1002, "a control frame is fragmented"},
      {"80", 1002, "a message is continued that was not begun"},
      {"00", 1002, "a message is continued that was not begun"},
      {"02 81 00000000 61 82", 1002, "a message begins before the last one ended"},
      {"82 81 00000000 61 80", 1002, "a message is continued that was not begun"},
      {"81", 1003, "messages must be binary"},
      {"01", 1003, "messages must be binary"},
      // Section 5.7: an unmasked message is a server's.
      {"82 05 48656c6c6f", 1002, "a frame is not masked"},
      {"89 fe 007e 00000000", 1002, "a control frame is larger than 125 octets"},
      {"82 fe 007d 00000000", 1002, "a frame's length is not in its shortest form"},
      {"82 ff 000000000000ffff 00000000", 1002, "a frame's length is not in its shortest form"},
      {"82 ff 8000000000010000 00000000", 1002, "a frame's length is not in its shortest form"},
      {"88 81 00000000 03", 1002, "the Close frame's code is not valid"},
      {"88 82 00000000 03e7", 1002, "the Close frame's code is not valid"},
      {"88 82 00000000 03ed", 1002, "the Close frame's code is not valid"},
      {"88 82 00000000 03f7", 1002, "the Close frame's code is not valid"},
      {"88 82 00000000 1388", 1002, "the Close frame's code is not valid"},
  };
  for (const auto& [sent, code, violation] : cases) {
    const Bytes all = octets(sent);
    for (std::size_t piece = 1; piece <= all.size(); ++piece) {
      const auto heard = hear(all, piece);
      ASSERT_TRUE(heard.end) << sent;
      EXPECT_EQ(heard.end->code, code) << sent;
      EXPECT_EQ(heard.end->violation, violation) << sent;
    }
  }
}

TEST(WebSocketDecoder, RefusesOneOctetMoreThanTheLimitBeforeItComes) {
  EXPECT_FALSE(hear_whole(octets("82 fe 0100 00000000"), 256).end);
  const auto in_one_frame = hear_whole(octets("82 fe 0101 00000000"), 256);
  ASSERT_TRUE(in_one_frame.end);
  EXPECT_EQ(in_one_frame.end->code, 1009);

  const Bytes half = with(octets("02 fe 0080 00000000"), 128, 'x');
  EXPECT_FALSE(hear_whole(base::concat({half, octets("80 fe 0080 00000000")}), 256).end);
  const auto in_fragments = hear_whole(base::concat({half, octets("80 fe 0081 00000000")}), 256);
  ASSERT_TRUE(in_fragments.end);
  EXPECT_EQ(in_fragments.end->code, 1009);

  const auto largest = hear_whole(octets("82 ff 7fffffffffffffff 00000000"));
  ASSERT_TRUE(largest.end);
  EXPECT_EQ(largest.end->code, 1009);
}

TEST(WebSocketDecoder, CountsEachMessageForItself) {
  const Bytes message = with(octets("82 fe 0100 00000000"), 256, 'x');
  EXPECT_FALSE(hear_whole(base::concat({message, message, message}), 256).end);
}

TEST(WebSocketDecoder, EndsWithTheClientsCloseAndLooksAtNothingBehindIt) {
  const std::pair<const char*, std::optional<std::uint16_t>> cases[] = {
      {"88 80 00000000", std::nullopt}, {"88 82 00000000 03e8", 1000}, {"88 85 00000000 03e9 627965", 1001},
      {"88 82 00000000 0bb8", 3000},    {"88 82 00000000 1387", 4999},
  };
  for (const auto& [close, code] : cases) {
    const auto heard = hear_whole(base::concat({hello, octets(close), hello, octets("ff")}));
    EXPECT_EQ(heard.payload, "Hello");
    ASSERT_TRUE(heard.end) << close;
    EXPECT_EQ(heard.end->code, code) << close;
    EXPECT_EQ(heard.end->violation, "") << close;
  }
}

TEST(WebSocketDecoder, KeepsTheLastOfSeveralPings) {
  const auto heard = hear_whole(base::concat({octets("89 80 00000000"), ping_hello}));
  EXPECT_EQ(heard.pings, std::vector<std::string>{"Hello"});
  const Bytes largest = with(octets("89 fd 00000000"), 125, 'p');
  EXPECT_EQ(hear_whole(largest).pings, std::vector<std::string>{std::string(125, 'p')});
}

TEST(WebSocketFrames, AreThoseOfTheStandardsExamples) {
  // Section 5.7, with the opcode of binary messages.
  EXPECT_EQ(web_socket_message(base::view("Hello")), octets("82 05 48656c6c6f"));
  EXPECT_EQ(web_socket_pong(base::view("Hello")), octets("8a 05 48656c6c6f"));
  EXPECT_EQ(web_socket_message(Bytes(256, 'x')), with(octets("82 7e 0100"), 256, 'x'));
  EXPECT_EQ(web_socket_message(Bytes(65536, 'x')), with(octets("82 7f 0000000000010000"), 65536, 'x'));
}

TEST(WebSocketFrames, HaveTheShortestLength) {
  const std::pair<std::size_t, const char*> cases[] = {
      {0, "82 00"}, {125, "82 7d"}, {126, "82 7e 007e"}, {65535, "82 7e ffff"}};
  for (const auto& [size, header] : cases)
    EXPECT_EQ(web_socket_message(Bytes(size, 'x')), with(octets(header), size, 'x')) << size;
}

TEST(WebSocketFrames, CloseWithCodeAndAReasonThatFits) {
  EXPECT_EQ(web_socket_close(1000, "bye"), octets("88 05 03e8 627965"));
  EXPECT_EQ(web_socket_close(std::nullopt, ""), octets("88 00"));
  EXPECT_EQ(web_socket_close(1002, std::string(124, 'r')), with(octets("88 7d 03ea"), 123, 'r'));
}

}  // namespace
}  // namespace muster::net
