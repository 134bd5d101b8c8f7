// A tenant's IP filter: from where its devices and its administrators may come.
#pragma once

#include <string_view>

#include "base/error.hpp"
#include "provisioning/tenant.hpp"

namespace muster::provisioning {

inline constexpr std::size_t ip_rules_max = 100;
inline constexpr std::size_t ip_rule_name_size_max = 128;

/// invalid_argument for more than 100 rules, a name that is missing, too long, has other than letters, digits, spaces
/// and - . : _ , or is another rule's (without regard to case), and for what is neither address nor network.
base::Status check_ip_rules(const std::vector<IpRule>& rules);

/// Whether somebody at this numeric address may use this side of the tenant: the first rule that fits decides, and
/// where none fits it may. An address that is none fits no accepting rule and every rejecting one. `target`:
/// service_api or device_api. address_not_allowed.
base::Status check_address(const Tenant& tenant, std::string_view address, IpTarget target);

}  // namespace muster::provisioning
