// What the store's contract tests stand on: the backends, sample rows, and a way to run coroutines to their end.
// Included by tests only.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <exception>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/run_task.hpp"
#include "base/temporary_directory_test.hpp"
#include "store/database.hpp"
#include "store/open.hpp"

namespace muster::store {

namespace asio = boost::asio;
using namespace provisioning;

/// A database of its own in a directory that goes with it.
class SqliteBackend {
 public:
  std::unique_ptr<SqlStore> open();
  std::unique_ptr<Database> connect(Access access) const;
  std::filesystem::path file() const;

 private:
  base::SystemRandom random_;
  base::TemporaryDirectory directory_;
};

/// PostgreSQL joins this list.
using Backends = ::testing::Types<SqliteBackend>;

void rethrow(const std::exception_ptr& fault);

/// A context that lasts to the end of the process: the writer may still be returning from handing over a result when
/// the coroutine that waited for it is done already.
asio::io_context& lasting_context();

/// Runs a coroutine on an io_context of its own.
template <class T>
T run(base::Task<T> task) {
  return base::run_task(lasting_context(), std::move(task));
}

inline const TenantId tenant_a{"tenant-a"};
inline const TenantId tenant_b{"tenant-b"};
inline const TimePoint noon = base::from_unix_seconds(1764000000);

RegistrationId registration_id(std::string_view text);
/// A different one for each number.
Uuid uuid(std::uint8_t number);

Hub hub(const TenantId& tenant, const std::string& name);
Tenant tenant(const TenantId& id, const std::string& id_scope);
Device device(const TenantId& of, std::uint8_t number, std::string_view name);
Enrollment enrollment(const TenantId& of, std::string_view id);
AuditEvent event(const std::string& action);

Write write_of(const TenantId& of, std::vector<Change> changes, std::vector<AuditEvent> audit = {});
/// "accepted", or the refusal's name.
std::string outcome(const Status& status);

template <class Backend>
class StoreTest : public ::testing::Test {
 protected:
  Status commit(Write write) { return run(store->commit(std::move(write))); }
  Status put(const TenantId& of, Row row) { return commit(write_of(of, {Put{std::move(row)}})); }
  Status remove(const TenantId& of, Row row) { return commit(write_of(of, {Remove{std::move(row)}})); }

  Backend backend;
  std::unique_ptr<SqlStore> store = backend.open();
};

}  // namespace muster::store
