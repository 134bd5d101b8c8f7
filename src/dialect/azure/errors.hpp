// Azure's words for refusals (Microsoft's "Device Provisioning Service" error reference and what its SDKs read).
#pragma once

#include <string>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "net/http.hpp"

namespace muster::dialect::azure {

/// Azure's six-digit code of a refusal; its first three digits are the HTTP status.
int error_code(base::Errc code);
int http_status(base::Errc code);

/// {"errorCode", "trackingId", "message", "timestampUtc"}. The message is the public sentence; the detail stays here.
std::string error_body(const base::Error& error, const std::string& tracking_id, base::TimePoint now);

/// The whole answer, with x-ms-error-code, x-ms-request-id and, where trying again helps, Retry-After.
net::HttpResponse error_response(const base::Error& error, const std::string& request_id, base::TimePoint now);

/// After how many seconds a refused request is worth another try, where it is worth one. Who asks too often waits until
/// a good part of its rate is there again.
int retry_after_seconds(base::Errc code);

/// An answer with a JSON body.
net::HttpResponse json_response(int status, std::string body, const std::string& request_id);

}  // namespace muster::dialect::azure
