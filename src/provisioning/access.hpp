// Which role may do what. docs/reference/roles.md shows the same table to people.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "provisioning/principal.hpp"

namespace muster::provisioning {

/// Something that a principal may be allowed to do.
enum class Action {
  read_status,
  read_enrollments,
  add_enrollments,     ///< create individual enrollments that do not exist yet
  change_enrollments,  ///< replace and remove them
  read_enrollment_keys,
  read_groups,
  change_groups,
  read_group_keys,
  read_devices,
  remove_devices,
  read_hubs,
  change_hubs,
  read_principals,
  change_principals,
  read_policies,
  change_policies,
  read_policy_keys,
  read_audit,
  read_tenants,     ///< one's own; the role platform sees all
  change_tenants,   ///< make, disable, limit and remove them: the role platform alone
  change_settings,  ///< a tenant's allocation policy, IP filter, location and tags
  read_cas,
  change_cas,
  read_credential_policies,
  change_credential_policies,
  read_certificates,
  revoke_certificates,
  read_webhook_keys
};
inline constexpr std::size_t action_count = static_cast<std::size_t>(Action::read_webhook_keys) + 1;

/// "read_enrollments" and so on.
std::string_view name_of(Action action);

bool permits(Role role, Action action);

/// Whether a principal may do this in this tenant. permission_denied, with the reason. A scope is not looked at here:
/// `check_scope` does, as soon as it is known what is touched.
base::Status authorize(const Principal& principal, Action action, const TenantId& tenant);

/// Whether a principal with a scope may touch what belongs to `group` (nothing: to no group). permission_denied.
base::Status check_scope(const Principal& principal, const std::optional<std::string>& group);

}  // namespace muster::provisioning
