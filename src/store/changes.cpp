#include "store/changes.hpp"

#include <array>
#include <stdexcept>
#include <type_traits>

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
constexpr bool is_part_of_a_basis =
    std::is_same_v<Row, provisioning::Tenant> || std::is_same_v<Row, provisioning::EnrollmentGroup> ||
    std::is_same_v<Row, provisioning::Hub> || std::is_same_v<Row, provisioning::CaCertificate>;

/// Where such a row was written the tenant's basis is another one from now on.
template <class Row>
void stamp_basis(Database& database, const Row& row) {
  if constexpr (is_part_of_a_basis<Row>) {
    static const std::string sql = "UPDATE tenant SET basis = basis + 1 WHERE tenant = $1";
    const Value tenant = to_value(tenant_of(row));
    if (const auto stamped = database.execute(sql, {&tenant, 1}); !stamped)
      throw std::runtime_error("stamping a basis: " + base::to_string(stamped.error()));
  }
}

template <class Row>
Status put(Database& database, const Row& row) {
  ValueFields fields;
  Mapping<Row>::each(fields, row);
  // In one statement it is compared and written, so of two writers of one revision exactly one wins.
  const std::string* sql = &statements_of<Row>().insert;
  if (row.revision != 0) {
    fields.add(row.revision);
    sql = &statements_of<Row>().update;
  }
  if (Status written = write(database, row, *sql, fields); !written) return written;
  stamp_basis(database, row);
  return base::Done{};
}

/// What the statements take that look at the key and the expected revision only.
template <class Row>
ValueFields key_and_revision(const Row& row) {
  ValueFields fields;
  Mapping<Row>::each(fields, row);
  fields.keep_keys();
  fields.add(row.revision);
  return fields;
}

template <class Row>
Status remove(Database& database, const Row& row) {
  ValueFields fields = key_and_revision(row);
  if (Status removed = write(database, row, statements_of<Row>().remove, fields); !removed) return removed;
  stamp_basis(database, row);
  return base::Done{};
}

template <class Row>
Status keep(Database& database, const Row& row) {
  ValueFields fields = key_and_revision(row);
  if constexpr (requires { row.created_at; }) fields.add(to_value(row.created_at));
  if (!database.holds(statements_of<Row>().keep, fields.values()))
    return conflict(Mapping<Row>::table, fields, row.revision);
  return base::Done{};
}

/// For each kind of row that there is.
template <class AnyRow, std::size_t index = 0>
void remove_rows_of(Database& database, const base::TenantId& tenant) {
  if constexpr (index < std::variant_size_v<AnyRow>) {
    using Row = std::variant_alternative_t<index, AnyRow>;
    static const std::string sql = "DELETE FROM " + std::string(Mapping<Row>::table) + " WHERE tenant = $1";
    const Value value = to_value(tenant);
    if (const auto removed = database.execute(sql, {&value, 1}); !removed)
      throw std::runtime_error("removing rows: " + base::to_string(removed.error()));
    remove_rows_of<AnyRow, index + 1>(database, tenant);
  }
}

struct Apply {
  Database& database;

  Status operator()(const provisioning::Put& change) const {
    return std::visit([this](const auto& row) { return put(database, row); }, change.row);
  }
  Status operator()(const provisioning::Remove& change) const {
    return std::visit([this](const auto& row) { return remove(database, row); }, change.row);
  }
  Status operator()(const provisioning::Keep& change) const {
    return std::visit([this](const auto& row) { return keep(database, row); }, change.row);
  }
};

}  // namespace

void require_one_tenant(const provisioning::Write& write) {
  const auto require = [&write](const auto& row) {
    if (tenant_of(row) != write.tenant) throw std::logic_error("a write holds a row of another tenant");
  };
  for (const provisioning::Change& change : write.changes) {
    const auto visit_row = [&require](const auto& any_change) { std::visit(require, any_change.row); };
    std::visit(visit_row, change);
  }
}

Status remove_all_rows(Database& database, const provisioning::Tenant& tenant) {
  if (Status removed = remove(database, tenant); !removed) return removed;
  remove_rows_of<provisioning::AnyRow>(database, tenant.id);
  return base::Done{};
}

Status keep_basis(Database& database, const base::TenantId& tenant, const provisioning::BasisStamp& stamp) {
  static const std::string sql = "SELECT basis FROM tenant WHERE tenant = $1 AND basis = $2 AND created_at = $3";
  const std::array values{to_value(tenant), to_value(stamp.number), to_value(stamp.tenant_created_at)};
  if (database.holds(sql, values)) return base::Done{};
  return base::Error(base::Errc::revision_conflict, "what the write was decided upon has changed");
}

Status apply(Database& database, const provisioning::Change& change) { return std::visit(Apply{database}, change); }

}  // namespace muster::store
