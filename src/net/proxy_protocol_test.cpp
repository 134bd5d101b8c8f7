#include "net/proxy_protocol.hpp"

#include <gtest/gtest.h>

namespace muster::net {
namespace {

using base::Bytes;

// The octets are laid out by hand from section 2.2 of HAProxy's "The PROXY protocol".
const Bytes signature{0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a};

Bytes header(std::uint8_t command, std::uint8_t family, std::uint16_t length, const Bytes& rest) {
  return base::concat(
      {signature, Bytes{command, family, static_cast<std::uint8_t>(length >> 8), static_cast<std::uint8_t>(length)},
       rest});
}

const Bytes ipv4_addresses{192, 0, 2, 7, 198, 51, 100, 1, 0xd4, 0x31, 0x01, 0xbb};

Bytes ipv6_addresses() {
  Bytes addresses(36);
  addresses[0] = 0x20;
  addresses[1] = 0x01;
  addresses[2] = 0x0d;
  addresses[3] = 0xb8;
  addresses[15] = 0x42;
  return addresses;
}

std::string source_of(const Bytes& octets) {
  const auto parsed = parse_proxy_header(octets);
  const auto* found = std::get_if<ProxyHeader>(&parsed);
  if (!found) return "no header";
  return found->source ? found->source->str() : "none";
}

bool is_refused(const Bytes& octets) { return std::holds_alternative<ProxyHeaderRefused>(parse_proxy_header(octets)); }

TEST(ProxyProtocol, ReadsTheClientsAddress) {
  EXPECT_EQ(source_of(header(0x21, 0x11, 12, ipv4_addresses)), "192.0.2.7");
  EXPECT_EQ(source_of(header(0x21, 0x21, 36, ipv6_addresses())), "2001:db8::42");
}

TEST(ProxyProtocol, NamesNobodyWhenTheBalancerSpeaksForItself) {
  EXPECT_EQ(source_of(header(0x20, 0x00, 0, {})), "none");
  EXPECT_EQ(source_of(header(0x20, 0x11, 12, ipv4_addresses)), "none");
}

TEST(ProxyProtocol, NamesNobodyWhenTheAddressIsNotOfTheInternet) {
  EXPECT_EQ(source_of(header(0x21, 0x00, 0, {})), "none");
  EXPECT_EQ(source_of(header(0x21, 0x31, 216, Bytes(216))), "none");
}

TEST(ProxyProtocol, SkipsWhatFollowsTheAddresses) {
  const Bytes checksum{0x03, 0x00, 0x04, 0xde, 0xad, 0xbe, 0xef};
  auto octets = header(0x21, 0x11, 12 + 7, base::concat({ipv4_addresses, checksum}));
  const auto size = octets.size();
  octets.push_back(0x16);  // the first octet of the client's TLS record
  const auto parsed = parse_proxy_header(octets);
  ASSERT_TRUE(std::holds_alternative<ProxyHeader>(parsed));
  EXPECT_EQ(std::get<ProxyHeader>(parsed).size, size);
}

TEST(ProxyProtocol, AsksForExactlyTheHeaderWhenItIsCutAnywhere) {
  const auto whole = header(0x21, 0x11, 12, ipv4_addresses);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto parsed = parse_proxy_header(base::ByteView(whole).first(size));
    ASSERT_TRUE(std::holds_alternative<ProxyHeaderIncomplete>(parsed)) << size;
    EXPECT_EQ(std::get<ProxyHeaderIncomplete>(parsed).size_needed, size < 16 ? 16U : whole.size());
  }
}

TEST(ProxyProtocol, RefusesWhatIsNotVersion2) {
  EXPECT_TRUE(is_refused(base::to_bytes("PROXY TCP4 192.0.2.7 198.51.100.1 54321 443\r\n")));
  EXPECT_TRUE(is_refused({0x16, 0x03, 0x01}));
  EXPECT_TRUE(is_refused(header(0x11, 0x11, 12, ipv4_addresses)));
  EXPECT_TRUE(is_refused(header(0x22, 0x11, 12, ipv4_addresses)));
  EXPECT_TRUE(is_refused(header(0x21, 0x41, 12, ipv4_addresses)));
  EXPECT_TRUE(is_refused(header(0x21, 0x13, 12, ipv4_addresses)));
}

TEST(ProxyProtocol, RefusesAddressesThatDoNotFit) {
  EXPECT_TRUE(is_refused(header(0x21, 0x11, 11, Bytes(11))));
  EXPECT_TRUE(is_refused(header(0x21, 0x21, 35, Bytes(35))));
}

TEST(ProxyProtocol, RefusesOneOctetMoreThanTheLimitBeforeItComes) {
  const auto most = static_cast<std::uint16_t>(proxy_header_size_max - 16);
  const auto at_limit = parse_proxy_header(header(0x21, 0x11, most, {}));
  ASSERT_TRUE(std::holds_alternative<ProxyHeaderIncomplete>(at_limit));
  EXPECT_EQ(std::get<ProxyHeaderIncomplete>(at_limit).size_needed, proxy_header_size_max);
  EXPECT_TRUE(is_refused(header(0x21, 0x11, static_cast<std::uint16_t>(most + 1), {})));
}

}  // namespace
}  // namespace muster::net
