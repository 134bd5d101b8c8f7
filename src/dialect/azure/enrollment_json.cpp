#include "dialect/azure/enrollment_json.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "dialect/azure/attestation_json.hpp"
#include "dialect/azure/registration_json.hpp"
#include "provisioning/entity_tag.hpp"

namespace muster::dialect::azure {

using base::Errc;
using base::Error;
using base::Result;
using base::Status;
using provisioning::AllocationPolicy;
using provisioning::EnrollmentTerms;

namespace {

constexpr std::size_t json_text_size_max = 32 * 1024;
constexpr std::size_t host_name_size_max = 253;

constexpr std::pair<AllocationPolicy, const char*> allocation_policies[] = {
    {AllocationPolicy::hashed, "hashed"},
    {AllocationPolicy::geo_latency, "geoLatency"},
    {AllocationPolicy::static_hub, "static"},
    {AllocationPolicy::custom, "custom"},
};

Error invalid(std::string detail) { return Error(Errc::invalid_argument, std::move(detail)); }

const boost::json::value* member(const boost::json::object& object, std::string_view name) {
  const auto* found = object.if_contains(name);
  return found == nullptr || found->is_null() ? nullptr : found;
}

Result<std::string> text_member(const boost::json::object& object, const char* name) {
  const auto* found = member(object, name);
  if (found == nullptr) return std::string{};
  if (!found->is_string()) return invalid(std::string(name) + " is not a text");
  return std::string(found->get_string());
}

Result<bool> flag_member(const boost::json::object& object, const char* name, bool otherwise) {
  const auto* found = member(object, name);
  if (found == nullptr) return otherwise;
  if (!found->is_bool()) return invalid(std::string(name) + " is neither true nor false");
  return found->get_bool();
}

Result<provisioning::JsonText> object_member(const boost::json::object& object, const char* name) {
  const auto* found = member(object, name);
  if (found == nullptr) return provisioning::JsonText{};
  if (!found->is_object()) return invalid(std::string(name) + " is not an object");
  auto text = boost::json::serialize(*found);
  if (text.size() > json_text_size_max) return invalid(std::string(name) + " is larger than 32 KiB");
  return text;
}

Status read_hubs(const boost::json::object& json, EnrollmentTerms& terms) {
  if (const auto* hubs = member(json, "iotHubs")) {
    if (!hubs->is_array()) return invalid("iotHubs is not an array");
    for (const auto& hub : hubs->get_array()) {
      if (!hub.is_string() || hub.get_string().empty() || hub.get_string().size() > host_name_size_max)
        return invalid("iotHubs holds something that is no host name");
      terms.hubs.emplace_back(base::to_lower(hub.get_string()));
    }
  }
  // The older spelling of one static hub.
  const auto host = text_member(json, "iotHubHostName");
  if (!host) return host.error();
  if (host->size() > host_name_size_max) return invalid("iotHubHostName is no host name");
  if (terms.hubs.empty() && !host->empty()) terms.hubs.emplace_back(base::to_lower(*host));
  return base::Done{};
}

Status read_policies(const boost::json::object& json, EnrollmentTerms& terms) {
  const auto status = text_member(json, "provisioningStatus");
  if (!status) return status.error();
  if (!status->empty() && !base::equal_ignoring_case(*status, "enabled") &&
      !base::equal_ignoring_case(*status, "disabled"))
    return invalid("provisioningStatus is neither enabled nor disabled");
  terms.enabled = !base::equal_ignoring_case(*status, "disabled");

  const auto allocation = text_member(json, "allocationPolicy");
  if (!allocation) return allocation.error();
  if (!allocation->empty()) {
    for (const auto& [policy, name] : allocation_policies)
      if (base::equal_ignoring_case(*allocation, name)) terms.allocation_policy = policy;
    if (!terms.allocation_policy) return invalid("allocationPolicy is none of hashed, geoLatency, static, custom");
  }

  if (const auto* reprovision = member(json, "reprovisionPolicy")) {
    if (!reprovision->is_object()) return invalid("reprovisionPolicy is not an object");
    const auto update = flag_member(reprovision->get_object(), "updateHubAssignment", true);
    if (!update) return update.error();
    const auto migrate = flag_member(reprovision->get_object(), "migrateDeviceData", true);
    if (!migrate) return migrate.error();
    terms.reprovision = {.update_hub_assignment = *update, .migrate_device_data = *migrate};
  }

  if (const auto* capabilities = member(json, "capabilities")) {
    if (!capabilities->is_object()) return invalid("capabilities is not an object");
    const auto iot_edge = flag_member(capabilities->get_object(), "iotEdge", false);
    if (!iot_edge) return iot_edge.error();
    terms.iot_edge = *iot_edge;
  }
  return base::Done{};
}

/// What individual enrollments and groups have in common, into `draft`.
template <class T>
Status read_terms(const boost::json::object& json, bool is_group, provisioning::Draft<T>& draft) {
  EnrollmentTerms& terms = draft.wanted.terms;
  const auto* mechanism = member(json, "attestation");
  if (mechanism == nullptr) return invalid("attestation is missing");
  auto attestation = read_attestation(*mechanism, is_group);
  if (!attestation) return attestation.error();
  terms.attestation = std::move(attestation->attestation);
  draft.keys = std::move(attestation->keys);

  if (auto hubs = read_hubs(json, terms); !hubs) return hubs;
  if (auto policies = read_policies(json, terms); !policies) return policies;
  auto twin = object_member(json, "initialTwin");
  if (!twin) return twin.error();
  terms.initial_twin = std::move(*twin);
  auto credential_policy = text_member(json, "credentialPolicyName");
  if (!credential_policy) return credential_policy.error();
  terms.credential_policy = std::move(*credential_policy);
  auto custom = object_member(json, "customAllocationDefinition");
  if (!custom) return custom.error();
  terms.custom_allocation = std::move(*custom);
  return base::Done{};
}

void add_terms(boost::json::object& json, const EnrollmentTerms& terms) {
  json["capabilities"] = {{"iotEdge", terms.iot_edge}};
  if (!terms.initial_twin.empty()) json["initialTwin"] = boost::json::parse(terms.initial_twin);
  json["provisioningStatus"] = terms.enabled ? "enabled" : "disabled";
  json["reprovisionPolicy"] = {{"updateHubAssignment", terms.reprovision.update_hub_assignment},
                               {"migrateDeviceData", terms.reprovision.migrate_device_data}};
  if (terms.allocation_policy)
    for (const auto& [policy, name] : allocation_policies)
      if (policy == *terms.allocation_policy) json["allocationPolicy"] = name;
  boost::json::array hubs;
  for (const auto& hub : terms.hubs) hubs.emplace_back(hub.str());
  if (!hubs.empty()) json["iotHubs"] = std::move(hubs);
  if (!terms.credential_policy.empty()) json["credentialPolicyName"] = terms.credential_policy;
  if (!terms.custom_allocation.empty())
    json["customAllocationDefinition"] = boost::json::parse(terms.custom_allocation);
}

template <class T>
void add_times(boost::json::object& json, const T& enrollment) {
  json["createdDateTimeUtc"] = base::to_rfc3339(enrollment.created_at);
  json["lastUpdatedDateTimeUtc"] = base::to_rfc3339(enrollment.updated_at);
  json["etag"] = quoted_etag(provisioning::entity_tag(enrollment.created_at, enrollment.revision));
}

}  // namespace

std::optional<provisioning::GroupId> parse_group_id(std::string_view text) {
  const auto id = provisioning::RegistrationId::parse(text);
  if (!id) return std::nullopt;
  return provisioning::GroupId(id->folded());
}

Result<provisioning::Draft<provisioning::Enrollment>> read_enrollment(const boost::json::object& json,
                                                                      const provisioning::TenantId& tenant,
                                                                      const provisioning::RegistrationId& id) {
  provisioning::Draft<provisioning::Enrollment> draft;
  draft.wanted.tenant = tenant;
  draft.wanted.registration_id = id;
  if (auto terms = read_terms(json, false, draft); !terms) return terms.error();
  auto device_id = text_member(json, "deviceId");
  if (!device_id) return device_id.error();
  draft.wanted.device_id = std::move(*device_id);
  auto information = object_member(json, "optionalDeviceInformation");
  if (!information) return information.error();
  draft.wanted.device_information = std::move(*information);
  return draft;
}

Result<provisioning::Draft<provisioning::EnrollmentGroup>> read_group(const boost::json::object& json,
                                                                      const provisioning::TenantId& tenant,
                                                                      const provisioning::GroupId& id) {
  provisioning::Draft<provisioning::EnrollmentGroup> draft;
  draft.wanted.tenant = tenant;
  draft.wanted.id = id;
  if (auto terms = read_terms(json, true, draft); !terms) return terms.error();
  return draft;
}

boost::json::object write_enrollment(const provisioning::Enrollment& enrollment,
                                     const provisioning::SymmetricKeys* keys,
                                     const provisioning::DeviceRecord* record) {
  boost::json::object json;
  json["registrationId"] = enrollment.registration_id.str();
  if (!enrollment.device_id.empty()) json["deviceId"] = enrollment.device_id;
  if (record != nullptr && record->registration)
    json["registrationState"] = registration_state(record->device, *record->registration, std::nullopt);
  if (!enrollment.device_information.empty())
    json["optionalDeviceInformation"] = boost::json::parse(enrollment.device_information);
  json["attestation"] = write_attestation(enrollment.terms.attestation, false, keys);
  add_terms(json, enrollment.terms);
  add_times(json, enrollment);
  return json;
}

boost::json::object write_group(const provisioning::EnrollmentGroup& group, const provisioning::SymmetricKeys* keys) {
  boost::json::object json;
  json["enrollmentGroupId"] = group.id.str();
  json["attestation"] = write_attestation(group.terms.attestation, true, keys);
  add_terms(json, group.terms);
  add_times(json, group);
  return json;
}

}  // namespace muster::dialect::azure
