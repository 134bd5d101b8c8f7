#include "dialect/admin/refusal_json.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "dialect/error_advice.hpp"
#include "provisioning/names.hpp"

namespace muster::dialect::admin {

namespace json = boost::json;
using namespace provisioning;

namespace {

bool has_registered_since(const RefusalReport& report, base::TimePoint time) {
  return report.device && report.device->registration && report.device->registration->updated_at > time;
}

/// What the catalogue says of the refusal; of a name that an earlier release gave, nothing.
void add_advice(json::object& object, const std::string& code) {
  const auto catalog = base::error_catalog();
  const auto entry = std::ranges::find(catalog, code, &base::ErrorEntry::name);
  if (entry == catalog.end()) return;
  const ErrorAdvice& advice = advice_of(entry->code);
  object["message"] = entry->sentence;
  object["cause"] = advice.cause;
  object["cure"] = advice.cure;
}

json::object to_object(const RefusalRecord& refusal, const RefusalReport& report) {
  json::object object;
  object["at"] = base::to_rfc3339(refusal.at);
  object["last_at"] = base::to_rfc3339(refusal.last_at);
  object["count"] = refusal.count;
  object["address"] = refusal.address;
  object["transport"] = name_of(refusal.transport);
  object["attestation"] = refusal.attestation;
  object["enrollment"] = refusal.enrollment.empty() ? json::value(nullptr) : json::value(refusal.enrollment);
  object["code"] = refusal.code;
  object["detail"] = refusal.detail;
  object["message"] = nullptr;
  object["cause"] = nullptr;
  object["cure"] = nullptr;
  add_advice(object, refusal.code);
  object["registered_since"] = has_registered_since(report, refusal.last_at);
  return object;
}

json::value device_of(const RefusalReport& report) {
  if (!report.device) return nullptr;
  const Device& device = report.device->device;
  json::object object;
  object["id"] = device.id.str();
  object["enrollment"] = (device.enrollment.is_group ? "group " : "enrollment ") + device.enrollment.id;
  object["status"] = nullptr;
  object["hub"] = nullptr;
  object["registered_at"] = nullptr;
  if (const auto& registration = report.device->registration) {
    object["status"] = name_of(registration->status);
    if (!registration->hub.empty()) object["hub"] = registration->hub.str();
    object["registered_at"] = base::to_rfc3339(registration->updated_at);
  }
  return object;
}

json::value enrollment_of(const char* kind, const std::string& id, const EnrollmentTerms& terms) {
  return json::object{
      {"kind", kind}, {"id", id}, {"enabled", terms.enabled}, {"attestation", name_of(kind_of(terms.attestation))}};
}

}  // namespace

json::object to_json(const RefusalReport& report) {
  json::array refusals;
  for (const auto& refusal : report.refusals) refusals.emplace_back(to_object(refusal, report));
  json::object object;
  object["registration_id"] = report.registration_id.str();
  object["refusals"] = std::move(refusals);
  object["device"] = device_of(report);
  object["enrollment"] = nullptr;
  if (report.enrollment)
    object["enrollment"] =
        enrollment_of("individual", report.enrollment->registration_id.str(), report.enrollment->terms);
  else if (report.group)
    object["enrollment"] = enrollment_of("group", report.group->id.str(), report.group->terms);
  return object;
}

}  // namespace muster::dialect::admin
