// The PROXY protocol, version 2: how a balancer tells whom it speaks for (HAProxy, "The PROXY protocol", section 2.2).
#pragma once

#include <cstddef>
#include <optional>
#include <variant>

#include "base/bytes.hpp"
#include "base/ip_network.hpp"

namespace muster::net {

/// A whole header: 16 octets and an announced rest. Balancers stay far below (addresses, a few TLVs).
inline constexpr std::size_t proxy_header_size_max = 2048;

struct ProxyHeader {
  std::size_t size = 0;  ///< octets of the header; the client's own follow
  /// The client's address; nothing where the balancer speaks for itself (LOCAL, health checks) or names no IP address.
  std::optional<base::IpAddress> source;
};

/// More octets are needed: this many in total, as far as can be told.
struct ProxyHeaderIncomplete {
  std::size_t size_needed = 0;
};
/// Not a header of version 2, or one that contradicts itself; the sentence is for the log.
struct ProxyHeaderRefused {
  const char* reason = "";
};

/// Reads a header from the beginning of a connection. TLVs (also the checksum among them) are skipped.
std::variant<ProxyHeader, ProxyHeaderIncomplete, ProxyHeaderRefused> parse_proxy_header(base::ByteView received);

}  // namespace muster::net
