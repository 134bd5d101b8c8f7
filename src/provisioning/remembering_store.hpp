// A store that remembers what registrations are decided upon.
#pragma once

#include <chrono>
#include <map>
#include <mutex>

#include "base/clock.hpp"
#include "provisioning/store_in_front.hpp"

namespace muster::provisioning {

/// A store in front of another one. It gives the same basis for a tenant's registrations for a second, so that a
/// thousand of them do not each read the same tenant, groups and hubs; what is written through it is seen at once. Any
/// thread.
class RememberingStore final : public StoreInFront {
 public:
  static constexpr std::chrono::seconds remembered_for{1};

  RememberingStore(std::unique_ptr<Store> inner, const base::Clock& clock)
      : StoreInFront(std::move(inner)), clock_(clock) {}

  Task<Status> commit(Write write) override;
  Task<Status> remove_tenant(Tenant tenant, AuditEvent event) override;
  Task<std::shared_ptr<RegistrationBasis>> registration_basis(IdScope id_scope) override;

 private:
  struct Memory {
    std::shared_ptr<RegistrationBasis> basis;
    TimePoint read_at;
  };
  class Forgetting;

  using Memories = std::map<IdScope, Memory>;

  static bool is_fresh(const Memory& memory, TimePoint now);
  void forget(const TenantId& tenant);
  /// What nobody will be given any more, now and then: to be freed without the lock.
  Memories take_stale(TimePoint now);

  const base::Clock& clock_;
  std::mutex mutex_;  // held for look-ups only
  Memories memories_;
  std::uint64_t times_forgotten_ = 0;
  TimePoint swept_at_;
};

}  // namespace muster::provisioning
