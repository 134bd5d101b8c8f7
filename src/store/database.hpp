// What the store needs of a database engine: one connection that runs portable SQL.
//
// The SQL above this interface is what SQLite and PostgreSQL have in common: placeholders $1, $2 …, the types TEXT,
// BIGINT and BYTEA, INSERT … ON CONFLICT. What only one engine has stands in its driver. Texts are compared and
// ordered octet by octet (SQLite's BINARY; a PostgreSQL database is created with the collation C).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "base/bytes.hpp"
#include "base/error.hpp"

namespace muster::store {

using base::Bytes;
using base::ByteView;
using base::Result;
using base::Status;

/// An argument of a statement: NULL, a number, a text, octets. Views must stay valid during the call.
using Value = std::variant<std::nullptr_t, std::int64_t, std::string_view, ByteView>;
using Values = std::span<const Value>;

/// One record of a result. Columns count from 0. Views are valid until the callback returns.
class Record {
 public:
  virtual ~Record() = default;
  virtual bool is_null(int column) const = 0;
  virtual std::int64_t integer(int column) const = 0;
  virtual std::string_view text(int column) const = 0;
  virtual ByteView blob(int column) const = 0;
};

enum class Access { read, write };

/// One connection. Used by one thread at a time. Every function throws std::runtime_error with the engine's words
/// where the database fails. Statements are prepared once per connection and kept, so their texts must be few.
class Database {
 public:
  virtual ~Database() = default;

  /// The number of changed rows. already_exists: a unique index stands against it; within a transaction, roll back to
  /// the savepoint (or altogether) before anything else.
  virtual Result<std::int64_t> execute(const std::string& sql, Values values) = 0;

  /// Calls `take` for each record, in order. `take` must not use this connection.
  virtual void query(const std::string& sql, Values values, const std::function<void(const Record&)>& take) = 0;

  /// Whether the query gives a record. Within a transaction that writes, no other one changes that record before its
  /// end: it is locked (SELECT ... FOR SHARE) where the engine lets several write at once.
  virtual bool holds(const std::string& sql, Values values) = 0;

  /// A transaction that reads sees one state of the database from its first statement on.
  virtual void begin(Access access) = 0;
  virtual void commit() = 0;
  /// Also after a failed commit; does nothing where no transaction is open.
  virtual void rollback() = 0;

  /// One level, inside a transaction.
  virtual void savepoint() = 0;
  virtual void release_savepoint() = 0;
  /// Undoes everything since the savepoint and ends it.
  virtual void rollback_to_savepoint() = 0;

  /// The type of a primary key that the database numbers itself, in growing order: where the schema must differ.
  virtual std::string identity_column() const = 0;
};

/// Opens one more connection to one and the same database. Callable from any thread.
using Connect = std::function<std::unique_ptr<Database>(Access access)>;

}  // namespace muster::store
