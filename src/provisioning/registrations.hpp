// The operator's side of registrations: what Azure's service API shows and removes.
#pragma once

#include "provisioning/actor.hpp"
#include "provisioning/enrollments.hpp"
#include "provisioning/store.hpp"

namespace muster::provisioning {

class Registrations {
 public:
  Registrations(Store& store, const base::Clock& clock) : store_(store), clock_(clock) {}

  /// The device and its registration; registration_not_found where it has none.
  Task<Result<DeviceRecord>> get(TenantId tenant, RegistrationId id);

  /// Forgets the registration and where the device was placed, so that its next registration is a first one. The
  /// device itself, its identities and its history stay, and so does what it has in its hub.
  Task<Status> remove(TenantId tenant, RegistrationId id, Precondition precondition, Actor actor);

 private:
  Store& store_;
  const base::Clock& clock_;
};

}  // namespace muster::provisioning
