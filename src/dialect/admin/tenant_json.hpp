// Tenants as JSON.
#pragma once

#include <boost/json/fwd.hpp>

#include "dialect/admin/resource.hpp"
#include "provisioning/tenants.hpp"

namespace muster::dialect::admin {

boost::json::object to_json(const provisioning::Tenant& tenant);

/// Settings of a whole tenant as `to_json` writes it; what only others set (limits, whether it is enabled) is ignored.
/// `id`: what the address names. invalid_argument.
Result<provisioning::TenantSettings> read_settings(const boost::json::object& body, const TenantId& id);

/// A tenant to be made: id, settings, limits and its first hub's name.
Result<provisioning::WantedTenant> read_wanted_tenant(const boost::json::object& body);

/// Limits; what is absent stays as it is in `limits`.
Result<provisioning::TenantLimits> read_limits(const boost::json::object& body, provisioning::TenantLimits limits);

}  // namespace muster::dialect::admin
