// The key that signs the calls of a tenant's allocation webhooks.
#pragma once

#include "base/random.hpp"
#include "provisioning/actor.hpp"
#include "provisioning/vault.hpp"

namespace muster::provisioning {

/// One key of 32 octets for each tenant, sealed in its row; drawn when it is first needed. Safe to call from any
/// thread.
class WebhookKeys {
 public:
  WebhookKeys(Store& store, Vault& vault, const base::Clock& clock, base::Random& random)
      : store_(store), vault_(vault), clock_(clock), random_(random) {}

  /// tenant_not_found; busy where others change the tenant all the time.
  Task<Result<Secret>> reveal(TenantId tenant);

  /// The new key is used from the next call on; the old one is gone.
  Task<Result<Secret>> regenerate(TenantId tenant, Actor actor);

 private:
  /// revision_conflict where somebody else changed the tenant at the same time.
  Task<Result<Secret>> draw(Tenant tenant, std::string action, Actor actor);

  Store& store_;
  Vault& vault_;
  const base::Clock& clock_;
  base::Random& random_;
};

}  // namespace muster::provisioning
