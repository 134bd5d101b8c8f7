// A tenant: what Azure calls a DPS instance and AWS an account in a region.
#pragma once

#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/id.hpp"
#include "provisioning/row.hpp"

namespace muster::provisioning {

using base::Bytes;
using base::ByteView;
using base::DeviceId;
using base::GroupId;
using base::HubName;
using base::IdScope;
using base::RegistrationId;
using base::TenantId;
using base::TimePoint;
using base::Uuid;

/// The owner of what belongs to no tenant: the service's own certificates and the platform's administrators.
inline const TenantId platform_tenant{"platform"};

/// How a device's hub is chosen.
enum class AllocationPolicy { hashed, geo_latency, static_hub, custom };

struct Tenant {
  TenantId id;
  std::string name;
  IdScope id_scope;
  bool enabled = true;
  AllocationPolicy allocation_policy = AllocationPolicy::hashed;  ///< for enrollments that name none
  TimePoint created_at;
  Revision revision = 0;
};

}  // namespace muster::provisioning
