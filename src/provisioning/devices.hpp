// The use cases around devices that are known already.
#pragma once

#include "provisioning/enrollments.hpp"

namespace muster::provisioning {

/// Shows and forgets devices.
class Devices {
 public:
  Devices(Store& store, const base::Clock& clock) : store_(store), clock_(clock) {}

  /// By the device's own id or, where no device has that, by registration id without regard to case: a device that
  /// takes another one's id for its name does not stand in for it. device_not_found.
  Task<Result<DeviceRecord>> get(TenantId tenant, std::string name_or_id);

  /// Forgets a device as `get` gave it: every row of it, its open challenges and its refusals go, in one commit with
  /// the audit record, so that its next registration is a first one. The certificates that it was issued are revoked.
  /// What hubs hold of it is untouched. `precondition`: none, must_exist or must_match (against the device's own row).
  /// revision_conflict where it changed since it was read.
  Task<Status> remove(DeviceRecord record, Precondition precondition, Actor actor);

 private:
  Store& store_;
  const base::Clock& clock_;
};

}  // namespace muster::provisioning
