// docs/reference/azure-errors.md is printed from the catalogue, the dialect's own table and what stands here. After a
// change: MUSTER_WRITE_REFERENCE=1 dialect_test --gtest_filter=AzureErrorsPage.*
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "dialect/azure/errors.hpp"

namespace muster::dialect::azure {
namespace {

using base::Errc;

/// What an operator needs to know beside what the caller is told.
struct Advice {
  Errc code;
  const char* cause;
  const char* cure;
};

constexpr std::array advices = {
    Advice{Errc::malformed_request, "The path does not decode, or `api-version` is missing or no date.",
           "Compare the request with the reference; a proxy may have changed it."},
    Advice{Errc::malformed_json, "The body is not JSON, is no object, or nests deeper than 32 levels.",
           "The log names the octet at which reading stopped."},
    Advice{Errc::invalid_registration_id, "An id with other characters, or another one in the body than in the path.",
           "Correct the id on the device or in the enrollment."},
    Advice{Errc::invalid_argument, "A member has the wrong type, or a value that can never work.",
           "The log names the member."},
    Advice{Errc::invalid_query, "A query other than `SELECT * FROM name WHERE member = value AND ...`.",
           "The log names the position, or the member that is not known."},
    Advice{Errc::body_too_large, "More than 64 KiB of JSON.", "Send less; a payload is no place for files."},
    Advice{Errc::headers_too_large, "The request's head is larger than the listener accepts.",
           "Look for cookies or tokens that a proxy added."},
    Advice{Errc::request_timed_out, "The request was not complete within `https.request_seconds`.",
           "Look at the network; raise the limit for very slow links."},
    Advice{Errc::unsupported_media_type, "The body is not JSON.", "Send `Content-Type: application/json`."},
    Advice{Errc::unknown_route, "No call of this API has that path.", "Check the host name and the path."},
    Advice{Errc::method_not_allowed, "The path is right, the method is not; or an id is missing in the path.",
           "Compare the call with the reference."},
    Advice{Errc::too_many_items, "More than 10 items in a bulk call.", "Send several calls."},
    Advice{Errc::credentials_missing, "Neither token nor client certificate.",
           "Check the device's attestation settings, and that no proxy removes `Authorization`."},
    Advice{Errc::credentials_malformed, "The token lacks a field or does not decode.",
           "Let the SDK make the token, or check its percent-encoding."},
    Advice{Errc::signature_mismatch, "The token was signed with another key.",
           "Compare the keys; one may have been regenerated."},
    Advice{Errc::token_expired, "The token's time is over.", "Check the caller's clock, then make a new token."},
    Advice{Errc::token_for_another_resource, "The token names another host, path, ID scope or registration id.",
           "The log has both; `hosts` in muster.toml must hold the name that clients use."},
    Advice{Errc::unknown_policy, "No tenant has a policy of the token's name.",
           "`muster policy list` shows the policies."},
    Advice{Errc::permission_denied, "The policy lacks the right that this call needs.",
           "Use another policy, or make one with that right."},
    Advice{Errc::principal_expired, "The time of a principal is over (admin API).", "Make a new principal."},
    Advice{Errc::address_not_allowed, "A rule of the tenant's IP filter rejects the address.",
           "The log has the address; `muster tenant show` has the rules."},
    Advice{Errc::unknown_id_scope, "No tenant has this ID scope.", "Correct the ID scope on the device."},
    Advice{Errc::tenant_disabled, "The tenant is disabled.", "Ask whoever runs the service."},
    Advice{Errc::enrollment_not_found, "Neither an enrollment nor a group fits the device.",
           "Enroll it; compare the registration id with the enrollment's."},
    Advice{Errc::enrollment_disabled, "The device's enrollment, or its group, is disabled.",
           "Enable it if the device may come back."},
    Advice{Errc::attestation_kind_mismatch, "For example a token where the enrollment asks for a certificate.",
           "Change the device's settings or the enrollment."},
    Advice{Errc::certificate_missing, "The enrollment asks for a client certificate and TLS brought none.",
           "Configure it on the device; check `connections.ask_for_client_certificates` and proxies that end TLS."},
    Advice{Errc::certificate_malformed, "A certificate that cannot be read, or whose key is too weak.",
           "The log has the reason."},
    Advice{Errc::certificate_name_mismatch, "The common name of the device's certificate is another id.",
           "Register under that name, or issue another certificate."},
    Advice{Errc::certificate_not_enrolled, "The certificate is neither the enrollment's primary nor its secondary one.",
           "Put the new certificate into the enrollment."},
    Advice{Errc::certificate_authority_unknown, "No group has a certificate of the device's chain.",
           "Make a group for its issuer; let the device send its intermediates."},
    Advice{Errc::certificate_chain_invalid, "A signature, a constraint or a link of the chain does not hold.",
           "The log names the certificate."},
    Advice{Errc::certificate_expired, "A certificate of the chain is not valid yet or any more.",
           "Renew it; check the server's clock."},
    Advice{Errc::certificate_revoked, "The certificate is on Muster's revocation list.",
           "Find out why it was revoked; let the device have a new one."},
    Advice{Errc::ca_not_verified, "The enrollment refers to a CA certificate that is not there or not verified.",
           "Upload it and prove that its key is yours: `muster ca verify`."},
    Advice{Errc::verification_failed, "The proof was not signed by the CA, or its common name is not the code.",
           "Issue a certificate whose common name is the verification code with the CA's key."},
    Advice{Errc::csr_malformed, "The signing request cannot be read, or its signature is not its key's.",
           "Send base64 of a DER PKCS #10 request."},
    Advice{Errc::csr_not_allowed, "The enrollment names no credential policy, or the request breaks its rules.",
           "The log names the rule; change the request or the policy."},
    Advice{Errc::tpm_structure_malformed, "A key that the device sent is no TPM2B_PUBLIC.",
           "Send the marshalled structure with its two octets of size, in base64."},
    Advice{Errc::tpm_key_unsupported, "A TPM key of another kind than RSA or ECC in the usual sizes.",
           "Use the TCG's default templates."},
    Advice{Errc::endorsement_key_mismatch, "Another TPM than the enrolled one.",
           "Enroll the new endorsement key if the TPM or its board was replaced."},
    Advice{Errc::endorsement_certificate_missing, "The group admits by vendor certificate and the device sent none.",
           "Let the agent read the certificate from the TPM, or enroll the device singly."},
    Advice{Errc::endorsement_certificate_untrusted, "The certificate leads to none of the group's vendor roots.",
           "Add the vendor's root or intermediates to the group, if it is genuine."},
    Advice{Errc::endorsement_key_not_allowed, "The group has a list of keys and this one is not on it.",
           "Add the key's hash to the list, if the device is yours."},
    Advice{Errc::storage_key_not_bound_to_tpm, "The storage root key could leave its TPM.",
           "Use the TCG's default template for it."},
    Advice{Errc::storage_key_not_restricted, "The storage root key is no restricted decryption key.",
           "Use the TCG's default template for it."},
    Advice{Errc::challenge_missing, "A token of a TPM, but no challenge that it could answer.",
           "The device begins again, without a token."},
    Advice{Errc::challenge_expired, "The device answered a challenge after more than an hour.",
           "The device begins again, without a token."},
    Advice{Errc::registration_id_not_bound_to_tpm, "In a vendor group the id follows from the endorsement key.",
           "Leave the id to the agent."},
    Advice{Errc::registration_not_found, "The device has not registered, or its registration was deleted.",
           "Let it register."},
    Advice{Errc::operation_not_found, "The operation id is of an earlier registration, or of another device.",
           "Let the device register again."},
    Advice{Errc::group_not_found, "There is no enrollment group of this name.", "Check the name."},
    Advice{Errc::device_not_found, "There is no device of this name (admin API).", "Check the name."},
    Advice{Errc::hub_not_found, "There is no hub of this name (admin API).", "Check the name."},
    Advice{Errc::principal_not_found, "There is no such principal (admin API).", "Check the name."},
    Advice{Errc::policy_not_found, "There is no policy of this name (admin API).", "Check the name."},
    Advice{Errc::tenant_not_found, "There is no tenant of this name (admin API).", "Check the name."},
    Advice{Errc::ca_not_found, "There is no CA certificate of this name.", "Check the name."},
    Advice{Errc::certificate_not_found, "No certificate of this serial number was issued (admin API).",
           "Check the serial number."},
    Advice{Errc::credential_policy_not_found, "There is no credential policy of this name (admin API).",
           "Check the name."},
    Advice{Errc::already_exists, "A bulk `create` of what is there already.", "Use `update`, or another id."},
    Advice{Errc::revision_conflict, "Two writers changed one thing at the same moment.", "Read it again and repeat."},
    Advice{Errc::etag_mismatch, "It was changed since the caller read it.", "Read it again, then decide anew."},
    Advice{Errc::name_taken, "A device of another enrollment group has this registration id.",
           "Remove that device or its group first, or give the new device another id."},
    Advice{Errc::in_use, "Something else still refers to it (admin API).", "Remove what refers to it first."},
    Advice{Errc::no_hub_available, "The tenant has no hub that takes new devices, or none of the enrollment's does.",
           "Link a hub, or open one that is draining, unhealthy or full (`muster hub set`)."},
    Advice{Errc::hub_not_linked, "The enrollment names a hub that the tenant does not have.",
           "Link that hub, or correct the enrollment."},
    Advice{Errc::webhook_failed,
           "The webhook could not be reached, took too long, or answered something else than a hub.",
           "The record of the device has the webhook's status; try it with `muster webhook test`."},
    Advice{Errc::rate_limited, "More requests than the tenant or the device may send.",
           "Wait as long as the answer says; raise the tenant's limits if the load is wanted."},
    Advice{Errc::quota_exceeded, "The tenant has as many devices, enrollments or hubs as it may have.",
           "Remove what is not used, or raise the tenant's limits."},
    Advice{Errc::busy, "Many writers wanted one row, or the service is at its limits.",
           "Repeat after a while; devices do so by themselves."},
    Advice{Errc::draining, "The node is being stopped.", "Repeat; another node, or the new process, answers."},
    Advice{Errc::internal_error, "A fault of the service: a full disk, a lost database, an error in Muster.",
           "The log has the reason under the answer's `x-ms-request-id`."},
};

std::string print_page() {
  std::string page =
      "# Azure errors\n"
      "\n"
      "What Muster answers where it refuses a request of the Azure API. The body is `{\"errorCode\", \"trackingId\",\n"
      "\"message\", \"timestampUtc\"}`; the header `x-ms-error-code` repeats the code, and `x-ms-request-id` is what "
      "the log\n"
      "and `trackingId` have. The sentence says no more than a stranger may know: why exactly a device was refused "
      "stands in\n"
      "the log, in the audit trail and in the device's record, under the name in the third column. Where a retry may "
      "help\n"
      "without anybody acting, the answer has a `Retry-After`.\n"
      "\n"
      "Several names share a code, because Azure's clients know only that one.\n"
      "\n"
      "| Code | Status | Name | Sentence | Retry | Cause | What to do |\n"
      "|---|---|---|---|---|---|---|\n";
  for (const auto& entry : base::error_catalog()) {
    const Advice& advice = advices.at(static_cast<std::size_t>(entry.code));
    page += "| " + std::to_string(error_code(entry.code)) + " | " + std::to_string(http_status(entry.code)) + " | `" +
            std::string(entry.name) + "` | " + std::string(entry.sentence) + " | " + (entry.retry ? "yes" : "no") +
            " | " + advice.cause + " | " + advice.cure + " |\n";
  }
  return page;
}

constexpr const char* page_file = MUSTER_SOURCE_DIR "/docs/reference/azure-errors.md";

TEST(AzureErrorsPage, HasAdviceForEachRefusalInOrder) {
  ASSERT_EQ(advices.size(), base::error_catalog().size());
  for (const auto& entry : base::error_catalog())
    EXPECT_EQ(advices.at(static_cast<std::size_t>(entry.code)).code, entry.code) << entry.name;
}

TEST(AzureErrorsPage, EqualsWhatTheTablesPrint) {
  if (std::getenv("MUSTER_WRITE_REFERENCE") != nullptr) std::ofstream(page_file, std::ios::binary) << print_page();
  std::ifstream file(page_file, std::ios::binary);
  ASSERT_TRUE(file) << page_file;
  const std::string committed{std::istreambuf_iterator<char>(file), {}};
  EXPECT_EQ(committed, print_page());
}

}  // namespace
}  // namespace muster::dialect::azure
