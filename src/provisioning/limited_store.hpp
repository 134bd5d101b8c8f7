// A store that keeps tenants within their limits.
#pragma once

#include <map>
#include <memory>
#include <mutex>

#include "base/clock.hpp"
#include "provisioning/store_in_front.hpp"

namespace muster::provisioning {

/// A store in front of another one. A write that adds a device, an enrollment, a group, a CA certificate or a hub
/// beyond the tenant's limit is refused with quota_exceeded, whoever makes it; everything else goes through. What a
/// tenant has is counted now and then (every ten seconds near a limit, every minute otherwise), and what went through
/// here since is added. So nodes that share a database can exceed a limit together by what the others add in that time,
/// and so can requests that come while the first count is made. Any thread.
class LimitedStore final : public StoreInFront {
 public:
  LimitedStore(std::unique_ptr<Store> inner, const base::Clock& clock)
      : StoreInFront(std::move(inner)), clock_(clock) {}

  /// As the inner one's, and quota_exceeded.
  Task<Status> commit(Write write) override;
  Task<Status> remove_tenant(Tenant tenant, AuditEvent event) override;

 private:
  /// How many of each kind a write adds, or takes away where negative.
  using Difference = std::map<Countable, std::int64_t>;
  /// How many there are, as far as this node knows.
  struct Count {
    std::int64_t number = 0;
    TimePoint counted_at;
  };
  using Key = std::pair<TenantId, Countable>;
  class Noted;

  static Difference difference_of(const Write& write);
  /// quota_exceeded, or the difference noted.
  Task<Status> make_room(TenantId tenant, std::optional<TenantLimits> limits, Difference difference);
  /// Whether it must be counted again; says so to one caller at a time.
  bool is_due(const TenantId& tenant, Countable what, std::int64_t limit);
  void add(const TenantId& tenant, const Difference& difference, int sign);

  const base::Clock& clock_;
  std::mutex mutex_;  // held for look-ups only
  std::map<Key, Count> counts_;
};

}  // namespace muster::provisioning
