#include <array>
#include <stdexcept>

#include "base/error.hpp"

namespace muster::base {
namespace {

constexpr std::array catalog = {
    ErrorEntry{Errc::malformed_request, "malformed_request", "The request is not well formed.", false},
    ErrorEntry{Errc::malformed_json, "malformed_json", "The body is not the JSON that this call takes.", false},
    ErrorEntry{Errc::invalid_registration_id, "invalid_registration_id",
               "The registration id is not valid: 1 to 128 letters, digits and - . _ :, ending in a letter, a digit "
               "or a dash.",
               false},
    ErrorEntry{Errc::invalid_argument, "invalid_argument", "A value in the request is not valid.", false},
    ErrorEntry{Errc::invalid_query, "invalid_query", "The query is not one that this service understands.", false},
    ErrorEntry{Errc::body_too_large, "body_too_large", "The body is larger than this service accepts.", false},
    ErrorEntry{Errc::headers_too_large, "headers_too_large", "The headers are larger than this service accepts.",
               false},
    ErrorEntry{Errc::request_timed_out, "request_timed_out", "The request did not finish in time.", true},
    ErrorEntry{Errc::unsupported_media_type, "unsupported_media_type", "The body's media type is not supported.",
               false},
    ErrorEntry{Errc::unknown_route, "unknown_route", "There is nothing at this address.", false},
    ErrorEntry{Errc::method_not_allowed, "method_not_allowed", "This address does not take this method.", false},
    ErrorEntry{Errc::too_many_items, "too_many_items", "The request holds more items than allowed.", false},

    ErrorEntry{Errc::credentials_missing, "credentials_missing", "Credentials are missing.", false},
    ErrorEntry{Errc::credentials_malformed, "credentials_malformed", "The credentials are not well formed.", false},
    ErrorEntry{Errc::signature_mismatch, "signature_mismatch", "The credentials are not valid.", false},
    ErrorEntry{Errc::token_expired, "token_expired", "The token has expired.", false},
    ErrorEntry{Errc::token_for_another_resource, "token_for_another_resource",
               "The token was made for another resource.", false},
    ErrorEntry{Errc::unknown_policy, "unknown_policy", "The credentials are not valid.", false},
    ErrorEntry{Errc::permission_denied, "permission_denied", "The credentials do not allow this.", false},
    ErrorEntry{Errc::principal_expired, "principal_expired", "The credentials have expired.", false},
    ErrorEntry{Errc::address_not_allowed, "address_not_allowed", "The IP filter does not let this address in.", false},

    ErrorEntry{Errc::unknown_id_scope, "unknown_id_scope", "The ID scope is not known here.", false},
    ErrorEntry{Errc::tenant_disabled, "tenant_disabled", "This service is disabled.", false},
    ErrorEntry{Errc::enrollment_not_found, "enrollment_not_found", "The registration is not known.", false},
    ErrorEntry{Errc::enrollment_disabled, "enrollment_disabled", "The enrollment is disabled.", false},
    ErrorEntry{Errc::attestation_kind_mismatch, "attestation_kind_mismatch",
               "The device attests in another way than its enrollment asks for.", false},

    ErrorEntry{Errc::certificate_missing, "certificate_missing", "A client certificate is needed.", false},
    ErrorEntry{Errc::certificate_malformed, "certificate_malformed", "Invalid certificate.", false},
    ErrorEntry{Errc::certificate_name_mismatch, "certificate_name_mismatch",
               "The certificate's common name is not the registration id.", false},
    ErrorEntry{Errc::certificate_not_enrolled, "certificate_not_enrolled", "Invalid certificate.", false},
    ErrorEntry{Errc::certificate_authority_unknown, "certificate_authority_unknown", "CA certificate not found.",
               false},
    ErrorEntry{Errc::certificate_chain_invalid, "certificate_chain_invalid",
               "Signing certificate info did not match chain elements.", false},
    ErrorEntry{Errc::certificate_expired, "certificate_expired", "The certificate is not valid at this time.", false},
    ErrorEntry{Errc::certificate_revoked, "certificate_revoked", "The certificate has been revoked.", false},
    ErrorEntry{Errc::ca_not_verified, "ca_not_verified", "CA certificate not found.", false},
    ErrorEntry{Errc::verification_failed, "verification_failed",
               "The certificate does not prove possession of the CA's private key.", false},
    ErrorEntry{Errc::csr_malformed, "csr_malformed", "The certificate signing request is not valid.", false},
    ErrorEntry{Errc::csr_not_allowed, "csr_not_allowed",
               "The enrollment does not allow a certificate for this signing request.", false},

    ErrorEntry{Errc::tpm_structure_malformed, "tpm_structure_malformed", "A TPM structure is not well formed.", false},
    ErrorEntry{Errc::tpm_key_unsupported, "tpm_key_unsupported", "The TPM key is of a kind that is not supported.",
               false},
    ErrorEntry{Errc::endorsement_key_mismatch, "endorsement_key_mismatch",
               "The endorsement key is not the one that is enrolled.", false},
    ErrorEntry{Errc::endorsement_certificate_missing, "endorsement_certificate_missing",
               "The endorsement key certificate is missing.", false},
    ErrorEntry{Errc::endorsement_certificate_untrusted, "endorsement_certificate_untrusted",
               "The endorsement key certificate is not trusted.", false},
    ErrorEntry{Errc::endorsement_key_not_allowed, "endorsement_key_not_allowed",
               "The endorsement key is not on the list of this enrollment group.", false},
    ErrorEntry{Errc::storage_key_not_bound_to_tpm, "storage_key_not_bound_to_tpm",
               "The storage root key is not protected by the TPM.", false},
    ErrorEntry{Errc::storage_key_not_restricted, "storage_key_not_restricted",
               "The storage root key is not a restricted decryption key.", false},
    ErrorEntry{Errc::challenge_missing, "challenge_missing", "There is no open challenge for this registration.",
               false},
    ErrorEntry{Errc::challenge_expired, "challenge_expired", "The challenge has expired.", false},
    ErrorEntry{Errc::registration_id_not_bound_to_tpm, "registration_id_not_bound_to_tpm",
               "The registration id is not the one that follows from the endorsement key.", false},

    ErrorEntry{Errc::registration_not_found, "registration_not_found", "The registration is not known.", false},
    ErrorEntry{Errc::operation_not_found, "operation_not_found", "The operation is not known.", false},
    ErrorEntry{Errc::group_not_found, "group_not_found", "The enrollment group is not known.", false},
    ErrorEntry{Errc::device_not_found, "device_not_found", "The device is not known.", false},
    ErrorEntry{Errc::hub_not_found, "hub_not_found", "The hub is not known.", false},
    ErrorEntry{Errc::principal_not_found, "principal_not_found", "The principal is not known.", false},
    ErrorEntry{Errc::policy_not_found, "policy_not_found", "The access policy is not known.", false},
    ErrorEntry{Errc::tenant_not_found, "tenant_not_found", "The tenant is not known.", false},
    ErrorEntry{Errc::ca_not_found, "ca_not_found", "The CA certificate is not known.", false},
    ErrorEntry{Errc::certificate_not_found, "certificate_not_found", "The certificate is not known.", false},
    ErrorEntry{Errc::credential_policy_not_found, "credential_policy_not_found", "The credential policy is not known.",
               false},
    ErrorEntry{Errc::already_exists, "already_exists", "It exists already.", false},
    ErrorEntry{Errc::revision_conflict, "revision_conflict", "Somebody else changed it at the same time.", true},
    ErrorEntry{Errc::etag_mismatch, "etag_mismatch", "The ETag is not the current one.", false},
    ErrorEntry{Errc::name_taken, "name_taken", "The registration id belongs to a device of another enrollment group.",
               false},
    ErrorEntry{Errc::in_use, "in_use", "It is still in use.", false},
    ErrorEntry{Errc::enrollment_changed, "enrollment_changed",
               "The enrollment was changed while the registration waited; register again.", true},

    ErrorEntry{Errc::no_hub_available, "no_hub_available", "There is no hub that takes this device.", true},
    ErrorEntry{Errc::hub_not_linked, "hub_not_linked", "The enrollment names a hub that is not linked.", false},
    ErrorEntry{Errc::webhook_failed, "webhook_failed", "The custom allocation webhook failed.", true},

    ErrorEntry{Errc::rate_limited, "rate_limited", "Too many requests at once; ask again later.", true},
    ErrorEntry{Errc::quota_exceeded, "quota_exceeded", "The limit of this service is reached.", false},
    ErrorEntry{Errc::busy, "busy", "The service is busy.", true},
    ErrorEntry{Errc::draining, "draining", "The service is shutting down.", true},
    ErrorEntry{Errc::internal_error, "internal_error", "The service failed; the log has the reason.", true},
};

constexpr bool in_order() {
  for (std::size_t i = 0; i < catalog.size(); ++i)
    if (static_cast<std::size_t>(catalog[i].code) != i) return false;
  return catalog.size() == static_cast<std::size_t>(Errc::internal_error) + 1;
}
static_assert(in_order(), "one entry for each Errc, in its order");

}  // namespace

std::span<const ErrorEntry> error_catalog() { return catalog; }

const ErrorEntry& describe(Errc code) { return catalog.at(static_cast<std::size_t>(code)); }

std::string to_string(const Error& error) {
  std::string text(describe(error.code()).name);
  if (!error.detail().empty()) text.append(": ").append(error.detail());
  return text;
}

}  // namespace muster::base
