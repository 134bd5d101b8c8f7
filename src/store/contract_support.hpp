// What the store's contract tests stand on: the backends, sample rows, and a way to run coroutines to their end.
// Included by tests only.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <deque>
#include <filesystem>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>

#include "base/temporary_directory_test.hpp"
#include "store/open.hpp"
#include "store/sqlite/sqlite_database.hpp"

namespace muster::store {

namespace asio = boost::asio;
using namespace provisioning;

/// A database of its own in a directory that goes with it.
class SqliteBackend {
 public:
  std::unique_ptr<SqlStore> open() { return open_store(file(), random_); }
  std::unique_ptr<Database> connect(Access access) const { return connect_to_sqlite(file(), access); }
  std::filesystem::path file() const { return directory_.path() / "muster.db"; }

 private:
  base::SystemRandom random_;
  base::TemporaryDirectory directory_;
};

/// PostgreSQL joins this list.
using Backends = ::testing::Types<SqliteBackend>;

template <class T>
base::Task<void> store_result(base::Task<T> task, std::optional<T>& result) {
  result.emplace(co_await std::move(task));
}
inline void rethrow(const std::exception_ptr& fault) {
  if (fault) std::rethrow_exception(fault);
}

/// A context that lasts to the end of the process: the writer may still be returning from handing over a result when
/// the coroutine that waited for it is done already.
inline asio::io_context& lasting_context() {
  static std::mutex mutex;
  static std::deque<asio::io_context> contexts;
  const std::lock_guard lock(mutex);
  return contexts.emplace_back();
}

/// Runs a coroutine on an io_context of its own.
template <class T>
T run(base::Task<T> task) {
  asio::io_context& context = lasting_context();
  std::optional<T> result;
  asio::co_spawn(context, store_result(std::move(task), result), rethrow);
  context.run();
  return *std::move(result);
}

inline const TenantId tenant_a{"tenant-a"};
inline const TenantId tenant_b{"tenant-b"};
inline const TimePoint noon = base::from_unix_seconds(1764000000);

inline RegistrationId registration_id(std::string_view text) { return *RegistrationId::parse(text); }
/// A different one for each number.
inline Uuid uuid(std::uint8_t number) {
  Bytes bytes(16, 0x40);
  bytes[0] = number;
  return Uuid::from_bytes(bytes);
}

inline Hub hub(const TenantId& tenant, const std::string& name) {
  Hub row;
  row.tenant = tenant;
  row.name = HubName(name);
  row.created_at = row.updated_at = noon;
  return row;
}
inline Tenant tenant(const TenantId& id, const std::string& id_scope) {
  Tenant row;
  row.id = id;
  row.name = "Plant";
  row.id_scope = IdScope(id_scope);
  row.created_at = noon;
  return row;
}
inline Device device(const TenantId& of, std::uint8_t number, std::string_view name) {
  Device row;
  row.tenant = of;
  row.id = uuid(number);
  row.name = registration_id(name);
  row.hub_device_id = "hub-name";
  row.enrollment = {.is_group = true, .id = "group-1"};
  row.created_at = row.updated_at = noon;
  return row;
}
inline Enrollment enrollment(const TenantId& of, std::string_view id) {
  Enrollment row;
  row.tenant = of;
  row.registration_id = registration_id(id);
  row.created_at = row.updated_at = noon;
  return row;
}
inline AuditEvent event(const std::string& action) {
  AuditEvent happened;
  happened.actor = "principal:ann";
  happened.action = action;
  happened.subject = "hub:one";
  happened.detail = "because";
  happened.personal = "192.0.2.7";
  happened.at = noon;
  return happened;
}

inline Write write_of(const TenantId& of, std::vector<Change> changes, std::vector<AuditEvent> audit = {}) {
  Write write;
  write.tenant = of;
  write.changes = std::move(changes);
  write.audit = std::move(audit);
  return write;
}

template <class Backend>
class StoreTest : public ::testing::Test {
 protected:
  Status commit(Write write) { return run(store->commit(std::move(write))); }
  Status put(const TenantId& of, Row row) { return commit(write_of(of, {Put{std::move(row)}})); }
  Status remove(const TenantId& of, Row row) { return commit(write_of(of, {Remove{std::move(row)}})); }

  Backend backend;
  std::unique_ptr<SqlStore> store = backend.open();
};

inline std::string outcome(const Status& status) {
  return status ? "accepted" : std::string(base::describe(status.error().code()).name);
}

}  // namespace muster::store
