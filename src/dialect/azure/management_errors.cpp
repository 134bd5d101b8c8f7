#include "dialect/azure/management_errors.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "dialect/azure/errors.hpp"

namespace muster::dialect::azure {

namespace json = boost::json;
using base::Errc;

namespace {

net::HttpResponse respond(int status, int code, const std::string& message, const std::string& details,
                          const std::string& request_id) {
  const std::string_view word = status_word(status);
  json::object body;
  body["error"] = {{"code", word}, {"message", message}};
  body["code"] = code;
  body["httpStatusCode"] = word;
  body["message"] = message;
  body["details"] = details;
  net::HttpResponse response = json_response(status, json::serialize(body), request_id);
  // RFC 9110 section 11.6.1.
  if (status == 401) response.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"muster\"");
  return response;
}

}  // namespace

int management_status(Errc code) {
  switch (code) {
    case Errc::credentials_missing:
    case Errc::credentials_malformed:
    case Errc::signature_mismatch:
    case Errc::token_expired:
    case Errc::token_for_another_resource:
    case Errc::unknown_policy:
    case Errc::principal_expired:
      return 401;
    case Errc::permission_denied:
    case Errc::address_not_allowed:
    case Errc::tenant_disabled:
      return 403;
    default: {
      // What the device API calls unauthorized, such as a certificate that cannot be read, is a bad argument here.
      const int status = http_status(code);
      return status == 401 ? 400 : status;
    }
  }
}

std::string_view status_word(int status) {
  switch (status) {
    case 400:
      return "BadRequest";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "NotFound";
    case 405:
      return "MethodNotAllowed";
    case 408:
      return "RequestTimeout";
    case 409:
      return "Conflict";
    case 412:
      return "PreconditionFailed";
    case 413:
      return "RequestEntityTooLarge";
    case 415:
      return "UnsupportedMediaType";
    case 429:
      return "TooManyRequests";
    case 431:
      return "RequestHeaderFieldsTooLarge";
    case 500:
      return "InternalServerError";
    case 503:
      return "ServiceUnavailable";
    default:
      return "Error";
  }
}

net::HttpResponse management_error(const base::Error& error, const std::string& request_id) {
  const base::ErrorEntry& entry = base::describe(error.code());
  const int status = management_status(error.code());
  std::string message(entry.sentence);
  if (!error.detail().empty()) message += " " + error.detail();
  const std::string details = std::string(entry.name) + "; request " + request_id;
  auto response = respond(status, status * 1000 + error_code(error.code()) % 1000, message, details, request_id);
  if (entry.retry) response.headers.emplace_back("Retry-After", std::to_string(retry_after_seconds(error.code())));
  return response;
}

net::HttpResponse management_error(int status, const std::string& message, const std::string& request_id) {
  auto response = respond(status, status * 1000, message, "request " + request_id, request_id);
  if (status == 408 || status >= 500)
    response.headers.emplace_back("Retry-After", std::to_string(retry_after_seconds(Errc::busy)));
  return response;
}

}  // namespace muster::dialect::azure
