// How full hubs are.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <span>

#include "base/clock.hpp"
#include "provisioning/store.hpp"

namespace muster::provisioning {

/// Knows which hubs have as many devices as they may. The numbers are the database's of at most `counted_for` ago, and
/// what this node has placed since: several nodes together may put some devices more into a hub than it may have. Safe
/// to call from any thread.
class HubLoads {
 public:
  static constexpr std::chrono::seconds counted_for{10};

  HubLoads(Store& store, const base::Clock& clock) : store_(store), clock_(clock) {}

  /// Of these hubs of the tenant. Asks the database only where one of them has a limit.
  Task<std::set<HubName>> full(TenantId tenant, std::span<const Hub> hubs);

  /// A device was placed in a hub, and has left another where it was in one.
  void moved(const TenantId& tenant, const std::optional<HubName>& from, const HubName& to);

 private:
  using Counts = std::map<HubName, std::int64_t>;
  struct Counted {
    TimePoint at;
    Counts devices;
  };

  Store& store_;
  const base::Clock& clock_;
  std::mutex mutex_;  // held for look-ups only
  std::map<TenantId, Counted> counted_;
};

}  // namespace muster::provisioning
