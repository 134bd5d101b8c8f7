// A provisioning service as Azure's management API describes it: the object "ProvisioningServiceDescription" of
// @azure/arm-deviceprovisioningservices.
#pragma once

#include <boost/json/fwd.hpp>
#include <string>
#include <vector>

#include "dialect/azure/management_call.hpp"
#include "provisioning/tenant_update.hpp"

namespace muster::dialect::azure {

/// Shown for a key, and taken for "keep it".
inline constexpr std::string_view masked_key = "****";

/// What a PUT asks for. Members that Azure has and Muster does not are refused where they would change something, and
/// passed over where they would not; docs/reference/azure-management.md lists them. invalid_argument with the member's
/// path.
base::Result<provisioning::TenantUpdate> read_service(const boost::json::object& body);

/// What a PATCH asks for: {"tags": {…}}.
base::Result<provisioning::TenantUpdate> read_tags(const boost::json::object& body);

/// Keys are masked. `connections`: of the hubs, in their order. `host`: the name, with its port if it is not 443, that
/// devices and service clients reach Muster by.
boost::json::object write_service(const ServiceAddress& address, const provisioning::TenantState& state,
                                  const std::vector<codec::ConnectionString>& connections, const std::string& host);

/// "ServiceConfig, EnrollmentRead"
std::string rights_text(unsigned rights);

}  // namespace muster::dialect::azure
