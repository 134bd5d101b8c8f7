#include "store/reads.hpp"

#include <algorithm>
#include <array>
#include <tuple>

#include "store/rows_device.hpp"
#include "store/rows_enrollment.hpp"
#include "store/rows_tenant.hpp"
#include "store/rows_trust.hpp"

namespace muster::store::reads {
namespace {

using namespace provisioning;

constexpr std::size_t page_size_max = 1000;

std::size_t limit_of(const Page& page) { return std::clamp<std::size_t>(page.limit, 1, page_size_max); }

/// All that one device has of one kind, the oldest first. There are few, so they are sorted here.
template <class T>
std::vector<T> parts_of(Database& database, const Device& device) {
  static const std::string sql = select_from<T>("WHERE tenant = $1 AND device = $2");
  std::vector<T> parts = select_all<T>(database, sql, device.tenant, device.id);
  const auto age = [](const T& part) { return std::tie(part.valid_from, part.id); };
  std::ranges::sort(parts, {}, age);
  return parts;
}

DeviceRecord record_of(Database& database, Device device) {
  static const std::string registration = select_from<Registration>("WHERE tenant = $1 AND device = $2");
  DeviceRecord record;
  record.identities = parts_of<Identity>(database, device);
  record.credentials = parts_of<Credential>(database, device);
  record.placements = parts_of<Placement>(database, device);
  record.ownerships = parts_of<Ownership>(database, device);
  record.registration = select_one<Registration>(database, registration, device.tenant, device.id);
  record.device = std::move(device);
  return record;
}

std::int64_t select_number(Database& database, const std::string& sql, const TenantId& tenant) {
  const Value value = to_value(tenant);
  std::int64_t number = 0;
  const auto take = [&number](const Record& record) { number = record.integer(0); };
  database.query(sql, {&value, 1}, take);
  return number;
}

template <class Key>
std::optional<DeviceRecord> find_record(Database& database, const std::string& sql, const TenantId& tenant,
                                        const Key& key) {
  database.begin(Access::read);
  std::optional<DeviceRecord> record;
  if (auto device = select_one<Device>(database, sql, tenant, key)) record = record_of(database, *std::move(device));
  database.commit();
  return record;
}

}  // namespace

std::optional<std::pair<Tenant, BasisStamp>> find_basis(Database& database, const base::IdScope& id_scope) {
  database.begin(Access::read);
  std::optional<std::pair<Tenant, BasisStamp>> found;
  if (auto tenant = find_tenant_by_scope(database, id_scope))
    if (const auto stamp = find_basis_stamp(database, tenant->id)) found.emplace(std::move(*tenant), *stamp);
  database.commit();
  return found;
}

std::optional<BasisStamp> find_basis_stamp(Database& database, const TenantId& tenant) {
  static const std::string sql = "SELECT basis, created_at FROM tenant WHERE tenant = $1";
  std::optional<BasisStamp> stamp;
  const Value value = to_value(tenant);
  const auto take = [&stamp](const Record& record) {
    stamp =
        BasisStamp{.number = record.integer(0), .tenant_created_at = base::from_unix_microseconds(record.integer(1))};
  };
  database.query(sql, {&value, 1}, take);
  return stamp;
}

std::optional<Tenant> find_tenant(Database& database, const TenantId& id) {
  static const std::string sql = select_from<Tenant>("WHERE tenant = $1");
  return select_one<Tenant>(database, sql, id);
}

std::optional<Tenant> find_tenant_by_scope(Database& database, const base::IdScope& id_scope) {
  static const std::string sql = select_from<Tenant>("WHERE id_scope = $1");
  return select_one<Tenant>(database, sql, id_scope);
}

std::vector<Tenant> list_tenants(Database& database, const Page& page) {
  static const std::string sql = select_from<Tenant>("WHERE tenant > $1 ORDER BY tenant LIMIT $2");
  return select_all<Tenant>(database, sql, page.after, limit_of(page));
}

std::int64_t count(Database& database, const TenantId& tenant, const Countable& what) {
  static const std::string devices = "SELECT COUNT(*) FROM device WHERE tenant = $1";
  static const std::string enrollments = "SELECT COUNT(*) FROM enrollment WHERE tenant = $1";
  static const std::string groups = "SELECT COUNT(*) FROM enrollment_group WHERE tenant = $1";
  static const std::string ca_certificates = "SELECT COUNT(*) FROM ca_certificate WHERE tenant = $1";
  static const std::string hubs = "SELECT COUNT(*) FROM hub WHERE tenant = $1";
  switch (what) {
    case Countable::devices:
      return select_number(database, devices, tenant);
    case Countable::enrollments:
      return select_number(database, enrollments, tenant);
    case Countable::groups:
      return select_number(database, groups, tenant);
    case Countable::ca_certificates:
      return select_number(database, ca_certificates, tenant);
    case Countable::hubs:
      return select_number(database, hubs, tenant);
  }
  throw std::logic_error("an unknown thing to count");
}

std::vector<HubLoad> count_devices_by_hub(Database& database, const TenantId& tenant) {
  static const std::string sql =
      "SELECT hub, COUNT(*) FROM placement WHERE tenant = $1 AND state = $2 GROUP BY hub ORDER BY hub";
  const std::array<Value, 2> values{to_value(tenant), to_value(OverlapState::active)};
  std::vector<HubLoad> loads;
  const auto take = [&loads](const Record& record) {
    loads.push_back({.hub = HubName(std::string(record.text(0))), .devices = record.integer(1)});
  };
  database.query(sql, values, take);
  return loads;
}

std::optional<Enrollment> find_enrollment(Database& database, const TenantId& tenant, const std::string& folded_id) {
  static const std::string sql = select_from<Enrollment>("WHERE tenant = $1 AND folded_registration_id = $2");
  return select_one<Enrollment>(database, sql, tenant, folded_id);
}

std::vector<Enrollment> list_enrollments(Database& database, const TenantId& tenant, const Page& page) {
  static const std::string sql = select_from<Enrollment>(
      "WHERE tenant = $1 AND folded_registration_id > $2 ORDER BY folded_registration_id LIMIT $3");
  return select_all<Enrollment>(database, sql, tenant, page.after, limit_of(page));
}

std::optional<EnrollmentGroup> find_group(Database& database, const TenantId& tenant, const base::GroupId& id) {
  static const std::string sql = select_from<EnrollmentGroup>("WHERE tenant = $1 AND id = $2");
  return select_one<EnrollmentGroup>(database, sql, tenant, id);
}

std::vector<EnrollmentGroup> list_groups(Database& database, const TenantId& tenant, const Page& page) {
  static const std::string sql = select_from<EnrollmentGroup>("WHERE tenant = $1 AND id > $2 ORDER BY id LIMIT $3");
  return select_all<EnrollmentGroup>(database, sql, tenant, page.after, limit_of(page));
}

std::vector<EnrollmentGroup> list_groups_by_kind(Database& database, const TenantId& tenant,
                                                 const AttestationKind& kind) {
  static const std::string sql =
      select_from<EnrollmentGroup>("WHERE tenant = $1 AND attestation = $2 ORDER BY id LIMIT 1000");
  return select_all<EnrollmentGroup>(database, sql, tenant, kind);
}

std::optional<DeviceRecord> find_device_by_name(Database& database, const TenantId& tenant,
                                                const std::string& folded_name) {
  static const std::string sql = select_from<Device>("WHERE tenant = $1 AND folded_name = $2");
  return find_record(database, sql, tenant, folded_name);
}

std::optional<DeviceRecord> find_device(Database& database, const TenantId& tenant, const base::DeviceId& id) {
  static const std::string sql = select_from<Device>("WHERE tenant = $1 AND id = $2");
  return find_record(database, sql, tenant, id);
}

std::vector<DeviceRecord> list_devices(Database& database, const TenantId& tenant,
                                       const std::optional<EnrollmentReference>& enrollment, const Page& page) {
  static const std::string every =
      select_from<Device>("WHERE tenant = $1 AND folded_name > $2 ORDER BY folded_name LIMIT $3");
  static const std::string let_in_by = select_from<Device>(
      "WHERE tenant = $1 AND enrollment_is_group = $4 AND enrollment_id = $5 AND folded_name > $2"
      " ORDER BY folded_name LIMIT $3");
  database.begin(Access::read);
  std::vector<Device> devices = enrollment ? select_all<Device>(database, let_in_by, tenant, page.after, limit_of(page),
                                                                enrollment->is_group, enrollment->id)
                                           : select_all<Device>(database, every, tenant, page.after, limit_of(page));
  std::vector<DeviceRecord> records;
  records.reserve(devices.size());
  for (Device& device : devices) records.push_back(record_of(database, std::move(device)));
  database.commit();
  return records;
}

std::vector<Challenge> list_challenges(Database& database, const TenantId& tenant,
                                       const std::string& folded_registration_id) {
  static const std::string sql =
      select_from<Challenge>("WHERE tenant = $1 AND folded_registration_id = $2 ORDER BY id DESC LIMIT 16");
  return select_all<Challenge>(database, sql, tenant, folded_registration_id);
}

std::vector<RefusalRecord> list_refusals(Database& database, const TenantId& tenant,
                                         const std::string& folded_registration_id) {
  static const std::string sql = select_from<RefusalRecord>(
      "WHERE tenant = $1 AND folded_registration_id = $2 ORDER BY last_at DESC, id LIMIT 32");
  return select_all<RefusalRecord>(database, sql, tenant, folded_registration_id);
}

std::vector<RefusalRecord> list_refusals_of_strangers(Database& database, const TenantId& tenant,
                                                      const std::size_t& limit) {
  static const std::string sql =
      select_from<RefusalRecord>("WHERE tenant = $1 AND is_known = 0 ORDER BY last_at LIMIT $2");
  return select_all<RefusalRecord>(database, sql, tenant, limit);
}

std::int64_t count_refusals_of_strangers(Database& database, const TenantId& tenant) {
  static const std::string sql = "SELECT COUNT(*) FROM refusal WHERE tenant = $1 AND is_known = 0";
  return select_number(database, sql, tenant);
}

std::vector<RefusalRecord> list_refusals_before(Database& database, const base::TimePoint& time,
                                                const std::size_t& limit) {
  static const std::string sql = select_from<RefusalRecord>("WHERE last_at < $1 ORDER BY last_at LIMIT $2");
  return select_all<RefusalRecord>(database, sql, time, limit);
}

std::optional<DeferredRegistration> find_deferred(Database& database, const TenantId& tenant,
                                                  const std::string& folded_registration_id) {
  static const std::string sql = select_from<DeferredRegistration>("WHERE tenant = $1 AND folded_registration_id = $2");
  return select_one<DeferredRegistration>(database, sql, tenant, folded_registration_id);
}

std::vector<DeferredRegistration> list_deferred_before(Database& database, const base::TimePoint& time,
                                                       const std::size_t& limit) {
  static const std::string sql =
      select_from<DeferredRegistration>("WHERE created_at < $1 ORDER BY created_at LIMIT $2");
  return select_all<DeferredRegistration>(database, sql, time, limit);
}

std::optional<Hub> find_hub(Database& database, const TenantId& tenant, const base::HubName& name) {
  static const std::string sql = select_from<Hub>("WHERE tenant = $1 AND name = $2");
  return select_one<Hub>(database, sql, tenant, name);
}

std::vector<Hub> list_hubs(Database& database, const TenantId& tenant) {
  static const std::string sql = select_from<Hub>("WHERE tenant = $1 ORDER BY name LIMIT 1000");
  return select_all<Hub>(database, sql, tenant);
}

std::optional<AccessPolicy> find_policy(Database& database, const TenantId& tenant, const std::string& name) {
  static const std::string sql = select_from<AccessPolicy>("WHERE tenant = $1 AND name = $2");
  return select_one<AccessPolicy>(database, sql, tenant, name);
}

std::vector<AccessPolicy> list_policies(Database& database, const TenantId& tenant) {
  static const std::string sql = select_from<AccessPolicy>("WHERE tenant = $1 ORDER BY name LIMIT 1000");
  return select_all<AccessPolicy>(database, sql, tenant);
}

std::vector<AccessPolicy> list_policies_named(Database& database, const std::string& name, const std::size_t& limit) {
  static const std::string sql = select_from<AccessPolicy>("WHERE name = $1 ORDER BY created_at, tenant LIMIT $2");
  return select_all<AccessPolicy>(database, sql, name, limit);
}

std::optional<Principal> find_principal(Database& database, const Bytes& token_hash) {
  static const std::string sql = select_from<Principal>("WHERE token_hash = $1");
  return select_one<Principal>(database, sql, token_hash);
}

std::optional<Principal> find_principal_by_name(Database& database, const TenantId& tenant, const std::string& name) {
  static const std::string sql = select_from<Principal>("WHERE tenant = $1 AND name = $2");
  return select_one<Principal>(database, sql, tenant, name);
}

std::vector<Principal> list_principals(Database& database, const TenantId& tenant) {
  static const std::string sql = select_from<Principal>("WHERE tenant = $1 ORDER BY name LIMIT 1000");
  return select_all<Principal>(database, sql, tenant);
}

std::vector<Authority> list_authorities(Database& database, const TenantId& tenant) {
  static const std::string sql = select_from<Authority>("WHERE tenant = $1 ORDER BY created_at, id LIMIT 1000");
  return select_all<Authority>(database, sql, tenant);
}

std::optional<IssuedCertificate> find_active_certificate(Database& database, const TenantId& tenant,
                                                         const CertificatePurpose& purpose) {
  static const std::string sql = select_from<IssuedCertificate>(
      "WHERE tenant = $1 AND purpose = $2 AND state = $3 ORDER BY not_before DESC LIMIT 1");
  return select_one<IssuedCertificate>(database, sql, tenant, purpose, OverlapState::active);
}

std::optional<IssuedCertificate> find_certificate(Database& database, const TenantId& tenant,
                                                  const std::string& serial) {
  static const std::string sql = select_from<IssuedCertificate>("WHERE tenant = $1 AND serial = $2");
  return select_one<IssuedCertificate>(database, sql, tenant, serial);
}

std::vector<IssuedCertificate> list_device_certificates(Database& database, const TenantId& tenant,
                                                        const std::optional<base::DeviceId>& device, const Page& page) {
  static const std::string every =
      select_from<IssuedCertificate>("WHERE tenant = $1 AND serial > $2 AND purpose = $4 ORDER BY serial LIMIT $3");
  static const std::string of_one = select_from<IssuedCertificate>(
      "WHERE tenant = $1 AND serial > $2 AND purpose = $4 AND device = $5 ORDER BY serial LIMIT $3");
  constexpr CertificatePurpose purpose = CertificatePurpose::device;
  return device ? select_all<IssuedCertificate>(database, of_one, tenant, page.after, limit_of(page), purpose, *device)
                : select_all<IssuedCertificate>(database, every, tenant, page.after, limit_of(page), purpose);
}

std::vector<IssuedCertificate> list_revoked_certificates(Database& database, const TenantId& tenant,
                                                         const base::TimePoint& now, const Page& page) {
  static const std::string sql = select_from<IssuedCertificate>(
      "WHERE tenant = $1 AND serial > $2 AND purpose = $4 AND revoked_at IS NOT NULL AND not_after > $5"
      " ORDER BY serial LIMIT $3");
  return select_all<IssuedCertificate>(database, sql, tenant, page.after, limit_of(page), CertificatePurpose::device,
                                       now);
}

std::vector<IssuedCertificate> list_expired_device_certificates(Database& database, const base::TimePoint& now,
                                                                const std::size_t& limit) {
  static const std::string sql =
      select_from<IssuedCertificate>("WHERE purpose = $3 AND not_after < $1 ORDER BY not_after LIMIT $2");
  return select_all<IssuedCertificate>(database, sql, now, limit, CertificatePurpose::device);
}

std::optional<CaCertificate> find_ca_certificate(Database& database, const TenantId& tenant, const std::string& name) {
  static const std::string sql = select_from<CaCertificate>("WHERE tenant = $1 AND name = $2");
  return select_one<CaCertificate>(database, sql, tenant, name);
}

std::vector<CaCertificate> list_ca_certificates(Database& database, const TenantId& tenant) {
  static const std::string sql = select_from<CaCertificate>("WHERE tenant = $1 ORDER BY name LIMIT 1000");
  return select_all<CaCertificate>(database, sql, tenant);
}

std::optional<CredentialPolicy> find_credential_policy(Database& database, const TenantId& tenant,
                                                       const std::string& name) {
  static const std::string sql = select_from<CredentialPolicy>("WHERE tenant = $1 AND name = $2");
  return select_one<CredentialPolicy>(database, sql, tenant, name);
}

std::vector<CredentialPolicy> list_credential_policies(Database& database, const TenantId& tenant) {
  static const std::string sql = select_from<CredentialPolicy>("WHERE tenant = $1 ORDER BY name LIMIT 1000");
  return select_all<CredentialPolicy>(database, sql, tenant);
}

std::vector<DataKey> list_data_keys(Database& database, const TenantId& tenant) {
  static const std::string sql = select_from<DataKey>("WHERE tenant = $1 ORDER BY version LIMIT 1000");
  return select_all<DataKey>(database, sql, tenant);
}

std::vector<Challenge> list_expired_challenges(Database& database, const base::TimePoint& now,
                                               const std::size_t& limit) {
  static const std::string sql = select_from<Challenge>("WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2");
  return select_all<Challenge>(database, sql, now, limit);
}

std::optional<OutboxEntry> find_outbox_entry(Database& database, const TenantId& tenant, const base::Uuid& id) {
  static const std::string sql = select_from<OutboxEntry>("WHERE tenant = $1 AND id = $2");
  return select_one<OutboxEntry>(database, sql, tenant, id);
}

// One tenant after the other, by an index in which its due ones come first: what this costs grows with the tenants that
// have entries, and not with the entries of one whose webhook hangs.
std::vector<OutboxEntry> list_due_outbox(Database& database, const base::TimePoint& now,
                                         const std::size_t& of_one_tenant, const std::size_t& limit) {
  static const std::string next_tenant = "SELECT tenant FROM outbox WHERE tenant > $1 ORDER BY tenant LIMIT 1";
  static const std::string due_of_one =
      "SELECT due_at, created_at, id FROM outbox WHERE tenant = $1 AND due_at <= $2"
      " ORDER BY due_at, created_at, id LIMIT $3";
  using Due = std::tuple<std::int64_t, std::int64_t, base::Uuid, TenantId>;
  std::vector<Due> due;
  database.begin(Access::read);
  const auto tenant_after = [&database](std::string_view last) {
    std::optional<std::string> next;
    const Value after = last;
    database.query(next_tenant, {&after, 1}, [&](const Record& record) { next.emplace(record.text(0)); });
    return next;
  };
  for (auto tenant = tenant_after(""); tenant; tenant = tenant_after(*tenant)) {
    const std::array values{Value(std::string_view(*tenant)), to_value(now), to_value(std::min(of_one_tenant, limit))};
    database.query(due_of_one, values, [&](const Record& record) {
      due.emplace_back(record.integer(0), record.integer(1), base::Uuid::from_bytes(record.blob(2)), *tenant);
    });
  }
  std::ranges::sort(due);
  if (due.size() > limit) due.resize(limit);
  std::vector<OutboxEntry> entries;
  for (const auto& [due_at, created_at, id, tenant] : due)
    if (auto entry = find_outbox_entry(database, tenant, id)) entries.push_back(std::move(*entry));
  database.commit();
  return entries;
}

}  // namespace muster::store::reads
