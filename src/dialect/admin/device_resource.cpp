#include "dialect/admin/device_resource.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "dialect/admin/device_json.hpp"
#include "dialect/admin/refusal_json.hpp"

namespace muster::dialect::admin {

namespace json = boost::json;
using base::Errc;
using base::Error;
using provisioning::Action;
using provisioning::EnrollmentReference;

namespace {

/// Whose devices a list is about: `group` or `enrollment` of the query, or the principal's scope.
Result<std::optional<EnrollmentReference>> filter_of(const Call& call) {
  const auto group = net::query_parameter(call.request.query, "group");
  const auto enrollment = net::query_parameter(call.request.query, "enrollment");
  if (group && enrollment) return Error(Errc::invalid_argument, "both group and enrollment are given");
  std::optional<EnrollmentReference> filter;
  if (group) filter = EnrollmentReference{true, base::to_lower(*group)};
  if (enrollment) filter = EnrollmentReference{false, base::to_lower(*enrollment)};
  if (call.principal.scope.empty()) return filter;

  if (!filter) return std::optional(EnrollmentReference{true, call.principal.scope});
  const auto asked_group = filter->is_group ? std::optional(filter->id) : std::nullopt;
  if (const auto allowed = provisioning::check_scope(call.principal, asked_group); !allowed) return allowed.error();
  return filter;
}

base::Status check_scope_of(const Call& call, const provisioning::DeviceRecord& record) {
  const EnrollmentReference& enrollment = record.device.enrollment;
  return provisioning::check_scope(call.principal, enrollment.is_group ? std::optional(enrollment.id) : std::nullopt);
}

}  // namespace

std::vector<Route> DeviceResource::routes() {
  const auto by_handler = ScopeCheck::by_handler;
  return {
      {"GET", "devices", Action::read_devices, by_handler, [this](Call call) { return list(std::move(call)); }},
      {"GET", "devices/{id}", Action::read_devices, by_handler, [this](Call call) { return show(std::move(call)); }},
      {"GET", "devices/{id}/refusals", Action::read_devices, by_handler,
       [this](Call call) { return list_refusals(std::move(call)); }},
      {"DELETE", "devices/{id}", Action::remove_devices, by_handler,
       [this](Call call) { return remove(std::move(call)); }},
  };
}

Task<Result<Answer>> DeviceResource::list(Call call) {
  const auto page = page_of(call);
  if (!page) co_return page.error();
  const auto filter = filter_of(call);
  if (!filter) co_return filter.error();
  const auto records = co_await store_.list_devices(call.tenant, *filter, *page);
  json::array items;
  for (const auto& record : records) items.emplace_back(to_json(record));
  const bool full = records.size() == page->limit;
  co_return page_answer(std::move(items), full ? records.back().device.name.folded() : std::string());
}

Task<Result<Answer>> DeviceResource::show(Call call) {
  const auto record = co_await devices_.get(call.tenant, call.id);
  if (!record) co_return record.error();
  if (const auto allowed = check_scope_of(call, *record); !allowed) co_return allowed.error();
  co_return answer(to_json(*record));
}

Task<Result<Answer>> DeviceResource::list_refusals(Call call) {
  RefusalReport report;
  auto record = co_await devices_.get(call.tenant, call.id);
  if (record) {
    if (const auto allowed = check_scope_of(call, *record); !allowed) co_return allowed.error();
    report.registration_id = record->device.name;
    report.device = std::move(*record);
  } else {
    // Whoever asks about a device that never registered knows its name.
    const auto name = base::RegistrationId::parse(call.id);
    if (!name) co_return Error(Errc::invalid_registration_id, call.id.substr(0, 256));
    report.registration_id = *name;
  }
  const std::string folded = report.registration_id.folded();
  report.refusals = co_await store_.list_refusals(call.tenant, folded);

  const std::string& scope = call.principal.scope;
  if (!scope.empty() && !report.device) {
    // Of a name that its group did not let in, only what was held against the group is the principal's affair.
    std::erase_if(report.refusals, [&](const auto& refusal) { return refusal.enrollment != "group " + scope; });
    if (report.refusals.empty()) co_return provisioning::check_scope(call.principal, std::nullopt).error();
    base::GroupId group(scope);
    report.group = co_await store_.find_group(call.tenant, std::move(group));
  } else if (scope.empty()) {
    report.enrollment = co_await store_.find_enrollment(call.tenant, folded);
  }
  if (report.device && report.device->device.enrollment.is_group && !report.enrollment) {
    base::GroupId group(report.device->device.enrollment.id);
    report.group = co_await store_.find_group(call.tenant, std::move(group));
  }
  co_return answer(to_json(report));
}

Task<Result<Answer>> DeviceResource::remove(Call call) {
  const auto precondition = precondition_of(call);
  if (!precondition) co_return precondition.error();
  auto record = co_await devices_.get(call.tenant, call.id);
  if (!record) co_return record.error();
  if (const auto allowed = check_scope_of(call, *record); !allowed) co_return allowed.error();
  const auto removed = co_await devices_.remove(std::move(*record), *precondition, call.actor());
  if (!removed) co_return removed.error();
  co_return no_content();
}

}  // namespace muster::dialect::admin
