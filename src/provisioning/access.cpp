#include "provisioning/access.hpp"

#include <array>

#include "provisioning/names.hpp"

namespace muster::provisioning {
namespace {

using base::Done;
using base::Errc;
using base::Error;

constexpr unsigned bit(Role role) { return 1U << static_cast<unsigned>(role); }

constexpr unsigned platform_only = bit(Role::platform);
constexpr unsigned administrators = bit(Role::platform) | bit(Role::operator_);
constexpr unsigned readers = administrators | bit(Role::auditor);
constexpr unsigned factory_readers = readers | bit(Role::factory);
constexpr unsigned everybody = factory_readers | bit(Role::installer);

struct Rule {
  Action action;
  std::string_view name;
  unsigned roles;
};

constexpr std::array rules = {
    Rule{Action::read_status, "read_status", everybody},
    Rule{Action::read_enrollments, "read_enrollments", factory_readers},
    Rule{Action::add_enrollments, "add_enrollments", administrators | bit(Role::factory)},
    Rule{Action::change_enrollments, "change_enrollments", administrators},
    Rule{Action::read_enrollment_keys, "read_enrollment_keys", administrators},
    Rule{Action::read_groups, "read_groups", factory_readers},
    Rule{Action::change_groups, "change_groups", administrators},
    Rule{Action::read_group_keys, "read_group_keys", administrators},
    Rule{Action::read_devices, "read_devices", readers | bit(Role::installer)},
    Rule{Action::remove_devices, "remove_devices", administrators},
    Rule{Action::read_hubs, "read_hubs", readers},
    Rule{Action::change_hubs, "change_hubs", administrators},
    Rule{Action::read_principals, "read_principals", readers},
    Rule{Action::change_principals, "change_principals", administrators},
    Rule{Action::read_policies, "read_policies", readers},
    Rule{Action::change_policies, "change_policies", administrators},
    Rule{Action::read_policy_keys, "read_policy_keys", administrators},
    Rule{Action::read_audit, "read_audit", readers},
    Rule{Action::read_tenants, "read_tenants", readers},
    Rule{Action::change_tenants, "change_tenants", platform_only},
    Rule{Action::change_settings, "change_settings", administrators},
    Rule{Action::read_cas, "read_cas", readers},
    Rule{Action::change_cas, "change_cas", administrators},
    Rule{Action::read_credential_policies, "read_credential_policies", readers},
    Rule{Action::change_credential_policies, "change_credential_policies", administrators},
    Rule{Action::read_certificates, "read_certificates", readers},
    Rule{Action::revoke_certificates, "revoke_certificates", administrators},
    Rule{Action::read_webhook_keys, "read_webhook_keys", administrators},
};

constexpr bool in_order() {
  for (std::size_t i = 0; i < rules.size(); ++i)
    if (static_cast<std::size_t>(rules[i].action) != i) return false;
  return rules.size() == action_count;
}
static_assert(in_order(), "one rule for each Action, in its order");

const Rule& rule(Action action) { return rules.at(static_cast<std::size_t>(action)); }

}  // namespace

std::string_view name_of(Action action) { return rule(action).name; }

bool permits(Role role, Action action) { return (rule(action).roles & bit(role)) != 0; }

base::Status authorize(const Principal& principal, Action action, const TenantId& tenant) {
  if (principal.role != Role::platform && principal.tenant != tenant)
    return Error(Errc::permission_denied, "only the role platform works in other tenants");
  if (!permits(principal.role, action))
    return Error(Errc::permission_denied, "the role " + std::string(name_of(principal.role)) + " does not include " +
                                              std::string(name_of(action)));
  return Done{};
}

base::Status check_scope(const Principal& principal, const std::optional<std::string>& group) {
  if (principal.scope.empty() || group == principal.scope) return Done{};
  return Error(Errc::permission_denied, "the principal is confined to the enrollment group " + principal.scope);
}

}  // namespace muster::provisioning
