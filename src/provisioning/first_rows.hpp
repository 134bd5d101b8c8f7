// The first rows of a tenant or of the platform, sealed before the store can be asked for a data key.
#pragma once

#include "base/clock.hpp"
#include "base/random.hpp"
#include "crypto/certificate.hpp"
#include "crypto/key.hpp"
#include "provisioning/vault.hpp"

namespace muster::provisioning {

/// Gathers what must be there at once: a data key, and what is sealed under it. One write, all or nothing.
class FirstRows {
 public:
  /// Draws the data key of `tenant`, which has none yet.
  FirstRows(TenantId tenant, Vault& vault, TimePoint now, base::Random& random);

  void add(Row row) { write_.changes.emplace_back(Put{std::move(row)}); }
  void add_authority(AuthorityKind kind, const crypto::Certificate& certificate, const crypto::PrivateKey& key);
  SealedSecret seal(const SecretPlace& place, const Secret& secret) {
    return vault_.seal_with(data_key_, place, secret);
  }

  /// Everything, with the record of it; nothing can be added afterwards.
  Write take(AuditEvent event);

 private:
  Vault& vault_;
  TimePoint now_;
  base::Random& random_;
  DataKey data_key_;
  Write write_;
};

}  // namespace muster::provisioning
