#include "dialect/azure/errors.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <stdexcept>

namespace muster::dialect::azure {

using base::Errc;

// A switch without a default: the compiler refuses a code that has no row.
int error_code(Errc code) {
  switch (code) {
    case Errc::malformed_request:
      return 400000;
    case Errc::malformed_json:
      return 400001;
    case Errc::invalid_argument:
      return 400002;
    case Errc::invalid_query:
      return 400003;
    case Errc::invalid_registration_id:
      return 400004;
    case Errc::too_many_items:
      return 400005;
    case Errc::tpm_structure_malformed:
      return 400010;
    case Errc::tpm_key_unsupported:
      return 400011;
    case Errc::verification_failed:
      return 400012;
    case Errc::csr_malformed:
      return 400013;
    case Errc::csr_not_allowed:
      return 400014;
    case Errc::webhook_failed:
      return 400207;
    case Errc::hub_not_linked:
      return 400208;
    case Errc::credentials_missing:
      return 401000;
    case Errc::credentials_malformed:
      return 401001;
    case Errc::signature_mismatch:
      return 401002;
    case Errc::token_expired:
      return 401002;
    case Errc::token_for_another_resource:
      return 401002;
    case Errc::unknown_policy:
      return 401002;
    case Errc::principal_expired:
      return 401002;
    case Errc::address_not_allowed:
      return 401005;
    case Errc::tenant_disabled:
      return 401003;
    case Errc::enrollment_disabled:
      return 401003;
    case Errc::attestation_kind_mismatch:
      return 401002;
    case Errc::certificate_missing:
      return 401002;
    case Errc::certificate_malformed:
      return 401002;
    case Errc::certificate_name_mismatch:
      return 401002;
    case Errc::certificate_not_enrolled:
      return 401002;
    case Errc::certificate_authority_unknown:
      return 401002;
    case Errc::certificate_chain_invalid:
      return 401002;
    case Errc::certificate_expired:
      return 401002;
    case Errc::certificate_revoked:
      return 401002;
    case Errc::ca_not_verified:
      return 401002;
    case Errc::endorsement_key_mismatch:
      return 401002;
    case Errc::endorsement_certificate_missing:
      return 401002;
    case Errc::endorsement_certificate_untrusted:
      return 401002;
    case Errc::endorsement_key_not_allowed:
      return 401002;
    case Errc::storage_key_not_bound_to_tpm:
      return 401002;
    case Errc::storage_key_not_restricted:
      return 401002;
    case Errc::challenge_missing:
      return 401002;
    case Errc::challenge_expired:
      return 401002;
    case Errc::registration_id_not_bound_to_tpm:
      return 401002;
    case Errc::permission_denied:
      return 401004;
    case Errc::quota_exceeded:
      return 403001;
    case Errc::unknown_route:
      return 404000;
    case Errc::unknown_id_scope:
      return 404200;
    case Errc::enrollment_not_found:
      return 404201;
    case Errc::registration_not_found:
      return 404201;
    case Errc::operation_not_found:
      return 404202;
    case Errc::group_not_found:
      return 404203;
    case Errc::device_not_found:
      return 404204;
    case Errc::hub_not_found:
      return 404205;
    case Errc::principal_not_found:
      return 404206;
    case Errc::policy_not_found:
      return 404207;
    case Errc::tenant_not_found:
      return 404208;
    case Errc::ca_not_found:
      return 404209;
    case Errc::certificate_not_found:
      return 404210;
    case Errc::credential_policy_not_found:
      return 404211;
    case Errc::method_not_allowed:
      return 405000;
    case Errc::request_timed_out:
      return 408000;
    case Errc::already_exists:
      return 409201;
    case Errc::name_taken:
      return 409202;
    case Errc::revision_conflict:
      return 409203;
    case Errc::in_use:
      return 409205;
    case Errc::enrollment_changed:
      return 409206;
    case Errc::etag_mismatch:
      return 412001;
    case Errc::body_too_large:
      return 413000;
    case Errc::unsupported_media_type:
      return 415000;
    case Errc::rate_limited:
      return 429001;
    case Errc::headers_too_large:
      return 431000;
    case Errc::internal_error:
      return 500000;
    case Errc::busy:
      return 503001;
    case Errc::draining:
      return 503002;
    case Errc::no_hub_available:
      return 503208;
  }
  throw std::logic_error("a code without a row");
}

int http_status(Errc code) { return error_code(code) / 1000; }

std::string error_body(const base::Error& error, const std::string& tracking_id, base::TimePoint now) {
  boost::json::object body;
  body["errorCode"] = error_code(error.code());
  body["trackingId"] = tracking_id;
  body["message"] = base::describe(error.code()).sentence;
  body["timestampUtc"] = base::to_rfc3339(now);
  return boost::json::serialize(body);
}

net::HttpResponse json_response(int status, std::string body, const std::string& request_id) {
  net::HttpResponse response;
  response.status = status;
  response.headers.emplace_back("Content-Type", "application/json; charset=utf-8");
  response.headers.emplace_back("x-ms-request-id", request_id);
  response.body = std::move(body);
  return response;
}

int retry_after_seconds(Errc code) { return code == Errc::rate_limited ? 20 : 5; }

net::HttpResponse error_response(const base::Error& error, const std::string& request_id, base::TimePoint now) {
  net::HttpResponse response = json_response(http_status(error.code()), error_body(error, request_id, now), request_id);
  response.headers.emplace_back("x-ms-error-code", std::to_string(error_code(error.code())));
  if (base::describe(error.code()).retry)
    response.headers.emplace_back("Retry-After", std::to_string(retry_after_seconds(error.code())));
  return response;
}

}  // namespace muster::dialect::azure
