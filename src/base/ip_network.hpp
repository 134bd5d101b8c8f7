// Addresses and networks of the Internet Protocol, as an operator writes them.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace muster::base {

/// An IPv4 or IPv6 address. IPv4 is kept as IPv4-mapped IPv6 (RFC 4291 section 2.5.5.2), so that a client is the same
/// address whether it came over a dual-stack socket or not.
class IpAddress {
 public:
  /// Numeric text; nothing where it is not an address. No zone, no brackets.
  static std::optional<IpAddress> parse(std::string_view text);
  static IpAddress from_v4(const std::array<std::uint8_t, 4>& octets);
  static IpAddress from_v6(const std::array<std::uint8_t, 16>& octets);

  bool is_v4() const;
  /// Dotted for IPv4 (mapped or not), RFC 5952 otherwise.
  std::string str() const;
  const std::array<std::uint8_t, 16>& octets() const { return octets_; }
  bool operator==(const IpAddress&) const = default;

 private:
  std::array<std::uint8_t, 16> octets_{};
};

/// Addresses with a common prefix: "10.0.0.0/8", "2001:db8::/32", or one address.
class Network {
 public:
  /// Nothing where it is neither a network nor an address, or has bits behind its prefix.
  static std::optional<Network> parse(std::string_view text);
  bool contains(const IpAddress& address) const;

 private:
  IpAddress base_;
  int prefix_bits_ = 128;
};

}  // namespace muster::base
