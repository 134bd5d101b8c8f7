#include "base/ip_network.hpp"

#include <gtest/gtest.h>

namespace muster::base {
namespace {

bool contains(std::string_view network, std::string_view address) {
  return Network::parse(network).value().contains(IpAddress::parse(address).value());
}

TEST(Network, ContainsAddressesWithItsPrefix) {
  EXPECT_TRUE(contains("10.0.0.0/8", "10.255.0.1"));
  EXPECT_FALSE(contains("10.0.0.0/8", "11.0.0.1"));
  EXPECT_TRUE(contains("192.0.2.128/25", "192.0.2.200"));
  EXPECT_FALSE(contains("192.0.2.128/25", "192.0.2.127"));
  EXPECT_TRUE(contains("2001:db8::/33", "2001:db8:7fff::1"));
  EXPECT_FALSE(contains("2001:db8::/33", "2001:db8:8000::1"));
  EXPECT_TRUE(contains("0.0.0.0/0", "203.0.113.9"));
  EXPECT_FALSE(contains("0.0.0.0/0", "2001:db8::1"));
}

TEST(Network, IsOneAddressWithoutAPrefix) {
  EXPECT_TRUE(contains("127.0.0.1", "127.0.0.1"));
  EXPECT_FALSE(contains("127.0.0.1", "127.0.0.2"));
  EXPECT_TRUE(contains("::1", "::1"));
}

TEST(Network, TakesAMappedAddressForTheIpv4AddressItIs) {
  EXPECT_TRUE(contains("10.0.0.0/8", "::ffff:10.1.2.3"));
  EXPECT_EQ(IpAddress::parse("::ffff:10.1.2.3")->str(), "10.1.2.3");
}

TEST(Network, RefusesWhatIsNotANetwork) {
  for (const char* text : {"", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8x", "10.0.0.1/8", "2001:db8::/129",
                           "2001:db8::1/64", "host.example", "[::1]", "10.0.0/8", "/8", "10.0.0.0/8/8"})
    EXPECT_FALSE(Network::parse(text)) << text;
}

TEST(IpAddress, WritesAddressesAsRfc5952Does) {
  EXPECT_EQ(IpAddress::parse("2001:0DB8:0:0:0:0:0:1")->str(), "2001:db8::1");
  EXPECT_EQ(IpAddress::parse("192.0.2.1")->str(), "192.0.2.1");
  EXPECT_FALSE(IpAddress::parse("fe80::1%eth0"));
}

}  // namespace
}  // namespace muster::base
