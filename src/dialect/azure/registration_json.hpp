// A registration in Azure's JSON.
#pragma once

#include <boost/json/fwd.hpp>
#include <optional>

#include "provisioning/device.hpp"

namespace muster::dialect::azure {

/// DeviceRegistrationState. `authentication_key` is a TPM's activation blob; the service API gives none.
boost::json::object registration_state(const provisioning::Device& device,
                                       const provisioning::Registration& registration,
                                       const std::optional<base::Bytes>& authentication_key);

/// The ETag of a registration or an enrollment as it stands in JSON: a quoted text.
std::string quoted_etag(const std::string& entity_tag);

/// The entity tag inside an If-Match header: with or without quotes, weak or not; "*" stays "*". What is none stays as
/// it is and will match nothing.
std::string entity_tag_of(std::string_view if_match);

}  // namespace muster::dialect::azure
