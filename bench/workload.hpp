// What the simulated devices ask for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/secret.hpp"
#include "http_exchange.hpp"

namespace muster::bench {

/// The devices of one symmetric-key enrollment group: load-000001, load-000002, ... Each derives its key from the
/// group's and signs a token of its own.
struct Fleet {
  std::string id_scope;
  base::Secret group_key;
  base::TimePoint token_expiry;
};

enum class Outcome { good, pending, refused };

/// Makes the requests and judges the answers. Safe to call from any thread.
class Workload {
 public:
  /// Each request registers the next device where there is a fleet, and fetches the target's path where there is none.
  Workload(Target target, std::optional<Fleet> fleet) : target_(std::move(target)), fleet_(std::move(fleet)) {}

  static std::string device_id(std::uint64_t index);

  /// The request's octets. `last` asks the server to close the connection after it.
  std::string request(std::uint64_t index, bool last) const;
  Outcome judge(const HttpAnswer& answer) const;

 private:
  std::string register_request(const Fleet& fleet, std::uint64_t index, bool last) const;

  Target target_;
  std::optional<Fleet> fleet_;
};

}  // namespace muster::bench
