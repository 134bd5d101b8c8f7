// The use cases around hubs.
#pragma once

#include "provisioning/enrollments.hpp"

namespace muster::provisioning {

inline constexpr int hub_weight_max = 1000;
/// Of one tenant: as many as Store::list_hubs gives, so that allocation never misses one.
inline constexpr std::size_t hubs_max = 1000;
inline constexpr std::size_t hub_location_size_max = 128;
inline constexpr std::size_t hub_tags_max = 16;
inline constexpr std::size_t hub_tag_size_max = 64;

/// invalid_argument for a name that is neither host name nor address, a weight out of range, texts that are too long.
Status check_hub(const Hub& hub);

/// The record of something that was done to a hub.
AuditEvent hub_event(const Hub& hub, std::string action, Actor actor, TimePoint now);

/// Links hubs to a tenant, changes and unlinks them. Every change commits with its audit record.
class Hubs {
 public:
  Hubs(Store& store, const base::Clock& clock) : store_(store), clock_(clock) {}

  /// Of `wanted`, times and revision are ignored; without a connection string it keeps the one that is stored.
  /// invalid_argument for a name that is neither host name nor address, a weight out of range, too many or too long
  /// tags; already_exists, hub_not_found, etag_mismatch by the precondition; too_many_items for a new hub beside
  /// `hubs_max`; revision_conflict where somebody was faster.
  Task<Result<Hub>> put(Hub wanted, Precondition precondition, Actor actor);

  Task<Result<Hub>> get(TenantId tenant, HubName name);

  /// Devices that were assigned to it stay as they are; an enrollment that names it refuses devices until it is
  /// changed. `precondition`: none, must_exist or must_match; none means must_exist.
  Task<Status> remove(TenantId tenant, HubName name, Precondition precondition, Actor actor);

 private:
  Store& store_;
  const base::Clock& clock_;
};

}  // namespace muster::provisioning
