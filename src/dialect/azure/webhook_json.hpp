// What an allocation webhook is asked (Microsoft's "Understand custom allocation policies": AllocationRequest).
#pragma once

#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/secret.hpp"
#include "provisioning/allocation_webhook.hpp"

namespace muster::dialect::azure {

/// The AllocationRequest: the enrollment without symmetric keys, the device as it registers, the hubs to choose from.
std::string webhook_request(const provisioning::WebhookQuestion& question);

/// The URL in an enrollment's custom allocation definition; empty where there is none.
std::string webhook_url(const provisioning::EnrollmentTerms& terms);

/// "t=SECONDS,v1=HEX": the HMAC-SHA256 of "SECONDS.BODY" with the tenant's webhook key, the time as Unix seconds. It is
/// the value of the header Muster-Signature.
std::string webhook_signature(const base::Secret& key, base::TimePoint now, std::string_view body);

}  // namespace muster::dialect::azure
