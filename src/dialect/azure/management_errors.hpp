// Refusals as Azure's management API words them.
#pragma once

#include <string>

#include "base/error.hpp"
#include "net/http.hpp"

namespace muster::dialect::azure {

/// The HTTP status of a refusal here. As the service API's, but that 401 is kept for credentials that do not name
/// anybody, and 403 says that they name somebody who may not do this.
int management_status(base::Errc code);

/// The name that .NET has for a status, as Azure's clients see it: "NotFound". "Error" for others than this API has.
std::string_view status_word(int status);

/// One body that both forms of clients read: {"error": {"code", "message"}} as @azure/arm-deviceprovisioningservices 6
/// wants it, and {"code", "httpStatusCode", "message", "details"} beside it as version 5 does. The message holds the
/// detail: whoever calls administers the service.
net::HttpResponse management_error(const base::Error& error, const std::string& request_id);

/// The same for what never became a request.
net::HttpResponse management_error(int status, const std::string& message, const std::string& request_id);

}  // namespace muster::dialect::azure
