// The file that a store stands in: its rights, its version, and what happens when it cannot be used.
#include "store/open.hpp"

#include <fstream>

#include "store/fixture_test.hpp"
#include "store/schema.hpp"

namespace muster::store {
namespace {

std::string fault_of(const std::function<void()>& act) {
  try {
    act();
  } catch (const std::runtime_error& fault) {
    return fault.what();
  }
  return "";
}

std::int64_t version_of(Database& database) {
  std::int64_t version = 0;
  const auto take = [&version](const Record& record) { version = record.integer(0); };
  database.query("SELECT MAX(version) FROM schema_version", {}, take);
  return version;
}

TEST(OpenStore, KeepsEveryFileToItsOwner) {
  SqliteBackend backend;
  const auto store = backend.open();
  ASSERT_EQ(outcome(run(store->commit(write_of(tenant_a, {Put{hub(tenant_a, "one.example")}})))), "accepted");
  using std::filesystem::perms;
  for (const char* suffix : {"", "-wal", "-shm"}) {
    const auto file = backend.file().string() + suffix;
    EXPECT_EQ(std::filesystem::status(file).permissions(), perms::owner_read | perms::owner_write) << file;
  }
}

TEST(OpenStore, RefusesADatabaseOfANewerRelease) {
  SqliteBackend backend;
  backend.open().reset();
  const Value newer = newest_schema_version() + 1;
  ASSERT_TRUE(backend.connect(Access::write)
                  ->execute("INSERT INTO schema_version (version) VALUES ($1)", std::span<const Value>(&newer, 1)));
  const std::string fault = fault_of([&backend] { backend.open(); });
  EXPECT_NE(fault.find("written by a newer release of Muster"), std::string::npos) << fault;
}

TEST(OpenStore, MigratesOnlyOnce) {
  SqliteBackend backend;
  backend.open().reset();
  backend.open().reset();
  EXPECT_EQ(version_of(*backend.connect(Access::read)), newest_schema_version());
}

TEST(OpenStore, KeepsTheOutboxOfAReleaseThatKnewLessOfIt) {
  SqliteBackend backend;
  backend.open().reset();
  {
    const auto database = backend.connect(Access::write);
    for (const char* column : {"grounds", "authority", "signing_request"})
      ASSERT_TRUE(database->execute("ALTER TABLE outbox DROP COLUMN " + std::string(column), {}));
    ASSERT_TRUE(database->execute("ALTER TABLE tenant DROP COLUMN basis", {}));
    for (const char* index : {"access_policy_by_name", "outbox_by_tenant"})
      ASSERT_TRUE(database->execute("DROP INDEX " + std::string(index), {}));
    ASSERT_TRUE(database->execute("DELETE FROM schema_version WHERE version > 2", {}));
    const Uuid id = uuid(2);
    const std::array values{Value(std::string_view("tenant-a")), Value(ByteView(id.bytes()))};
    ASSERT_TRUE(
        database->execute("INSERT INTO outbox (tenant, id, kind, content, attempts, due_at, created_at, revision)"
                          " VALUES ($1, $2, 'allocation_webhook', 'mqtt', 1, 5, 5, 7)",
                          values));
  }
  const auto store = backend.open();
  const auto kept = run(store->find_outbox_entry(tenant_a, uuid(2)));
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->content, "mqtt");
  EXPECT_EQ(kept->revision, 7);
  EXPECT_EQ(kept->grounds, provisioning::Grounds());
  EXPECT_TRUE(kept->signing_request.empty());
  EXPECT_EQ(outcome(run(store->commit(write_of(tenant_a, {Put{*kept}})))), "accepted") << "it can be claimed";
}

TEST(OpenStore, NamesTheFileThatCannotBeOpened) {
  base::SystemRandom random;
  const std::string fault = fault_of([&random] { open_store("/nowhere/muster.db", random); });
  EXPECT_NE(fault.find("/nowhere/muster.db"), std::string::npos) << fault;
}

TEST(OpenStore, RefusesAFileThatIsNoDatabase) {
  SqliteBackend backend;
  std::ofstream(backend.file()) << std::string(4096, 'x');
  EXPECT_NE(fault_of([&backend] { backend.open(); }), "");
}

TEST(SqliteDatabase, BindsPlaceholdersByTheirNumber) {
  SqliteBackend backend;
  backend.open().reset();
  const auto database = backend.connect(Access::write);
  const std::array values{Value(std::int64_t{1}), Value(std::string_view()), Value(ByteView()), Value(nullptr)};
  std::string seen;
  const auto take = [&seen](const Record& record) {
    seen = std::string(record.is_null(0) ? "null " : "") + (record.is_null(1) ? "null" : "blob") +
           (record.is_null(2) ? " null " : " text ") + std::to_string(record.integer(3));
  };
  database->query("SELECT $4, $3, $2, $1", values, take);
  EXPECT_EQ(seen, "null blob text 1");
}

TEST(SqliteDatabase, TellsATakenNameFromAFault) {
  SqliteBackend backend;
  backend.open().reset();
  const auto database = backend.connect(Access::write);
  const std::string insert = "INSERT INTO schema_version (version) VALUES (1)";
  const auto taken = database->execute(insert, {});
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().code(), base::Errc::already_exists);
  EXPECT_THROW((void)database->execute("INSERT INTO schema_version (version) VALUES (NULL)", {}), std::runtime_error);
  EXPECT_THROW((void)database->execute("INSERT INTO missing VALUES (1)", {}), std::runtime_error);
  EXPECT_THROW((void)database->execute("INSERT INTO schema_version (version) VALUES ($1)", {}), std::logic_error);
  EXPECT_THROW((void)backend.connect(Access::read)->execute(insert, {}), std::runtime_error) << "a reader writes";
}

TEST(SqlStore, PassesAFaultToEveryWaiterAndGoesOnWithANewChain) {
  SqliteBackend backend;
  const auto store = backend.open();
  ASSERT_EQ(outcome(run(store->commit(write_of(tenant_a, {}, {event("before")})))), "accepted");
  const auto other = backend.connect(Access::write);
  ASSERT_TRUE(other->execute("ALTER TABLE hub RENAME TO hub_gone", {}));
  EXPECT_THROW((void)run(store->commit(write_of(tenant_a, {Put{hub(tenant_a, "one.example")}}))), std::runtime_error);
  EXPECT_THROW((void)run(store->list_hubs(tenant_a)), std::runtime_error);
  ASSERT_TRUE(other->execute("ALTER TABLE hub_gone RENAME TO hub", {}));
  ASSERT_EQ(outcome(run(store->commit(write_of(tenant_a, {Put{hub(tenant_a, "one.example")}}, {event("after")})))),
            "accepted");
  EXPECT_EQ(run(store->list_hubs(tenant_a)).size(), 1U);
  const auto rows = run(store->scan_audit(0, 10));
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_NE(rows[0].record.writer, rows[1].record.writer);
  EXPECT_EQ(rows[1].record.sequence, 1);
}

}  // namespace
}  // namespace muster::store
