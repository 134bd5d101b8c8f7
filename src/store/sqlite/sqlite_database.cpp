#include "store/sqlite/sqlite_database.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <stdexcept>
#include <system_error>
#include <unordered_map>
#include <vector>

namespace muster::store {
namespace {

constexpr int busy_timeout_ms = 5000;

struct CloseConnection {
  void operator()(sqlite3* connection) const { sqlite3_close_v2(connection); }
};
struct FinalizeStatement {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Connection = std::unique_ptr<sqlite3, CloseConnection>;

/// A prepared statement. SQLite numbers named parameters by their first appearance, so `positions` maps the n of $n.
struct Statement {
  std::unique_ptr<sqlite3_stmt, FinalizeStatement> handle;
  std::vector<int> positions;
};

[[noreturn]] void fail(sqlite3* connection, std::string_view doing) {
  throw std::runtime_error("SQLite: " + std::string(sqlite3_errmsg(connection)) + " (" + std::string(doing) + ")");
}

/// Once in a process, before SQLite's first use: its memory statistics take a global lock at every allocation. Where
/// something else has used SQLite before, they stay on, which costs time and nothing else.
void configure_library() {
  static const int code = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  static_cast<void>(code);
}

Connection open(const std::filesystem::path& path) {
  configure_library();
  sqlite3* raw = nullptr;
  // Each connection is used by one thread at a time, so SQLite's own mutexes would only cost.
  const int code = sqlite3_open_v2(path.c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  Connection connection(raw);
  if (code != SQLITE_OK) fail(raw, "opening " + path.string());
  sqlite3_extended_result_codes(raw, 1);
  sqlite3_busy_timeout(raw, busy_timeout_ms);
  return connection;
}

void run(sqlite3* connection, const char* sql) {
  if (sqlite3_exec(connection, sql, nullptr, nullptr, nullptr) != SQLITE_OK) fail(connection, sql);
}

Statement prepare(sqlite3* connection, const std::string& sql) {
  sqlite3_stmt* raw = nullptr;
  const int code = sqlite3_prepare_v3(connection, sql.c_str(), static_cast<int>(sql.size()) + 1,
                                      SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
  if (code != SQLITE_OK) fail(connection, sql);
  Statement statement;
  statement.handle.reset(raw);
  statement.positions.resize(static_cast<std::size_t>(sqlite3_bind_parameter_count(raw)));
  for (std::size_t i = 0; i < statement.positions.size(); ++i) {
    const std::string name = "$" + std::to_string(i + 1);
    statement.positions[i] = sqlite3_bind_parameter_index(raw, name.c_str());
  }
  return statement;
}

/// Binds without copying: the values outlive the execution.
struct Bind {
  sqlite3_stmt* statement;
  int position;

  int operator()(std::nullptr_t) const { return sqlite3_bind_null(statement, position); }
  int operator()(std::int64_t value) const { return sqlite3_bind_int64(statement, position, value); }
  // A null pointer would bind NULL, and an empty view may hold one.
  int operator()(std::string_view value) const {
    return sqlite3_bind_text64(statement, position, value.empty() ? "" : value.data(), value.size(), SQLITE_STATIC,
                               SQLITE_UTF8);
  }
  int operator()(ByteView value) const {
    if (value.empty()) return sqlite3_bind_zeroblob(statement, position, 0);
    return sqlite3_bind_blob64(statement, position, value.data(), value.size(), SQLITE_STATIC);
  }
};

class SqliteRecord final : public Record {
 public:
  explicit SqliteRecord(sqlite3_stmt* statement) : statement_(statement) {}

  bool is_null(int column) const override { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
  std::int64_t integer(int column) const override { return sqlite3_column_int64(statement_, column); }
  std::string_view text(int column) const override { return base::text_view(blob(column)); }
  ByteView blob(int column) const override {
    const auto* data = static_cast<const std::uint8_t*>(sqlite3_column_blob(statement_, column));
    return {data, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
  }

 private:
  sqlite3_stmt* statement_;
};

/// Makes a statement ready for its next use, however this one ends.
class Execution {
 public:
  explicit Execution(sqlite3_stmt* statement) : statement_(statement) {}
  ~Execution() { sqlite3_reset(statement_); }
  Execution(const Execution&) = delete;
  Execution& operator=(const Execution&) = delete;

  int step() const { return sqlite3_step(statement_); }

 private:
  sqlite3_stmt* statement_;
};

bool is_uniqueness(int code) { return code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY; }

class SqliteDatabase final : public Database {
 public:
  SqliteDatabase(const std::filesystem::path& path, Access access) : connection_(open(path)) {
    // The page cache is bounded by PRAGMA cache_size (in KiB where negative), filled as pages are read. No mmap: with
    // it, a failing disk is a signal instead of an error. Savepoints keep their undo data in memory (temp_store).
    run(connection_.get(), "PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF");
    if (access == Access::read) {
      run(connection_.get(), "PRAGMA cache_size = -4096; PRAGMA query_only = ON");
    } else {
      run(connection_.get(),
          "PRAGMA cache_size = -8192; PRAGMA wal_autocheckpoint = 4000; PRAGMA journal_size_limit = 67108864");
    }
  }

  Result<std::int64_t> execute(const std::string& sql, Values values) override {
    sqlite3_stmt* statement = bound(sql, values);
    const Execution execution(statement);
    const int code = execution.step();
    if (is_uniqueness(code)) return base::Error(base::Errc::already_exists, sqlite3_errmsg(connection_.get()));
    if (code != SQLITE_DONE) fail(connection_.get(), sql);
    return sqlite3_changes64(connection_.get());
  }

  void query(const std::string& sql, Values values, const std::function<void(const Record&)>& take) override {
    sqlite3_stmt* statement = bound(sql, values);
    const Execution execution(statement);
    const SqliteRecord record(statement);
    int code = execution.step();
    for (; code == SQLITE_ROW; code = execution.step()) take(record);
    if (code != SQLITE_DONE) fail(connection_.get(), sql);
  }

  // One transaction writes at a time, so what it reads stays.
  bool holds(const std::string& sql, Values values) override {
    bool is_there = false;
    query(sql, values, [&is_there](const Record&) { is_there = true; });
    return is_there;
  }

  // A writer takes its lock at once: a transaction that read first could not become a writer behind another one.
  void begin(Access access) override { run_prepared(access == Access::write ? "BEGIN IMMEDIATE" : "BEGIN"); }
  void commit() override { run_prepared("COMMIT"); }
  void rollback() override {
    // SQLite rolls back by itself after some faults, such as a full disk.
    if (sqlite3_get_autocommit(connection_.get()) == 0) run_prepared("ROLLBACK");
  }
  void savepoint() override { run_prepared("SAVEPOINT single"); }
  void release_savepoint() override { run_prepared("RELEASE single"); }
  void rollback_to_savepoint() override {
    run_prepared("ROLLBACK TO single");
    run_prepared("RELEASE single");
  }

  // One more than the largest, as long as the newest record is never removed: audit records are not.
  std::string identity_column() const override { return "INTEGER PRIMARY KEY"; }

 private:
  sqlite3_stmt* bound(const std::string& sql, Values values) {
    auto found = statements_.find(sql);
    if (found == statements_.end()) found = statements_.emplace(sql, prepare(connection_.get(), sql)).first;
    const Statement& statement = found->second;
    if (statement.positions.size() != values.size())
      throw std::logic_error("statement with the wrong number of values: " + sql);
    for (std::size_t i = 0; i < values.size(); ++i) {
      const Bind bind{statement.handle.get(), statement.positions[i]};
      if (std::visit(bind, values[i]) != SQLITE_OK) fail(connection_.get(), sql);
    }
    return statement.handle.get();
  }

  void run_prepared(const std::string& sql) {
    const Execution execution(bound(sql, {}));
    if (execution.step() != SQLITE_DONE) fail(connection_.get(), sql);
  }

  Connection connection_;
  std::unordered_map<std::string, Statement> statements_;
};

/// Only a new file: closing a second descriptor of an open database would drop the process's locks on it.
void create_private_file(const std::filesystem::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor >= 0) {
    ::close(descriptor);
  } else if (errno != EEXIST) {
    throw std::system_error(errno, std::generic_category(), "cannot create " + path.string());
  }
}

}  // namespace

void prepare_sqlite_file(const std::filesystem::path& path) {
  create_private_file(path);
  const Connection connection = open(path);
  std::string mode;
  const auto take = [](void* out, int, char** columns, char**) {
    *static_cast<std::string*>(out) = columns[0];
    return 0;
  };
  if (sqlite3_exec(connection.get(), "PRAGMA journal_mode = WAL", take, &mode, nullptr) != SQLITE_OK)
    fail(connection.get(), "opening " + path.string());
  // A file system without shared memory, such as a network's, keeps the journal mode that it has.
  if (mode != "wal") throw std::runtime_error("SQLite cannot use WAL mode for " + path.string());
}

std::unique_ptr<Database> connect_to_sqlite(const std::filesystem::path& path, Access access) {
  return std::make_unique<SqliteDatabase>(path, access);
}

}  // namespace muster::store
