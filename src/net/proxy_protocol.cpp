#include "net/proxy_protocol.hpp"

#include <algorithm>
#include <array>

namespace muster::net {

using base::IpAddress;
namespace {

constexpr std::array<std::uint8_t, 12> signature{0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d,
                                                 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a};
constexpr std::size_t fixed_size = 16;

// Section 2.2: the high four bits of octet 13 are the version, the low ones the command.
constexpr std::uint8_t version_2 = 0x2;
constexpr std::uint8_t command_local = 0x0;
constexpr std::uint8_t command_proxy = 0x1;

// Octet 14: address family above, transport below.
constexpr std::uint8_t family_inet = 0x1;
constexpr std::uint8_t family_inet6 = 0x2;
constexpr std::uint8_t family_max = 0x3;
constexpr std::uint8_t transport_stream = 0x1;
constexpr std::uint8_t transport_max = 0x2;

// Source and destination address and port.
constexpr std::size_t inet_size = 4 + 4 + 2 + 2;
constexpr std::size_t inet6_size = 16 + 16 + 2 + 2;

template <std::size_t size>
std::array<std::uint8_t, size> first_octets(base::ByteView bytes) {
  std::array<std::uint8_t, size> octets{};
  std::copy_n(bytes.begin(), size, octets.begin());
  return octets;
}

}  // namespace

std::variant<ProxyHeader, ProxyHeaderIncomplete, ProxyHeaderRefused> parse_proxy_header(base::ByteView received) {
  const auto compared = std::min(received.size(), signature.size());
  if (!std::equal(signature.begin(), signature.begin() + static_cast<std::ptrdiff_t>(compared), received.begin()))
    return ProxyHeaderRefused{"no PROXY protocol version 2 signature"};
  if (received.size() < fixed_size) return ProxyHeaderIncomplete{fixed_size};

  const auto version = static_cast<std::uint8_t>(received[12] >> 4);
  const auto command = static_cast<std::uint8_t>(received[12] & 0x0f);
  if (version != version_2) return ProxyHeaderRefused{"PROXY protocol version is not 2"};
  if (command > command_proxy) return ProxyHeaderRefused{"unknown PROXY protocol command"};

  const auto family = static_cast<std::uint8_t>(received[13] >> 4);
  const auto transport = static_cast<std::uint8_t>(received[13] & 0x0f);
  if (family > family_max || transport > transport_max) return ProxyHeaderRefused{"unknown PROXY address family"};

  const std::size_t size = fixed_size + static_cast<std::size_t>(received[14] << 8 | received[15]);
  if (size > proxy_header_size_max) return ProxyHeaderRefused{"PROXY protocol header is too long"};
  const bool proxied_stream = command != command_local && transport == transport_stream;
  if (proxied_stream && family == family_inet && size < fixed_size + inet_size)
    return ProxyHeaderRefused{"PROXY protocol header has no room for its IPv4 addresses"};
  if (proxied_stream && family == family_inet6 && size < fixed_size + inet6_size)
    return ProxyHeaderRefused{"PROXY protocol header has no room for its IPv6 addresses"};
  if (received.size() < size) return ProxyHeaderIncomplete{size};

  ProxyHeader header{size, std::nullopt};
  const auto addresses = received.subspan(fixed_size);
  if (proxied_stream && family == family_inet) header.source = IpAddress::from_v4(first_octets<4>(addresses));
  if (proxied_stream && family == family_inet6) header.source = IpAddress::from_v6(first_octets<16>(addresses));
  return header;
}

}  // namespace muster::net
