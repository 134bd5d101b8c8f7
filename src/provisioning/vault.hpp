// Secrets at rest: sealed under a data key of their tenant, which is sealed under the master key.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string_view>

#include "base/random.hpp"
#include "base/secret.hpp"
#include "provisioning/store.hpp"

namespace muster::provisioning {

using base::Secret;

/// Where a secret stands. It is part of what is authenticated, so that a sealed secret that was moved to another row
/// does not open.
struct SecretPlace {
  TenantId tenant;
  std::string table;
  std::string row;
};

/// Seals and opens. Any thread may call it. Opened data keys stay in memory until the tenant or the vault goes.
class Vault {
 public:
  /// `master_key`: 32 octets.
  Vault(Secret master_key, int master_version, Store& store, base::Random& random);

  /// A new tenant's first data key, as the row to commit together with the tenant.
  DataKey make_data_key(const TenantId& tenant, int version, TimePoint now);
  /// The same data key under this vault's master key; `old` is the vault that can still open it.
  DataKey reseal(const DataKey& key, const Vault& old);

  /// Under the tenant's newest data key. Throws where the tenant has none.
  Task<SealedSecret> seal(SecretPlace place, Secret secret);
  /// Throws where it does not open: the database was changed behind Muster's back, or the master key is another one.
  Task<Secret> open(SecretPlace place, SealedSecret sealed);

  /// A code (32 octets) that only a node with this tenant's data key can make for this message in this place: what goes
  /// out with it can come back to any node and be believed. Codes end with the data key. Throws where the tenant has
  /// none.
  Task<Bytes> authentication_code(SecretPlace place, Bytes message);

  /// For what is written before the store can be asked: under exactly this data key.
  SealedSecret seal_with(const DataKey& key, const SecretPlace& place, const Secret& secret);

  /// Wipes a tenant's open data keys from memory.
  void forget(const TenantId& tenant);

 private:
  /// A data key, open.
  struct OpenKey {
    int version = 0;
    Secret key;
  };

  Secret open_data_key(const DataKey& key) const;
  /// The tenant's newest one where no version is named.
  Task<OpenKey> data_key(TenantId tenant, std::optional<int> version);
  std::optional<OpenKey> find_open(const TenantId& tenant, std::optional<int> version);

  Secret master_key_;
  int master_version_;
  Store& store_;
  base::Random& random_;
  std::mutex mutex_;  // held for look-ups in the map only
  std::map<TenantId, std::map<int, Secret>> open_keys_;
};

}  // namespace muster::provisioning
