#include "store/fixture_test.hpp"

#include <deque>
#include <mutex>

#include "store/sqlite/sqlite_database.hpp"

namespace muster::store {

std::unique_ptr<SqlStore> SqliteBackend::open() { return open_store(file(), random_); }

std::unique_ptr<Database> SqliteBackend::connect(Access access) const { return connect_to_sqlite(file(), access); }

std::filesystem::path SqliteBackend::file() const { return directory_.path() / "muster.db"; }

void rethrow(const std::exception_ptr& fault) {
  if (fault) std::rethrow_exception(fault);
}

asio::io_context& lasting_context() {
  static std::mutex mutex;
  static std::deque<asio::io_context> contexts;
  const std::lock_guard lock(mutex);
  return contexts.emplace_back();
}

RegistrationId registration_id(std::string_view text) { return *RegistrationId::parse(text); }

Uuid uuid(std::uint8_t number) {
  Bytes bytes(16, 0x40);
  bytes[0] = number;
  return Uuid::from_bytes(bytes);
}

Hub hub(const TenantId& tenant, const std::string& name) {
  Hub row;
  row.tenant = tenant;
  row.name = HubName(name);
  row.created_at = row.updated_at = noon;
  return row;
}

Tenant tenant(const TenantId& id, const std::string& id_scope) {
  Tenant row;
  row.id = id;
  row.name = "Plant";
  row.id_scope = IdScope(id_scope);
  row.created_at = noon;
  return row;
}

Device device(const TenantId& of, std::uint8_t number, std::string_view name) {
  Device row;
  row.tenant = of;
  row.id = uuid(number);
  row.name = registration_id(name);
  row.hub_device_id = "hub-name";
  row.enrollment = {.is_group = true, .id = "group-1"};
  row.created_at = row.updated_at = noon;
  return row;
}

Enrollment enrollment(const TenantId& of, std::string_view id) {
  Enrollment row;
  row.tenant = of;
  row.registration_id = registration_id(id);
  row.created_at = row.updated_at = noon;
  return row;
}

AuditEvent event(const std::string& action) {
  AuditEvent happened;
  happened.actor = "principal:ann";
  happened.action = action;
  happened.subject = "hub:one";
  happened.detail = "because";
  happened.personal = "192.0.2.7";
  happened.at = noon;
  return happened;
}

Write write_of(const TenantId& of, std::vector<Change> changes, std::vector<AuditEvent> audit) {
  Write write;
  write.tenant = of;
  write.changes = std::move(changes);
  write.audit = std::move(audit);
  return write;
}

std::string outcome(const Status& status) {
  return status ? "accepted" : std::string(base::describe(status.error().code()).name);
}

}  // namespace muster::store
