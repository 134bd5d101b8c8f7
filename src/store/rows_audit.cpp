#include "store/rows_audit.hpp"

#include <array>
#include <limits>
#include <stdexcept>

#include "store/encoding.hpp"
#include "store/value.hpp"

namespace muster::store {
namespace {

using provisioning::AuditCheckpoint;
using provisioning::AuditHead;
using provisioning::AuditRecord;
using AuditRow = provisioning::Store::AuditRow;

const std::string audit_columns =
    "tenant, writer, sequence, actor, action, subject, outcome, detail, personal, occurred_at, personal_salt,"
    " personal_hash, previous, digest";
const std::string checkpoint_columns = "number, made_at, heads, previous, certificate, signature";

/// Reads columns one after the other.
class Cursor {
 public:
  explicit Cursor(const Record& record) : record_(record) {}

  template <class... Members>
  void read(Members&... members) {
    (from_column(record_, next_++, members), ...);
  }

 private:
  const Record& record_;
  int next_ = 0;
};

AuditRow read_audit_row(const Record& from) {
  AuditRow row;
  AuditRecord& record = row.record;
  provisioning::AuditEvent& event = record.event;
  Cursor(from).read(row.number, record.tenant, record.writer, record.sequence, event.actor, event.action, event.subject,
                    event.outcome, event.detail, event.personal, event.at, record.personal_salt, record.personal_hash,
                    record.previous, record.digest);
  return row;
}

AuditCheckpoint read_checkpoint(const Record& from) {
  AuditCheckpoint checkpoint;
  Bytes heads;
  Cursor(from).read(checkpoint.number, checkpoint.at, heads, checkpoint.previous, checkpoint.certificate,
                    checkpoint.signature);
  checkpoint.heads = decode_heads(heads);
  return checkpoint;
}

template <class Row>
std::vector<Row> select(Database& database, const std::string& sql, Values values, Row (*read)(const Record&)) {
  std::vector<Row> rows;
  const auto take = [&rows, read](const Record& record) { rows.push_back(read(record)); };
  database.query(sql, values, take);
  return rows;
}

void must_succeed(const Result<std::int64_t>& changed) {
  if (!changed) throw std::runtime_error("the audit trail cannot be written: " + to_string(changed.error()));
}

}  // namespace

void insert_audit_record(Database& database, const AuditRecord& record) {
  static const std::string sql =
      "INSERT INTO audit (" + audit_columns + ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
  const provisioning::AuditEvent& event = record.event;
  const std::array values{to_value(record.tenant),   to_value(record.writer),        to_value(record.sequence),
                          to_value(event.actor),     to_value(event.action),         to_value(event.subject),
                          to_value(event.outcome),   to_value(event.detail),         to_value(event.personal),
                          to_value(event.at),        to_value(record.personal_salt), to_value(record.personal_hash),
                          to_value(record.previous), to_value(record.digest)};
  must_succeed(database.execute(sql, values));
}

void save_audit_head(Database& database, const AuditHead& head) {
  static const std::string sql =
      "INSERT INTO audit_head (tenant, writer, sequence, digest) VALUES ($1, $2, $3, $4)"
      " ON CONFLICT (tenant, writer) DO UPDATE SET sequence = excluded.sequence, digest = excluded.digest";
  const std::array values{to_value(head.tenant), to_value(head.writer), to_value(head.sequence), to_value(head.digest)};
  must_succeed(database.execute(sql, values));
}

Status insert_checkpoint(Database& database, const AuditCheckpoint& checkpoint) {
  static const std::string sql = "INSERT INTO audit_checkpoint (" + checkpoint_columns +
                                 ") VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";
  const Bytes heads = encode_heads(checkpoint.heads);
  const std::array values{
      to_value(checkpoint.number),   to_value(checkpoint.at),          to_value(heads),
      to_value(checkpoint.previous), to_value(checkpoint.certificate), to_value(checkpoint.signature)};
  const auto changed = database.execute(sql, values);
  must_succeed(changed);
  if (*changed == 0)
    return base::Error(base::Errc::revision_conflict, "audit_checkpoint " + std::to_string(checkpoint.number));
  return base::Done{};
}

std::vector<AuditRow> list_audit(Database& database, const base::TenantId& tenant, std::optional<std::int64_t> before,
                                 std::size_t limit) {
  static const std::string sql =
      "SELECT number, " + audit_columns + " FROM audit WHERE tenant = $1 AND number < $2 ORDER BY number DESC LIMIT $3";
  const std::array values{to_value(tenant), to_value(before.value_or(std::numeric_limits<std::int64_t>::max())),
                          to_value(limit)};
  return select(database, sql, values, read_audit_row);
}

std::vector<AuditRow> scan_audit(Database& database, std::int64_t after, std::size_t limit) {
  static const std::string sql =
      "SELECT number, " + audit_columns + " FROM audit WHERE number > $1 ORDER BY number LIMIT $2";
  const std::array values{to_value(after), to_value(limit)};
  return select(database, sql, values, read_audit_row);
}

std::vector<AuditHead> list_audit_heads(Database& database) {
  static const std::string sql = "SELECT tenant, writer, sequence, digest FROM audit_head ORDER BY tenant, writer";
  const auto read = [](const Record& record) {
    AuditHead head;
    Cursor(record).read(head.tenant, head.writer, head.sequence, head.digest);
    return head;
  };
  return select<AuditHead>(database, sql, {}, read);
}

std::vector<AuditCheckpoint> list_checkpoints(Database& database, std::int64_t after_number, std::size_t limit) {
  static const std::string sql =
      "SELECT " + checkpoint_columns + " FROM audit_checkpoint WHERE number > $1 ORDER BY number LIMIT $2";
  const std::array values{to_value(after_number), to_value(limit)};
  return select(database, sql, values, read_checkpoint);
}

std::optional<AuditCheckpoint> find_last_checkpoint(Database& database) {
  static const std::string sql = "SELECT " + checkpoint_columns + " FROM audit_checkpoint ORDER BY number DESC LIMIT 1";
  std::vector<AuditCheckpoint> found = select(database, sql, {}, read_checkpoint);
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

}  // namespace muster::store
