#include "base/ip_network.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

namespace muster::base {
namespace {

constexpr std::array<std::uint8_t, 12> v4_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr int v4_prefix_bits = 96;

}  // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  const std::string terminated(text);
  if (terminated.find('\0') != std::string::npos) return std::nullopt;
  std::array<std::uint8_t, 4> v4{};
  if (::inet_pton(AF_INET, terminated.c_str(), v4.data()) == 1) return from_v4(v4);
  std::array<std::uint8_t, 16> v6{};
  if (::inet_pton(AF_INET6, terminated.c_str(), v6.data()) == 1) return from_v6(v6);
  return std::nullopt;
}

IpAddress IpAddress::from_v4(const std::array<std::uint8_t, 4>& octets) {
  IpAddress address;
  std::ranges::copy(v4_prefix, address.octets_.begin());
  std::ranges::copy(octets, address.octets_.begin() + v4_prefix.size());
  return address;
}

IpAddress IpAddress::from_v6(const std::array<std::uint8_t, 16>& octets) {
  IpAddress address;
  address.octets_ = octets;
  return address;
}

bool IpAddress::is_v4() const { return std::equal(v4_prefix.begin(), v4_prefix.end(), octets_.begin()); }

std::string IpAddress::str() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const auto size = static_cast<socklen_t>(text.size());
  if (is_v4()) {
    ::inet_ntop(AF_INET, octets_.data() + v4_prefix.size(), text.data(), size);
  } else {
    ::inet_ntop(AF_INET6, octets_.data(), text.data(), size);
  }
  return text.data();
}

std::optional<Network> Network::parse(std::string_view text) {
  const auto slash = text.find('/');
  const auto address = IpAddress::parse(text.substr(0, slash));
  if (!address) return std::nullopt;
  Network network;
  network.base_ = *address;
  if (slash == std::string_view::npos) return network;

  // A mapped address written with colons counts its bits as IPv6 does.
  const bool dotted_only = text.find(':') == std::string_view::npos;
  const auto digits = text.substr(slash + 1);
  int bits = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
  if (error != std::errc() || end != digits.data() + digits.size() || digits.front() == '-') return std::nullopt;
  if (bits > (dotted_only ? 32 : 128)) return std::nullopt;
  network.prefix_bits_ = dotted_only ? v4_prefix_bits + bits : bits;

  for (int bit = network.prefix_bits_; bit < 128; ++bit) {
    const auto octet = address->octets()[static_cast<std::size_t>(bit / 8)];
    if ((octet >> (7 - bit % 8) & 1) != 0) return std::nullopt;
  }
  return network;
}

bool Network::contains(const IpAddress& address) const {
  const auto whole = static_cast<std::size_t>(prefix_bits_ / 8);
  const auto& base = base_.octets();
  if (!std::equal(base.begin(), base.begin() + static_cast<std::ptrdiff_t>(whole), address.octets().begin()))
    return false;
  const int rest = prefix_bits_ % 8;
  if (rest == 0) return true;
  return ((base[whole] ^ address.octets()[whole]) >> (8 - rest)) == 0;
}

}  // namespace muster::base
