// A tenant: what Azure calls a DPS instance and AWS an account in a region.
#pragma once

#include <optional>
#include <string>
#include <vector>

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

/// A JSON text that Muster keeps and hands on without looking into it.
using JsonText = std::string;

/// The octets of a secret, sealed under the tenant's data key (provisioning/vault.hpp).
using SealedSecret = Bytes;

/// The owner of what belongs to no tenant: the service's own certificates and the platform's administrators.
inline const TenantId platform_tenant{"platform"};

/// How a device's hub is chosen.
enum class AllocationPolicy { hashed, geo_latency, static_hub, custom };

enum class IpAction { accept, reject };
enum class IpTarget { all, service_api, device_api };

/// One line of a tenant's IP filter. The first line that fits an address decides; where none fits, it is let in.
struct IpRule {
  std::string name;
  IpAction action = IpAction::accept;
  std::string network;  ///< "192.0.2.0/24", "2001:db8::/32" or one address
  IpTarget target = IpTarget::all;
  bool operator==(const IpRule&) const = default;
};

/// What a tenant may have and how often it may ask. The defaults are at or above what Azure publishes for a DPS
/// instance ("Azure IoT Hub Device Provisioning Service quotas and limits").
struct TenantLimits {
  std::int64_t devices_max = 1'000'000;
  std::int64_t enrollments_max = 1'000'000;
  std::int64_t groups_max = 1000;
  std::int64_t ca_certificates_max = 100;
  std::int64_t hubs_max = 1000;
  std::int64_t registrations_per_minute = 60'000;
  std::int64_t service_calls_per_minute = 6'000;
  std::int64_t requests_per_minute_and_device = 60;
  bool operator==(const TenantLimits&) const = default;
};

struct Tenant {
  TenantId id;
  std::string name;
  IdScope id_scope;
  bool enabled = true;
  AllocationPolicy allocation_policy = AllocationPolicy::hashed;  ///< for enrollments that name none
  TimePoint created_at;
  std::string location = {};          ///< free text, such as a region's name
  JsonText tags = {};                 ///< an object of texts; empty where there are none
  std::vector<IpRule> ip_rules = {};  ///< in the order in which they are looked at
  bool require_verified_ca = false;   ///< groups by X.509 stand on a verified CA certificate only, as with Azure
  SealedSecret webhook_key = {};      ///< signs the calls of allocation webhooks; empty: none was drawn yet
  TenantLimits limits = {};
  Revision revision = 0;
};

}  // namespace muster::provisioning
