// Who administers: people and scripts by token (principals), Azure's service clients by shared key (access policies).
#pragma once

#include <optional>
#include <string>

#include "provisioning/enrollment.hpp"

namespace muster::provisioning {

/// What a principal may do (docs/reference/roles.md has the table).
enum class Role { platform, operator_, auditor, factory, installer };

/// Someone who administers. The token itself is shown once and never stored.
struct Principal {
  TenantId tenant;  ///< platform_tenant: every tenant's
  Uuid id;
  std::string name;  ///< unique within the tenant
  Bytes token_hash;  ///< SHA-256 over the token
  Role role = Role::auditor;
  std::string scope;  ///< an enrollment group that it is confined to; empty: none
  std::optional<TimePoint> expires_at;
  TimePoint created_at;
  Revision revision = 0;
};

/// The rights of Azure's service API, as bits.
enum class ServiceRight : unsigned {
  service_config = 1,
  enrollment_read = 2,
  enrollment_write = 4,
  registration_read = 8,
  registration_write = 16,
  device_connect = 32  ///< kept and shown as Azure does; no call of the service API asks for it
};
inline constexpr unsigned all_service_rights = 63;

/// A shared access policy of Azure's service API.
struct AccessPolicy {
  TenantId tenant;
  std::string name;
  SealedSecret primary_key;
  SealedSecret secondary_key;
  unsigned rights = 0;  ///< ServiceRight bits
  TimePoint created_at;
  Revision revision = 0;

  bool allows(ServiceRight right) const { return (rights & static_cast<unsigned>(right)) != 0; }
};

}  // namespace muster::provisioning
