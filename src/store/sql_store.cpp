#include "store/sql_store.hpp"

#include "provisioning/registration_basis.hpp"
#include "store/changes.hpp"
#include "store/reads.hpp"
#include "store/rows_audit.hpp"
#include "store/writer.hpp"

namespace muster::store {

using namespace provisioning;

namespace {

base::Task<Status> write_durably(Writer& writer, std::shared_ptr<const Writer::Work> work) {
  Writer::Outcome outcome;
  if (!writer.enqueue(work, outcome)) co_return base::Error(base::Errc::busy, "too many writes wait");
  co_return co_await outcome.wait();
}

}  // namespace

SqlStore::SqlStore(Connect connect, base::Random& random)
    : connect_(std::move(connect)), writer_(std::make_unique<Writer>(connect_, random)) {}

SqlStore::~SqlStore() = default;

Statistics SqlStore::statistics() const { return writer_->statistics(); }

std::unique_ptr<Database> SqlStore::take_reader() {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_readers_.empty()) {
      std::unique_ptr<Database> reader = std::move(idle_readers_.back());
      idle_readers_.pop_back();
      return reader;
    }
  }
  return connect_(Access::read);
}

void SqlStore::give_back(std::unique_ptr<Database> reader) {
  const std::lock_guard lock(mutex_);
  idle_readers_.push_back(std::move(reader));
}

base::Task<Status> SqlStore::commit(Write write) {
  require_one_tenant(write);
  return write_durably(*writer_, std::make_shared<const Writer::Work>(std::move(write)));
}

base::Task<Status> SqlStore::add_checkpoint(AuditCheckpoint checkpoint) {
  return write_durably(*writer_, std::make_shared<const Writer::Work>(std::move(checkpoint)));
}

base::Task<Status> SqlStore::remove_tenant(Tenant tenant, AuditEvent event) {
  Writer::TenantRemoval removal{std::move(tenant), std::move(event)};
  return write_durably(*writer_, std::make_shared<const Writer::Work>(std::move(removal)));
}

base::Task<std::shared_ptr<RegistrationBasis>> SqlStore::registration_basis(base::IdScope id_scope) {
  auto found = read(reads::find_basis, id_scope);
  if (!found) co_return nullptr;
  co_return std::make_shared<RegistrationBasis>(*this, std::move(found->first), found->second);
}

base::Task<std::optional<BasisStamp>> SqlStore::find_basis_stamp(TenantId tenant) {
  co_return read(reads::find_basis_stamp, tenant);
}

base::Task<std::optional<Tenant>> SqlStore::find_tenant(TenantId id) { co_return read(reads::find_tenant, id); }

base::Task<std::optional<Tenant>> SqlStore::find_tenant(base::IdScope id_scope) {
  co_return read(reads::find_tenant_by_scope, id_scope);
}

base::Task<std::vector<Tenant>> SqlStore::list_tenants(Page page) { co_return read(reads::list_tenants, page); }

base::Task<std::int64_t> SqlStore::count(TenantId tenant, Countable what) {
  co_return read(reads::count, tenant, what);
}

base::Task<std::vector<HubLoad>> SqlStore::count_devices_by_hub(TenantId tenant) {
  co_return read(reads::count_devices_by_hub, tenant);
}

base::Task<std::optional<Enrollment>> SqlStore::find_enrollment(TenantId tenant, std::string folded_id) {
  co_return read(reads::find_enrollment, tenant, folded_id);
}

base::Task<std::vector<Enrollment>> SqlStore::list_enrollments(TenantId tenant, Page page) {
  co_return read(reads::list_enrollments, tenant, page);
}

base::Task<std::optional<EnrollmentGroup>> SqlStore::find_group(TenantId tenant, base::GroupId id) {
  co_return read(reads::find_group, tenant, id);
}

base::Task<std::vector<EnrollmentGroup>> SqlStore::list_groups(TenantId tenant, Page page) {
  co_return read(reads::list_groups, tenant, page);
}

base::Task<std::vector<EnrollmentGroup>> SqlStore::list_groups(TenantId tenant, AttestationKind kind) {
  co_return read(reads::list_groups_by_kind, tenant, kind);
}

base::Task<std::optional<DeviceRecord>> SqlStore::find_device(TenantId tenant, std::string folded_name) {
  co_return read(reads::find_device_by_name, tenant, folded_name);
}

base::Task<std::optional<DeviceRecord>> SqlStore::find_device(TenantId tenant, base::DeviceId id) {
  co_return read(reads::find_device, tenant, id);
}

base::Task<std::vector<DeviceRecord>> SqlStore::list_devices(TenantId tenant,
                                                             std::optional<EnrollmentReference> enrollment, Page page) {
  co_return read(reads::list_devices, tenant, enrollment, page);
}

base::Task<std::vector<IssuedCertificate>> SqlStore::list_expired_device_certificates(base::TimePoint now,
                                                                                      std::size_t limit) {
  co_return read(reads::list_expired_device_certificates, now, limit);
}
base::Task<std::vector<Challenge>> SqlStore::list_expired_challenges(base::TimePoint now, std::size_t limit) {
  co_return read(reads::list_expired_challenges, now, limit);
}

base::Task<std::vector<Challenge>> SqlStore::list_challenges(TenantId tenant, std::string folded_registration_id) {
  co_return read(reads::list_challenges, tenant, folded_registration_id);
}

base::Task<std::vector<RefusalRecord>> SqlStore::list_refusals(TenantId tenant, std::string folded_registration_id) {
  co_return read(reads::list_refusals, tenant, folded_registration_id);
}

base::Task<std::vector<RefusalRecord>> SqlStore::list_refusals_of_strangers(TenantId tenant, std::size_t limit) {
  co_return read(reads::list_refusals_of_strangers, tenant, limit);
}

base::Task<std::int64_t> SqlStore::count_refusals_of_strangers(TenantId tenant) {
  co_return read(reads::count_refusals_of_strangers, tenant);
}

base::Task<std::vector<RefusalRecord>> SqlStore::list_refusals_before(base::TimePoint time, std::size_t limit) {
  co_return read(reads::list_refusals_before, time, limit);
}

base::Task<std::optional<DeferredRegistration>> SqlStore::find_deferred(TenantId tenant,
                                                                        std::string folded_registration_id) {
  co_return read(reads::find_deferred, tenant, folded_registration_id);
}

base::Task<std::vector<DeferredRegistration>> SqlStore::list_deferred_before(base::TimePoint time, std::size_t limit) {
  co_return read(reads::list_deferred_before, time, limit);
}

base::Task<std::optional<Hub>> SqlStore::find_hub(TenantId tenant, base::HubName name) {
  co_return read(reads::find_hub, tenant, name);
}

base::Task<std::vector<Hub>> SqlStore::list_hubs(TenantId tenant) { co_return read(reads::list_hubs, tenant); }

base::Task<std::optional<AccessPolicy>> SqlStore::find_policy(TenantId tenant, std::string name) {
  co_return read(reads::find_policy, tenant, name);
}

base::Task<std::vector<AccessPolicy>> SqlStore::list_policies(TenantId tenant) {
  co_return read(reads::list_policies, tenant);
}

base::Task<std::vector<AccessPolicy>> SqlStore::list_policies_named(std::string name, std::size_t limit) {
  co_return read(reads::list_policies_named, name, limit);
}

base::Task<std::optional<Principal>> SqlStore::find_principal(Bytes token_hash) {
  co_return read(reads::find_principal, token_hash);
}

base::Task<std::optional<Principal>> SqlStore::find_principal(TenantId tenant, std::string name) {
  co_return read(reads::find_principal_by_name, tenant, name);
}

base::Task<std::vector<Principal>> SqlStore::list_principals(TenantId tenant) {
  co_return read(reads::list_principals, tenant);
}

base::Task<std::vector<Authority>> SqlStore::list_authorities(TenantId tenant) {
  co_return read(reads::list_authorities, tenant);
}

base::Task<std::optional<IssuedCertificate>> SqlStore::find_active_certificate(TenantId tenant,
                                                                               CertificatePurpose purpose) {
  co_return read(reads::find_active_certificate, tenant, purpose);
}

base::Task<std::optional<IssuedCertificate>> SqlStore::find_certificate(TenantId tenant, std::string serial) {
  co_return read(reads::find_certificate, tenant, serial);
}

base::Task<std::vector<IssuedCertificate>> SqlStore::list_device_certificates(TenantId tenant,
                                                                              std::optional<base::DeviceId> device,
                                                                              Page page) {
  co_return read(reads::list_device_certificates, tenant, device, page);
}

base::Task<std::vector<IssuedCertificate>> SqlStore::list_revoked_certificates(TenantId tenant, base::TimePoint now,
                                                                               Page page) {
  co_return read(reads::list_revoked_certificates, tenant, now, page);
}

base::Task<std::optional<CaCertificate>> SqlStore::find_ca_certificate(TenantId tenant, std::string name) {
  co_return read(reads::find_ca_certificate, tenant, name);
}

base::Task<std::vector<CaCertificate>> SqlStore::list_ca_certificates(TenantId tenant) {
  co_return read(reads::list_ca_certificates, tenant);
}

base::Task<std::optional<CredentialPolicy>> SqlStore::find_credential_policy(TenantId tenant, std::string name) {
  co_return read(reads::find_credential_policy, tenant, name);
}

base::Task<std::vector<CredentialPolicy>> SqlStore::list_credential_policies(TenantId tenant) {
  co_return read(reads::list_credential_policies, tenant);
}

base::Task<std::vector<DataKey>> SqlStore::list_data_keys(TenantId tenant) {
  co_return read(reads::list_data_keys, tenant);
}

base::Task<std::optional<OutboxEntry>> SqlStore::find_outbox_entry(TenantId tenant, base::Uuid id) {
  co_return read(reads::find_outbox_entry, tenant, id);
}

base::Task<std::vector<OutboxEntry>> SqlStore::list_due_outbox(base::TimePoint now, std::size_t of_one_tenant,
                                                               std::size_t limit) {
  co_return read(reads::list_due_outbox, now, of_one_tenant, limit);
}

base::Task<std::vector<Store::AuditRow>> SqlStore::list_audit(TenantId tenant, std::optional<std::int64_t> before,
                                                              std::size_t limit) {
  co_return read(store::list_audit, tenant, before, limit);
}

base::Task<std::vector<Store::AuditRow>> SqlStore::scan_audit(std::int64_t after, std::size_t limit) {
  co_return read(store::scan_audit, after, limit);
}

base::Task<std::vector<AuditHead>> SqlStore::list_audit_heads() { co_return read(store::list_audit_heads); }

base::Task<std::vector<AuditCheckpoint>> SqlStore::list_checkpoints(std::int64_t after_number, std::size_t limit) {
  co_return read(store::list_checkpoints, after_number, limit);
}

base::Task<std::optional<AuditCheckpoint>> SqlStore::find_last_checkpoint() {
  co_return read(store::find_last_checkpoint);
}

}  // namespace muster::store
