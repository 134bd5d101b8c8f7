// The use cases around tenants: each is what Azure calls a DPS instance.
#pragma once

#include <functional>
#include <span>

#include "provisioning/enrollments.hpp"

namespace muster::provisioning {

inline constexpr std::size_t tenant_id_size_max = 64;
inline constexpr std::size_t tenant_name_size_max = 128;
inline constexpr std::size_t tenant_location_size_max = 128;
inline constexpr std::size_t tenant_tags_size_max = 4096;
/// No limit can be set higher, and that of what is looked at as a whole no higher than that.
inline constexpr std::int64_t tenant_limit_max = 1'000'000'000;
inline constexpr std::int64_t tenant_list_limit_max = 1000;
/// The policy that every tenant begins with; it has every right.
inline constexpr const char* owner_policy = "provisioningserviceowner";
/// The principal that every tenant begins with.
inline constexpr const char* first_operator = "operator";

/// What a tenant's own administrators may change.
struct TenantSettings {
  std::string name = {};
  AllocationPolicy allocation_policy = AllocationPolicy::hashed;
  std::string location = {};
  JsonText tags = {};
  std::vector<IpRule> ip_rules = {};
  bool require_verified_ca = false;
};

/// A tenant to be made.
struct WantedTenant {
  TenantId id;
  TenantSettings settings = {};  ///< an empty name becomes the id
  TenantLimits limits = {};
  std::string hub = {};  ///< the host name of its first hub; empty: it begins with none
};

/// A tenant and, this once, what its administrators begin with. The secrets are not stored in plain anywhere.
struct NewTenant {
  Tenant tenant;
  std::string policy_name;
  Secret policy_key;
  Secret operator_token;  ///< as text
};

/// invalid_argument for texts that are missing, too long or have control characters, and for IP rules that are none.
Status check_settings(const TenantSettings& settings);

/// Makes, changes and removes tenants. Every change commits with its audit record: removal in the platform's chain,
/// everything else in the tenant's own.
class Tenants {
 public:
  Tenants(Store& store, Vault& vault, const base::Clock& clock, base::Random& random)
      : store_(store), vault_(vault), clock_(clock), random_(random) {}

  /// Makes a tenant with its ID scope, data key, device CA, access policy and operator in one commit. invalid_argument
  /// for an id of other than 1 to 64 letters, digits and dashes between them, the platform's own id, and settings or
  /// limits out of range; already_exists also for the id of a tenant that was removed: its audit trail stays under it.
  Task<Result<NewTenant>> add(WantedTenant wanted, Actor actor);

  /// Whether a tenant could be made under this id: refuses it as `add` does.
  Task<Status> check_new_id(TenantId id);

  /// tenant_not_found.
  Task<Result<Tenant>> get(TenantId id);

  /// All three refuse with tenant_not_found, etag_mismatch by the precondition, invalid_argument and revision_conflict.
  Task<Result<Tenant>> put_settings(TenantId id, TenantSettings settings, Precondition precondition, Actor actor);
  Task<Result<Tenant>> set_limits(TenantId id, TenantLimits limits, Precondition precondition, Actor actor);
  /// A disabled tenant refuses devices and service calls with tenant_disabled; its own principals may still read.
  Task<Result<Tenant>> set_enabled(TenantId id, bool enabled, Precondition precondition, Actor actor);

  /// Removes a tenant with everything that it has but its audit trail, for ever. `confirmation` repeats its id.
  /// invalid_argument where it does not; in_use while the tenant is enabled, so that no device is half way through a
  /// registration; tenant_not_found, etag_mismatch, revision_conflict.
  Task<Status> remove(TenantId id, std::string confirmation, Precondition precondition, Actor actor);

 private:
  Task<Result<Tenant>> change(TenantId id, Precondition precondition, const std::function<std::string(Tenant&)>& apply,
                              std::string action, Actor actor);
  Task<IdScope> draw_id_scope();

  Store& store_;
  Vault& vault_;
  const base::Clock& clock_;
  base::Random& random_;
};

/// A limit as the admin API, the audit trail and refusals call it, in the order of TenantLimits.
struct LimitName {
  const char* name;
  std::int64_t TenantLimits::*value;
  std::int64_t min;  ///< a rate of nothing would be another way of disabling
  std::int64_t max;
};
std::span<const LimitName> limit_names();

}  // namespace muster::provisioning
