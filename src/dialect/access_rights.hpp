// Azure's names of the rights that a shared access policy grants.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "provisioning/principal.hpp"

namespace muster::dialect {

/// "ServiceConfig" and so on, of all rights, for messages.
inline constexpr std::string_view access_right_names =
    "ServiceConfig, EnrollmentRead, EnrollmentWrite, RegistrationStatusRead, RegistrationStatusWrite, DeviceConnect";

/// Azure's name without regard to case, or Muster's own; nothing where it is neither.
std::optional<provisioning::ServiceRight> access_right_of(std::string_view text);

/// Azure's names of the rights that are among these bits, in Azure's order.
std::vector<std::string_view> access_rights_of(unsigned rights);

}  // namespace muster::dialect
