#include "dialect/admin/status_table.hpp"

#include <algorithm>
#include <array>

namespace muster::dialect::admin {
namespace {

using base::Errc;

struct StatusOf {
  Errc code;
  int status;
};

// RFC 9110 section 15. What only a device's registration can be refused for counts as a request that cannot be
// processed (422): no route of this API attests a device.
constexpr std::array statuses = {
    StatusOf{Errc::malformed_request, 400},
    StatusOf{Errc::malformed_json, 400},
    StatusOf{Errc::invalid_registration_id, 400},
    StatusOf{Errc::invalid_argument, 400},
    StatusOf{Errc::invalid_query, 400},
    StatusOf{Errc::body_too_large, 413},
    StatusOf{Errc::headers_too_large, 431},
    StatusOf{Errc::request_timed_out, 408},
    StatusOf{Errc::unsupported_media_type, 415},
    StatusOf{Errc::unknown_route, 404},
    StatusOf{Errc::method_not_allowed, 405},
    StatusOf{Errc::too_many_items, 400},
    StatusOf{Errc::credentials_missing, 401},
    StatusOf{Errc::credentials_malformed, 401},
    StatusOf{Errc::signature_mismatch, 401},
    StatusOf{Errc::token_expired, 401},
    StatusOf{Errc::token_for_another_resource, 401},
    StatusOf{Errc::unknown_policy, 401},
    StatusOf{Errc::permission_denied, 403},
    StatusOf{Errc::principal_expired, 401},
    StatusOf{Errc::address_not_allowed, 403},
    StatusOf{Errc::unknown_id_scope, 404},
    StatusOf{Errc::tenant_disabled, 403},
    StatusOf{Errc::enrollment_not_found, 404},
    StatusOf{Errc::enrollment_disabled, 422},
    StatusOf{Errc::attestation_kind_mismatch, 409},
    StatusOf{Errc::certificate_missing, 422},
    StatusOf{Errc::certificate_malformed, 400},
    StatusOf{Errc::certificate_name_mismatch, 422},
    StatusOf{Errc::certificate_not_enrolled, 422},
    StatusOf{Errc::certificate_authority_unknown, 422},
    StatusOf{Errc::certificate_chain_invalid, 422},
    StatusOf{Errc::certificate_expired, 422},
    StatusOf{Errc::certificate_revoked, 422},
    StatusOf{Errc::ca_not_verified, 422},
    StatusOf{Errc::verification_failed, 422},
    StatusOf{Errc::csr_malformed, 400},
    StatusOf{Errc::csr_not_allowed, 422},
    StatusOf{Errc::tpm_structure_malformed, 400},
    StatusOf{Errc::tpm_key_unsupported, 400},
    StatusOf{Errc::endorsement_key_mismatch, 422},
    StatusOf{Errc::endorsement_certificate_missing, 422},
    StatusOf{Errc::endorsement_certificate_untrusted, 422},
    StatusOf{Errc::endorsement_key_not_allowed, 422},
    StatusOf{Errc::storage_key_not_bound_to_tpm, 422},
    StatusOf{Errc::storage_key_not_restricted, 422},
    StatusOf{Errc::challenge_missing, 422},
    StatusOf{Errc::challenge_expired, 422},
    StatusOf{Errc::registration_id_not_bound_to_tpm, 422},
    StatusOf{Errc::registration_not_found, 404},
    StatusOf{Errc::operation_not_found, 404},
    StatusOf{Errc::group_not_found, 404},
    StatusOf{Errc::device_not_found, 404},
    StatusOf{Errc::hub_not_found, 404},
    StatusOf{Errc::principal_not_found, 404},
    StatusOf{Errc::policy_not_found, 404},
    StatusOf{Errc::tenant_not_found, 404},
    StatusOf{Errc::ca_not_found, 404},
    StatusOf{Errc::certificate_not_found, 404},
    StatusOf{Errc::credential_policy_not_found, 404},
    StatusOf{Errc::already_exists, 409},
    StatusOf{Errc::revision_conflict, 409},
    StatusOf{Errc::etag_mismatch, 412},
    StatusOf{Errc::name_taken, 409},
    StatusOf{Errc::in_use, 409},
    StatusOf{Errc::enrollment_changed, 409},
    StatusOf{Errc::no_hub_available, 422},
    StatusOf{Errc::hub_not_linked, 422},
    StatusOf{Errc::webhook_failed, 422},
    StatusOf{Errc::rate_limited, 429},
    StatusOf{Errc::quota_exceeded, 409},
    StatusOf{Errc::busy, 503},
    StatusOf{Errc::draining, 503},
    StatusOf{Errc::internal_error, 500},
};

}  // namespace

int http_status(Errc code) {
  const auto* found = std::ranges::find(statuses, code, &StatusOf::code);
  return found == statuses.end() ? 0 : found->status;
}

}  // namespace muster::dialect::admin
