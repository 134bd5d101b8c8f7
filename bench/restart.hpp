// A whole fleet that is switched on at one moment.
#pragma once

#include <cstdint>
#include <string>

#include "report.hpp"
#include "tls_client.hpp"
#include "workload.hpp"

namespace muster::bench {

/// Which devices there are and how many of them are connected at a time.
struct Crowd {
  std::uint64_t first_index = 1;
  std::uint64_t count = 1;
  unsigned connections = 1;
};

/// Registers them by HTTPS as devices do: each comes back when the answer says so, until it is told its hub or refused.
/// Each visit is a connection of its own. A latency is the time from the moment at which all were switched on;
/// `pending` counts how often a device was asked to come back.
Tally restart(const TlsClient& client, const Workload& workload, const Crowd& crowd);

}  // namespace muster::bench
