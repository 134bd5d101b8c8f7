#include "dialect/admin/audit_resource.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <charconv>

namespace muster::dialect::admin {

namespace json = boost::json;
using base::Errc;
using base::Error;
using provisioning::Action;

namespace {

json::object to_json(const provisioning::Store::AuditRow& row) {
  const provisioning::AuditEvent& event = row.record.event;
  return {{"number", row.number},
          {"at", base::to_rfc3339(event.at)},
          {"actor", event.actor},
          {"action", event.action},
          {"subject", event.subject},
          {"outcome", event.outcome},
          {"detail", event.detail},
          {"address", event.personal},
          {"writer", row.record.writer.str()},
          {"sequence", row.record.sequence},
          {"digest", base::to_hex(row.record.digest)}};
}

/// Newest first, so what follows the last one seen came before it.
Result<std::optional<std::int64_t>> before_of(const std::string& after) {
  if (after.empty()) return std::optional<std::int64_t>();
  std::int64_t number = 0;
  const auto read = std::from_chars(after.data(), after.data() + after.size(), number);
  if (read.ec != std::errc() || read.ptr != after.data() + after.size())
    return Error(Errc::invalid_argument, "after is not the number of an audit record");
  return std::optional(number);
}

}  // namespace

std::vector<Route> AuditResource::routes() {
  return {{"GET", "audit", Action::read_audit, ScopeCheck::refuse_scoped,
           [this](Call call) { return list(std::move(call)); }}};
}

Task<Result<Answer>> AuditResource::list(Call call) {
  const auto page = page_of(call);
  if (!page) co_return page.error();
  const auto before = before_of(page->after);
  if (!before) co_return before.error();
  const auto rows = co_await store_.list_audit(call.tenant, *before, page->limit);
  json::array items;
  for (const auto& row : rows) items.emplace_back(to_json(row));
  co_return page_answer(std::move(items), rows.size() == page->limit ? std::to_string(rows.back().number) : "");
}

}  // namespace muster::dialect::admin
