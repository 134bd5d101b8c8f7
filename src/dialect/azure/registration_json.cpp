#include "dialect/azure/registration_json.hpp"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <stdexcept>

#include "base/clock.hpp"
#include "dialect/azure/errors.hpp"
#include "provisioning/entity_tag.hpp"

namespace muster::dialect::azure {

using provisioning::AttestationKind;
using provisioning::RegistrationStatus;
using provisioning::RegistrationSubstatus;

namespace {

const char* status_name(RegistrationStatus status) {
  switch (status) {
    case RegistrationStatus::unassigned:
      return "unassigned";
    case RegistrationStatus::assigning:
      return "assigning";
    case RegistrationStatus::assigned:
      return "assigned";
    case RegistrationStatus::failed:
      return "failed";
    case RegistrationStatus::disabled:
      return "disabled";
  }
  throw std::logic_error("unknown registration status");
}

const char* substatus_name(RegistrationSubstatus substatus) {
  switch (substatus) {
    case RegistrationSubstatus::initial_assignment:
      return "initialAssignment";
    case RegistrationSubstatus::device_data_migrated:
      return "deviceDataMigrated";
    case RegistrationSubstatus::device_data_reset:
      return "deviceDataReset";
    case RegistrationSubstatus::reprovisioned_to_initial_assignment:
      return "reprovisionedToInitialAssignment";
  }
  throw std::logic_error("unknown registration substatus");
}

/// What the device attested with, under the member that Azure has for it.
void add_attestation(boost::json::object& state, const provisioning::Device& device, AttestationKind attestation,
                     const std::optional<base::Bytes>& authentication_key) {
  boost::json::object proof;
  if (device.enrollment.is_group) proof["enrollmentGroupId"] = device.enrollment.id;
  switch (attestation) {
    case AttestationKind::symmetric_key:
      state["symmetricKey"] = std::move(proof);
      break;
    case AttestationKind::x509:
      state["x509"] = std::move(proof);
      break;
    case AttestationKind::tpm:
    case AttestationKind::tpm_vendor:
      if (authentication_key) proof["authenticationKey"] = base::to_base64(*authentication_key);
      state["tpm"] = std::move(proof);
      break;
  }
}

/// Why it failed, in the words that a refusal would have, and what the device may know besides.
void add_failure(boost::json::object& state, const provisioning::Registration& registration) {
  const auto catalog = base::error_catalog();
  const auto entry = std::ranges::find(catalog, registration.failure, &base::ErrorEntry::name);
  const base::Errc code = entry == catalog.end() ? base::Errc::internal_error : entry->code;
  std::string message(base::describe(code).sentence);
  // Azure's clients look for the webhook's status at the end of the text.
  if (!registration.failure_detail.empty()) {
    message.pop_back();
    message += " with " + registration.failure_detail;
  }
  state["errorCode"] = error_code(code);
  state["errorMessage"] = message;
}

}  // namespace

boost::json::object registration_state(const provisioning::Device& device,
                                       const provisioning::Registration& registration,
                                       const std::optional<base::Bytes>& authentication_key) {
  boost::json::object state;
  state["registrationId"] = device.name.str();
  state["createdDateTimeUtc"] = base::to_rfc3339(registration.created_at);
  if (registration.status == RegistrationStatus::assigned) {
    state["assignedHub"] = registration.hub.str();
    state["deviceId"] = device.hub_device_id;
    state["substatus"] = substatus_name(registration.substatus);
  }
  state["status"] = status_name(registration.status);
  state["lastUpdatedDateTimeUtc"] = base::to_rfc3339(registration.updated_at);
  state["etag"] = base::to_base64(
      base::view(quoted_etag(provisioning::entity_tag(registration.created_at, registration.revision))));
  add_attestation(state, device, registration.attestation, authentication_key);
  if (registration.status == RegistrationStatus::failed) add_failure(state, registration);
  if (registration.status == RegistrationStatus::assigned && !registration.returned_payload.empty())
    state["payload"] = boost::json::parse(registration.returned_payload);
  return state;
}

std::string quoted_etag(const std::string& entity_tag) { return "\"" + base::to_base64(base::view(entity_tag)) + "\""; }

std::string entity_tag_of(std::string_view if_match) {
  std::string_view text = if_match;
  if (text.starts_with("W/")) text.remove_prefix(2);
  while (text.size() >= 2 && text.front() == '"' && text.back() == '"') text = text.substr(1, text.size() - 2);
  if (text == "*") return "*";
  const auto decoded = base::from_base64(text);
  if (!decoded) return std::string(if_match);
  const std::string_view inner = base::text_view(*decoded);
  // A registration's ETag is the base64 of a quoted one.
  if (inner.size() >= 2 && inner.front() == '"' && inner.back() == '"') return entity_tag_of(inner);
  return std::string(inner);
}

}  // namespace muster::dialect::azure
