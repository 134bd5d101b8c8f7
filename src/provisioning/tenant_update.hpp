// A tenant with its hubs and access policies, read and changed as one: what Azure's management API calls a
// provisioning service.
#pragma once

#include "codec/connection_string.hpp"
#include "provisioning/policies.hpp"
#include "provisioning/tenants.hpp"

namespace muster::provisioning {

/// Policies that one update may name.

/// A hub to be linked, or to stay linked. What is not given stays as it is, or becomes a new hub's default.
struct WantedHub {
  codec::ConnectionString connection;  ///< masked: keep the stored one
  std::optional<std::string> location;
  std::optional<int> weight;
  std::optional<bool> in_allocation;
};

/// A policy to be made, or to stay. A key that is empty is kept; a new policy's is drawn.
struct WantedPolicy {
  std::string name;
  unsigned rights = 0;  ///< ServiceRight bits
  SymmetricKeys keys;
};

/// What is not given stays as it is. A list that is given is the whole list: what it does not name is removed.
struct TenantUpdate {
  Precondition precondition = {};  ///< by the entity tag of `TenantState`
  std::optional<std::string> location = {};
  std::optional<JsonText> tags = {};
  std::optional<AllocationPolicy> allocation_policy = {};
  std::optional<std::vector<IpRule>> ip_rules = {};
  std::optional<std::vector<WantedHub>> hubs = {};
  std::optional<std::vector<WantedPolicy>> policies = {};
};

/// All of it at one time.
struct TenantState {
  Tenant tenant;
  std::vector<Hub> hubs;               ///< ordered by name
  std::vector<AccessPolicy> policies;  ///< ordered by name
  std::string entity_tag;              ///< changes with every part
};

/// invalid_argument for settings, hubs and policies that their own use cases would refuse, for two of one name, and for
/// a masked connection string where there is none to keep; quota_exceeded for a new hub beyond the tenant's hubs_max;
/// too_many_items beyond `policies_max`.
Status check_update(const TenantState& state, const TenantUpdate& update);

/// Reads and changes. An update is one commit with its audit records: all of it or nothing.
class TenantUpdates {
 public:
  TenantUpdates(Store& store, Vault& vault, const base::Clock& clock, base::Random& random)
      : store_(store), vault_(vault), clock_(clock), random_(random) {}

  /// tenant_not_found.
  Task<Result<TenantState>> read(TenantId id);

  /// Refuses with tenant_not_found, etag_mismatch, as `check_update` does, and with revision_conflict where somebody
  /// was faster.
  Task<Result<TenantState>> apply(TenantId id, TenantUpdate update, Actor actor);

  /// A hub's connection string; one without a key where none was given.
  Task<codec::ConnectionString> reveal_connection(Hub hub);

 private:
  /// These add what must be written to `write`.
  Task<Status> link_hubs(const TenantState& state, std::vector<WantedHub> wanted, Actor actor, Write& write);
  Task<void> set_policies(const TenantState& state, std::vector<WantedPolicy> wanted, Actor actor, Write& write);
  /// The sealed text that a hub is to have. invalid_argument where the key is masked and has another name than the
  /// stored one.
  Task<Result<SealedSecret>> connection_of(Hub stored, codec::ConnectionString wanted);
  /// The sealed key that a policy is to have.
  Task<SealedSecret> key_of(AccessPolicy policy, std::string_view which, Secret wanted);

  Store& store_;
  Vault& vault_;
  const base::Clock& clock_;
  base::Random& random_;
};

/// Where a hub's connection string is sealed.
SecretPlace connection_string_place(const Hub& hub);

}  // namespace muster::provisioning
