#include "store/changes.hpp"

#include <stdexcept>

#include "store/rows_device.hpp"
#include "store/rows_enrollment.hpp"
#include "store/rows_tenant.hpp"
#include "store/rows_trust.hpp"

namespace muster::store {
namespace {

const base::TenantId& tenant_of(const provisioning::Tenant& row) { return row.id; }
const base::TenantId& tenant_of(const auto& row) { return row.tenant; }

struct Describe {
  std::string operator()(std::nullptr_t) const { return "none"; }
  std::string operator()(std::int64_t number) const { return std::to_string(number); }
  std::string operator()(std::string_view text) const { return std::string(text); }
  std::string operator()(ByteView bytes) const { return base::to_hex(bytes); }
};

base::Error conflict(std::string_view table, ValueFields& fields, provisioning::Revision expected) {
  fields.keep_keys();
  std::string detail(table);
  for (const Value& key : fields.values()) detail += " " + std::visit(Describe{}, key);
  return {base::Errc::revision_conflict,
          detail + " is not at revision " + std::to_string(expected) + " any more, or its name is taken"};
}

template <class Row>
Status write(Database& database, const Row& row, const std::string& sql, ValueFields& fields) {
  const auto changed = database.execute(sql, fields.values());
  if (!changed || *changed == 0) return conflict(Mapping<Row>::table, fields, row.revision);
  return base::Done{};
}

template <class Row>
Status put(Database& database, const Row& row) {
  ValueFields fields;
  Mapping<Row>::each(fields, row);
  // In one statement it is compared and written, so of two writers of one revision exactly one wins.
  if (row.revision == 0) return write(database, row, statements_of<Row>().insert, fields);
  fields.add(row.revision);
  return write(database, row, statements_of<Row>().update, fields);
}

template <class Row>
Status remove(Database& database, const Row& row) {
  ValueFields fields;
  Mapping<Row>::each(fields, row);
  fields.keep_keys();
  fields.add(row.revision);
  return write(database, row, statements_of<Row>().remove, fields);
}

}  // namespace

void require_one_tenant(const provisioning::Write& write) {
  const auto require = [&write](const auto& row) {
    if (tenant_of(row) != write.tenant) throw std::logic_error("a write holds a row of another tenant");
  };
  for (const provisioning::Change& change : write.changes) {
    const auto visit_row = [&require](const auto& put_or_remove) { std::visit(require, put_or_remove.row); };
    std::visit(visit_row, change);
  }
}

Status apply(Database& database, const provisioning::Change& change) {
  if (const auto* wanted = std::get_if<provisioning::Put>(&change))
    return std::visit([&database](const auto& row) { return put(database, row); }, wanted->row);
  const provisioning::Row& unwanted = std::get<provisioning::Remove>(change).row;
  return std::visit([&database](const auto& row) { return remove(database, row); }, unwanted);
}

}  // namespace muster::store
