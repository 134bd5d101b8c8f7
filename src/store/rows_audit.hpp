// The tables of the audit trail. They are only ever added to.
#pragma once

#include "provisioning/store.hpp"
#include "store/database.hpp"

namespace muster::store {

void insert_audit_record(Database& database, const provisioning::AuditRecord& record);
/// The newest head of one chain, in place of the one before it.
void save_audit_head(Database& database, const provisioning::AuditHead& head);
/// revision_conflict where a checkpoint of that number exists.
Status insert_checkpoint(Database& database, const provisioning::AuditCheckpoint& checkpoint);

/// See provisioning::Store for what the reading functions promise.
std::vector<provisioning::Store::AuditRow> list_audit(Database& database, const base::TenantId& tenant,
                                                      std::optional<std::int64_t> before, std::size_t limit);
std::vector<provisioning::Store::AuditRow> scan_audit(Database& database, std::int64_t after, std::size_t limit);
std::vector<provisioning::AuditHead> list_audit_heads(Database& database);
std::vector<provisioning::AuditCheckpoint> list_checkpoints(Database& database, std::int64_t after_number,
                                                            std::size_t limit);
std::optional<provisioning::AuditCheckpoint> find_last_checkpoint(Database& database);

}  // namespace muster::store
