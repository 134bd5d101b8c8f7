#include "dialect/admin/enrollment_json.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "dialect/admin/attestation_json.hpp"
#include "dialect/admin/fields.hpp"
#include "dialect/admin/resource.hpp"
#include "provisioning/entity_tag.hpp"
#include "provisioning/names.hpp"

namespace muster::dialect::admin {

namespace json = boost::json;
using base::Errc;
using base::Error;
using base::Result;
using provisioning::Draft;
using provisioning::Enrollment;
using provisioning::EnrollmentGroup;
using provisioning::EnrollmentTerms;

namespace {

constexpr std::size_t id_size_max = 128;
constexpr std::size_t host_name_size_max = 253;
constexpr std::size_t hubs_max = 100;
constexpr std::size_t url_size_max = 2048;

// Muster keeps this one as Azure's clients write it.
json::value custom_allocation_to_json(const provisioning::JsonText& text) {
  const json::value stored = stored_json(text);
  if (!stored.is_object()) return nullptr;
  const auto member = [&](std::string_view name) {
    const json::value* found = stored.get_object().if_contains(name);
    return found == nullptr ? json::value(nullptr) : *found;
  };
  return json::object{{"webhook_url", member("webhookUrl")}, {"api_version", member("apiVersion")}};
}

provisioning::JsonText read_custom_allocation(Fields& parent) {
  const json::object* object = parent.object("custom_allocation");
  if (object == nullptr) return {};
  Fields fields(*object, "custom_allocation.");
  json::object stored;
  stored["webhookUrl"] = fields.text("webhook_url", url_size_max);
  stored["apiVersion"] = fields.text("api_version", id_size_max);
  if (const auto status = fields.finish(); !status) parent.refuse("custom_allocation", status.error().detail());
  return json::serialize(stored);
}

void add_terms(json::object& object, const EnrollmentTerms& terms) {
  object["attestation"] = to_json(terms.attestation);
  object["enabled"] = terms.enabled;
  json::array hubs;
  for (const auto& hub : terms.hubs) hubs.emplace_back(hub.str());
  object["hubs"] = std::move(hubs);
  object["allocation_policy"] = nullptr;
  if (terms.allocation_policy) object["allocation_policy"] = provisioning::name_of(*terms.allocation_policy);
  object["reprovision_policy"] = json::object{{"update_hub_assignment", terms.reprovision.update_hub_assignment},
                                              {"migrate_device_data", terms.reprovision.migrate_device_data}};
  object["initial_twin"] = stored_json(terms.initial_twin);
  object["capabilities"] = json::object{{"iot_edge", terms.iot_edge}};
  object["credential_policy"] =
      terms.credential_policy.empty() ? json::value(nullptr) : json::value(terms.credential_policy);
  object["custom_allocation"] = custom_allocation_to_json(terms.custom_allocation);
}

template <class T>
void add_times(json::object& object, const T& row) {
  object["created_at"] = base::to_rfc3339(row.created_at);
  object["updated_at"] = base::to_rfc3339(row.updated_at);
  object["entity_tag"] = provisioning::entity_tag(row.created_at, row.revision);
}

void read_reprovision_policy(Fields& parent, provisioning::ReprovisionPolicy& policy) {
  const json::object* object = parent.object("reprovision_policy");
  if (object == nullptr) return;
  Fields fields(*object, "reprovision_policy.");
  policy.update_hub_assignment = fields.flag("update_hub_assignment", policy.update_hub_assignment);
  policy.migrate_device_data = fields.flag("migrate_device_data", policy.migrate_device_data);
  if (const auto status = fields.finish(); !status) parent.refuse("reprovision_policy:", status.error().detail());
}

bool read_iot_edge(Fields& parent) {
  const json::object* object = parent.object("capabilities");
  if (object == nullptr) return false;
  Fields fields(*object, "capabilities.");
  const bool iot_edge = fields.flag("iot_edge", false);
  if (const auto status = fields.finish(); !status) parent.refuse("capabilities:", status.error().detail());
  return iot_edge;
}

/// Everything that enrollments and groups have in common. What is wrong with single members stays in `fields`.
base::Status read_terms(Fields& fields, EnrollmentTerms& terms, provisioning::SymmetricKeys& keys) {
  const json::object* attestation = fields.object("attestation");
  if (attestation == nullptr) return Error(Errc::invalid_argument, "attestation is missing");
  if (const auto read = read_attestation(*attestation, terms.attestation, keys); !read) return read.error();

  terms.enabled = fields.flag("enabled", true);
  for (const auto& hub : fields.texts("hubs", hubs_max, host_name_size_max))
    terms.hubs.emplace_back(base::to_lower(hub));
  if (const std::string policy = fields.text("allocation_policy", id_size_max); !policy.empty()) {
    terms.allocation_policy = provisioning::from_name<provisioning::AllocationPolicy>(policy);
    if (!terms.allocation_policy) fields.refuse("allocation_policy", "is none of hashed, geo_latency, static, custom");
  }
  read_reprovision_policy(fields, terms.reprovision);
  terms.initial_twin = fields.object_text("initial_twin");
  terms.iot_edge = read_iot_edge(fields);
  terms.custom_allocation = read_custom_allocation(fields);
  terms.credential_policy = fields.text("credential_policy", id_size_max);
  for (const char* name : {"created_at", "updated_at", "entity_tag"}) fields.read_only(name);
  return fields.finish();
}

}  // namespace

json::object to_json(const Enrollment& enrollment) {
  json::object object;
  object["registration_id"] = enrollment.registration_id.str();
  object["device_id"] = enrollment.device_id.empty() ? json::value(nullptr) : json::value(enrollment.device_id);
  add_terms(object, enrollment.terms);
  object["device_information"] = stored_json(enrollment.device_information);
  add_times(object, enrollment);
  return object;
}

json::object to_json(const EnrollmentGroup& group) {
  json::object object;
  object["id"] = group.id.str();
  add_terms(object, group.terms);
  add_times(object, group);
  return object;
}

json::object to_json(const provisioning::SymmetricKeys& keys) {
  return {{"primary_key", base::to_base64(keys.primary.reveal())},
          {"secondary_key", base::to_base64(keys.secondary.reveal())}};
}

void add_keys(json::object& enrollment, const provisioning::SymmetricKeys& keys) {
  json::object& attestation = enrollment.at("attestation").as_object();
  for (auto& key : to_json(keys)) attestation[key.key()] = std::move(key.value());
}

Result<Draft<Enrollment>> read_enrollment(const json::object& body, base::TenantId tenant, base::RegistrationId id) {
  Draft<Enrollment> draft;
  Fields fields(body);
  const std::string named = fields.text("registration_id", id_size_max);
  if (!named.empty() && base::to_lower(named) != id.folded())
    fields.refuse("registration_id", "is not the one in the address");
  draft.wanted.tenant = std::move(tenant);
  draft.wanted.registration_id = std::move(id);
  draft.wanted.device_id = fields.text("device_id", id_size_max);
  draft.wanted.device_information = fields.object_text("device_information");
  if (const auto read = read_terms(fields, draft.wanted.terms, draft.keys); !read) return read.error();
  return draft;
}

Result<Draft<EnrollmentGroup>> read_group(const json::object& body, base::TenantId tenant, base::GroupId id) {
  Draft<EnrollmentGroup> draft;
  Fields fields(body);
  const std::string named = fields.text("id", id_size_max);
  if (!named.empty() && base::to_lower(named) != id.str()) fields.refuse("id", "is not the one in the address");
  draft.wanted.tenant = std::move(tenant);
  draft.wanted.id = std::move(id);
  if (const auto read = read_terms(fields, draft.wanted.terms, draft.keys); !read) return read.error();
  return draft;
}

}  // namespace muster::dialect::admin
