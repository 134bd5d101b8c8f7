#include "store/schema.hpp"

#include <array>
#include <stdexcept>
#include <vector>

namespace muster::store {
namespace {

using Sql = std::vector<std::string>;

std::string enrollment_terms() {
  return "attestation TEXT NOT NULL, primary_key BYTEA, secondary_key BYTEA, endorsement_key BYTEA,"
         " storage_root_key BYTEA, primary_certificate BYTEA, secondary_certificate BYTEA, primary_reference TEXT,"
         " secondary_reference TEXT, roots BYTEA, intermediates BYTEA, allowed_keys BYTEA, enabled BIGINT NOT NULL,"
         " hubs BYTEA NOT NULL, allocation_policy TEXT, update_hub_assignment BIGINT NOT NULL,"
         " migrate_device_data BIGINT NOT NULL, initial_twin TEXT NOT NULL, iot_edge BIGINT NOT NULL,"
         " custom_allocation TEXT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL,"
         " revision BIGINT NOT NULL, ";
}

std::string overlapping_row(const std::string& columns) {
  return "tenant TEXT NOT NULL, device BYTEA NOT NULL, id BYTEA NOT NULL, " + columns +
         ", state TEXT NOT NULL, valid_from BIGINT NOT NULL, valid_until BIGINT, predecessor BYTEA,"
         " revision BIGINT NOT NULL, PRIMARY KEY (tenant, device, id))";
}

// Times are microseconds since 1970, enumerations their names, booleans 0 and 1, lists as store/encoding.hpp says.
Sql first_release(const Database& database) {
  return {
      "CREATE TABLE tenant (tenant TEXT NOT NULL, name TEXT NOT NULL, id_scope TEXT NOT NULL, enabled BIGINT NOT NULL,"
      " allocation_policy TEXT NOT NULL, created_at BIGINT NOT NULL, revision BIGINT NOT NULL, PRIMARY KEY (tenant))",
      "CREATE UNIQUE INDEX tenant_by_id_scope ON tenant (id_scope)",

      "CREATE TABLE hub (tenant TEXT NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL, weight BIGINT NOT NULL,"
      " accepts_devices BIGINT NOT NULL, location TEXT NOT NULL, tags BYTEA NOT NULL, created_at BIGINT NOT NULL,"
      " updated_at BIGINT NOT NULL, revision BIGINT NOT NULL, PRIMARY KEY (tenant, name))",

      "CREATE TABLE principal (tenant TEXT NOT NULL, id BYTEA NOT NULL, name TEXT NOT NULL, token_hash BYTEA NOT NULL,"
      " role TEXT NOT NULL, scope TEXT NOT NULL, expires_at BIGINT, created_at BIGINT NOT NULL,"
      " revision BIGINT NOT NULL, PRIMARY KEY (tenant, id))",
      "CREATE UNIQUE INDEX principal_by_name ON principal (tenant, name)",
      "CREATE INDEX principal_by_token ON principal (token_hash)",

      "CREATE TABLE access_policy (tenant TEXT NOT NULL, name TEXT NOT NULL, primary_key BYTEA NOT NULL,"
      " secondary_key BYTEA NOT NULL, rights BIGINT NOT NULL, created_at BIGINT NOT NULL, revision BIGINT NOT NULL,"
      " PRIMARY KEY (tenant, name))",

      "CREATE TABLE outbox (tenant TEXT NOT NULL, id BYTEA NOT NULL, kind TEXT NOT NULL, content TEXT NOT NULL,"
      " attempts BIGINT NOT NULL, due_at BIGINT NOT NULL, created_at BIGINT NOT NULL, revision BIGINT NOT NULL,"
      " PRIMARY KEY (tenant, id))",
      "CREATE INDEX outbox_by_due_time ON outbox (due_at)",

      "CREATE TABLE enrollment (tenant TEXT NOT NULL, folded_registration_id TEXT NOT NULL,"
      " registration_id TEXT NOT NULL, device_id TEXT NOT NULL, device_information TEXT NOT NULL, " +
          enrollment_terms() + "PRIMARY KEY (tenant, folded_registration_id))",

      "CREATE TABLE enrollment_group (tenant TEXT NOT NULL, id TEXT NOT NULL, " + enrollment_terms() +
          "PRIMARY KEY (tenant, id))",
      "CREATE INDEX enrollment_group_by_attestation ON enrollment_group (tenant, attestation, id)",

      "CREATE TABLE device (tenant TEXT NOT NULL, id BYTEA NOT NULL, name TEXT NOT NULL, folded_name TEXT NOT NULL,"
      " hub_device_id TEXT NOT NULL, enrollment_is_group BIGINT NOT NULL, enrollment_id TEXT NOT NULL,"
      " created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, revision BIGINT NOT NULL, PRIMARY KEY (tenant, id))",
      "CREATE UNIQUE INDEX device_by_name ON device (tenant, folded_name)",
      "CREATE INDEX device_by_enrollment ON device (tenant, enrollment_is_group, enrollment_id, folded_name)",

      "CREATE TABLE identity (" +
          overlapping_row("kind TEXT NOT NULL, fingerprint BYTEA NOT NULL, public_part BYTEA NOT NULL"),
      "CREATE TABLE credential (" +
          overlapping_row("kind TEXT NOT NULL, secret BYTEA NOT NULL, fingerprint BYTEA NOT NULL"),
      "CREATE TABLE placement (" + overlapping_row("hub TEXT NOT NULL"),
      "CREATE TABLE ownership (" + overlapping_row("owner TEXT NOT NULL"),

      "CREATE TABLE registration (tenant TEXT NOT NULL, device BYTEA NOT NULL, operation_id TEXT NOT NULL,"
      " status TEXT NOT NULL, substatus TEXT NOT NULL, attestation TEXT NOT NULL, hub TEXT NOT NULL,"
      " payload TEXT NOT NULL, returned_payload TEXT NOT NULL, refusal TEXT NOT NULL, created_at BIGINT NOT NULL,"
      " updated_at BIGINT NOT NULL, revision BIGINT NOT NULL, PRIMARY KEY (tenant, device))",

      "CREATE TABLE challenge (tenant TEXT NOT NULL, folded_registration_id TEXT NOT NULL, id BYTEA NOT NULL,"
      " registration_id TEXT NOT NULL, enrollment_is_group BIGINT NOT NULL, enrollment_id TEXT NOT NULL,"
      " endorsement_key BYTEA NOT NULL, storage_root_key BYTEA NOT NULL, activation_key BYTEA NOT NULL,"
      " created_at BIGINT NOT NULL, expires_at BIGINT NOT NULL, revision BIGINT NOT NULL,"
      " PRIMARY KEY (tenant, folded_registration_id, id))",
      "CREATE INDEX challenge_by_expiry ON challenge (expires_at)",

      "CREATE TABLE authority (tenant TEXT NOT NULL, id BYTEA NOT NULL, kind TEXT NOT NULL, certificate BYTEA NOT NULL,"
      " sealed_key BYTEA NOT NULL, state TEXT NOT NULL, created_at BIGINT NOT NULL, revision BIGINT NOT NULL,"
      " PRIMARY KEY (tenant, id))",

      "CREATE TABLE issued_certificate (tenant TEXT NOT NULL, serial TEXT NOT NULL, authority BYTEA NOT NULL,"
      " purpose TEXT NOT NULL, certificate BYTEA NOT NULL, sealed_key BYTEA NOT NULL, state TEXT NOT NULL,"
      " not_before BIGINT NOT NULL, not_after BIGINT NOT NULL, revision BIGINT NOT NULL, PRIMARY KEY (tenant, serial))",
      "CREATE INDEX issued_certificate_by_purpose ON issued_certificate (tenant, purpose, state, not_before)",

      "CREATE TABLE data_key (tenant TEXT NOT NULL, version BIGINT NOT NULL, master_version BIGINT NOT NULL,"
      " sealed_key BYTEA NOT NULL, created_at BIGINT NOT NULL, revision BIGINT NOT NULL,"
      " PRIMARY KEY (tenant, version))",

      // The database numbers the records, over all tenants and writers, in the order in which they were inserted.
      "CREATE TABLE audit (number " + database.identity_column() +
          ", tenant TEXT NOT NULL, writer BYTEA NOT NULL, sequence BIGINT NOT NULL, actor TEXT NOT NULL,"
          " action TEXT NOT NULL, subject TEXT NOT NULL, outcome TEXT NOT NULL, detail TEXT NOT NULL,"
          " personal TEXT NOT NULL, occurred_at BIGINT NOT NULL, personal_salt BYTEA NOT NULL,"
          " personal_hash BYTEA NOT NULL, previous BYTEA NOT NULL, digest BYTEA NOT NULL)",
      "CREATE INDEX audit_by_tenant ON audit (tenant, number)",

      "CREATE TABLE audit_head (tenant TEXT NOT NULL, writer BYTEA NOT NULL, sequence BIGINT NOT NULL,"
      " digest BYTEA NOT NULL, PRIMARY KEY (tenant, writer))",

      // A checkpoint stands for all tenants at once, so its key is its number.
      "CREATE TABLE audit_checkpoint (number BIGINT NOT NULL, made_at BIGINT NOT NULL, heads BYTEA NOT NULL,"
      " previous BYTEA NOT NULL, certificate BYTEA NOT NULL, signature BYTEA NOT NULL, PRIMARY KEY (number))",
  };
}

/// Every transport and policy of Azure DPS: tenants with limits and IP filters, hubs with places and limits, uploaded
/// CA certificates, issued device certificates, refusals that are kept, registrations that were put off.
Sql second_release(const Database&) {
  return {
      "ALTER TABLE tenant ADD COLUMN location TEXT NOT NULL DEFAULT ''",
      "ALTER TABLE tenant ADD COLUMN tags TEXT NOT NULL DEFAULT ''",
      "ALTER TABLE tenant ADD COLUMN ip_rules BYTEA NOT NULL DEFAULT ''",
      "ALTER TABLE tenant ADD COLUMN require_verified_ca BIGINT NOT NULL DEFAULT 0",
      "ALTER TABLE tenant ADD COLUMN webhook_key BYTEA NOT NULL DEFAULT ''",
      "ALTER TABLE tenant ADD COLUMN devices_max BIGINT NOT NULL DEFAULT 1000000",
      "ALTER TABLE tenant ADD COLUMN enrollments_max BIGINT NOT NULL DEFAULT 1000000",
      "ALTER TABLE tenant ADD COLUMN groups_max BIGINT NOT NULL DEFAULT 1000",
      "ALTER TABLE tenant ADD COLUMN ca_certificates_max BIGINT NOT NULL DEFAULT 100",
      "ALTER TABLE tenant ADD COLUMN hubs_max BIGINT NOT NULL DEFAULT 1000",
      "ALTER TABLE tenant ADD COLUMN registrations_per_minute BIGINT NOT NULL DEFAULT 60000",
      "ALTER TABLE tenant ADD COLUMN service_calls_per_minute BIGINT NOT NULL DEFAULT 6000",
      "ALTER TABLE tenant ADD COLUMN requests_per_minute_and_device BIGINT NOT NULL DEFAULT 60",

      "ALTER TABLE hub ADD COLUMN in_allocation BIGINT NOT NULL DEFAULT 1",
      "ALTER TABLE hub ADD COLUMN healthy BIGINT NOT NULL DEFAULT 1",
      "ALTER TABLE hub ADD COLUMN devices_max BIGINT",
      "ALTER TABLE hub ADD COLUMN latitude_microdegrees BIGINT",
      "ALTER TABLE hub ADD COLUMN longitude_microdegrees BIGINT",
      "ALTER TABLE hub ADD COLUMN connection_string BYTEA NOT NULL DEFAULT ''",

      "ALTER TABLE enrollment ADD COLUMN credential_policy TEXT NOT NULL DEFAULT ''",
      "ALTER TABLE enrollment_group ADD COLUMN credential_policy TEXT NOT NULL DEFAULT ''",

      "ALTER TABLE placement ADD COLUMN twin TEXT NOT NULL DEFAULT ''",
      "ALTER TABLE placement ADD COLUMN iot_edge BIGINT NOT NULL DEFAULT 0",
      "ALTER TABLE registration ADD COLUMN failure TEXT NOT NULL DEFAULT ''",
      "ALTER TABLE registration ADD COLUMN failure_detail TEXT NOT NULL DEFAULT ''",
      "ALTER TABLE registration ADD COLUMN certificate_serial TEXT NOT NULL DEFAULT ''",

      "ALTER TABLE issued_certificate ADD COLUMN device BYTEA",
      "ALTER TABLE issued_certificate ADD COLUMN subject TEXT NOT NULL DEFAULT ''",
      "ALTER TABLE issued_certificate ADD COLUMN revoked_at BIGINT",
      "ALTER TABLE issued_certificate ADD COLUMN revocation_reason TEXT",
      "CREATE INDEX issued_certificate_by_device ON issued_certificate (tenant, device, serial)",

      "CREATE TABLE ca_certificate (tenant TEXT NOT NULL, name TEXT NOT NULL, certificate BYTEA NOT NULL,"
      " is_verified BIGINT NOT NULL, verification_code TEXT NOT NULL, created_at BIGINT NOT NULL,"
      " updated_at BIGINT NOT NULL, revision BIGINT NOT NULL, PRIMARY KEY (tenant, name))",

      "CREATE TABLE credential_policy (tenant TEXT NOT NULL, name TEXT NOT NULL, lifetime_hours BIGINT NOT NULL,"
      " key_kinds BYTEA NOT NULL, allow_dns_names BIGINT NOT NULL, created_at BIGINT NOT NULL,"
      " updated_at BIGINT NOT NULL, revision BIGINT NOT NULL, PRIMARY KEY (tenant, name))",

      "CREATE TABLE refusal (tenant TEXT NOT NULL, folded_registration_id TEXT NOT NULL, id BYTEA NOT NULL,"
      " registration_id TEXT NOT NULL, occurred_at BIGINT NOT NULL, transport TEXT NOT NULL, attestation TEXT NOT NULL,"
      " enrollment TEXT NOT NULL, code TEXT NOT NULL, detail TEXT NOT NULL, address TEXT NOT NULL,"
      " occurrences BIGINT NOT NULL, last_at BIGINT NOT NULL, is_known BIGINT NOT NULL, revision BIGINT NOT NULL,"
      " PRIMARY KEY (tenant, folded_registration_id, id))",
      "CREATE INDEX refusal_by_age ON refusal (last_at)",
      "CREATE INDEX refusal_of_stranger ON refusal (tenant, is_known, last_at)",

      "CREATE TABLE deferred_registration (tenant TEXT NOT NULL, folded_registration_id TEXT NOT NULL,"
      " registration_id TEXT NOT NULL, operation_id TEXT NOT NULL, payload TEXT NOT NULL, created_at BIGINT NOT NULL,"
      " signing_request TEXT NOT NULL, revision BIGINT NOT NULL, PRIMARY KEY (tenant, folded_registration_id))",
      "CREATE INDEX deferred_registration_by_age ON deferred_registration (created_at)",
  };
}

/// Custom allocation asks again before it places a device, and issues certificates only then. Service tokens are found
/// by the name of their key.
Sql third_release(const Database&) {
  return {
      "ALTER TABLE outbox ADD COLUMN grounds BYTEA NOT NULL DEFAULT ''",
      "ALTER TABLE outbox ADD COLUMN authority TEXT NOT NULL DEFAULT ''",
      "ALTER TABLE outbox ADD COLUMN signing_request TEXT NOT NULL DEFAULT ''",
      "CREATE INDEX access_policy_by_name ON access_policy (name, created_at, tenant)",
  };
}

/// What registrations are decided upon has a stamp, which changes with it. Certificates that are over are found by
/// their end, due entries of the outbox by their tenant.
Sql fourth_release(const Database&) {
  return {
      "ALTER TABLE tenant ADD COLUMN basis BIGINT NOT NULL DEFAULT 0",
      // Some databases that were made before this release have these.
      "CREATE INDEX IF NOT EXISTS outbox_by_tenant ON outbox (tenant, due_at, created_at, id)",
      "CREATE INDEX IF NOT EXISTS issued_certificate_by_end ON issued_certificate (purpose, not_after)",
  };
}

/// The n-th one leads from version n to n + 1. Once released, a migration never changes.
constexpr std::array migrations = {first_release, second_release, third_release, fourth_release};

void run(Database& database, const std::string& sql, Values values = {}) {
  if (const auto changed = database.execute(sql, values); !changed)
    throw std::runtime_error("migration failed: " + to_string(changed.error()) + " (" + sql + ")");
}

std::int64_t version_of(Database& database) {
  std::int64_t version = 0;
  const auto take = [&version](const Record& record) { version = record.integer(0); };
  database.query("SELECT COALESCE(MAX(version), 0) FROM schema_version", {}, take);
  return version;
}

void refuse_newer(std::int64_t version) {
  if (version <= newest_schema_version()) return;
  throw std::runtime_error("the database was written by a newer release of Muster (schema version " +
                           std::to_string(version) + "; this release knows versions up to " +
                           std::to_string(newest_schema_version()) +
                           "): start that release, or restore a backup made before the upgrade");
}

/// Makes one step, or none where there is none left or another node was faster. Returns whether to go on.
bool make_one_step(Database& database) {
  const std::int64_t version = version_of(database);
  refuse_newer(version);
  if (version == newest_schema_version()) return false;
  for (const std::string& sql : migrations[static_cast<std::size_t>(version)](database)) run(database, sql);
  const Value next = version + 1;
  run(database, "INSERT INTO schema_version (version) VALUES ($1)", {&next, 1});
  return true;
}

}  // namespace

std::int64_t newest_schema_version() { return static_cast<std::int64_t>(migrations.size()); }

void migrate(Database& database) {
  run(database, "CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL, PRIMARY KEY (version))");
  bool more = true;
  while (more) {
    database.begin(Access::write);
    try {
      more = make_one_step(database);
      database.commit();
    } catch (...) {
      database.rollback();
      throw;
    }
  }
}

}  // namespace muster::store
