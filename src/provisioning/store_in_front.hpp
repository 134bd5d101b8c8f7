// A store that stands in front of another one.
#pragma once

#include <memory>

#include "provisioning/store.hpp"

namespace muster::provisioning {

/// Passes everything on to the inner store; whoever derives from it changes what it is about. Any thread.
class StoreInFront : public Store {
 public:
  explicit StoreInFront(std::unique_ptr<Store> inner) : inner_(std::move(inner)) {}

  Task<Status> commit(Write write) override { return inner_->commit(std::move(write)); }
  Task<Status> remove_tenant(Tenant tenant, AuditEvent event) override {
    return inner_->remove_tenant(std::move(tenant), std::move(event));
  }
  Task<std::shared_ptr<RegistrationBasis>> registration_basis(IdScope id_scope) override {
    return inner_->registration_basis(std::move(id_scope));
  }
  Task<std::optional<BasisStamp>> find_basis_stamp(TenantId tenant) override {
    return inner_->find_basis_stamp(std::move(tenant));
  }

  Task<std::optional<Tenant>> find_tenant(TenantId id) override { return inner_->find_tenant(std::move(id)); }
  Task<std::optional<Tenant>> find_tenant(IdScope id_scope) override {
    return inner_->find_tenant(std::move(id_scope));
  }
  Task<std::vector<Tenant>> list_tenants(Page page) override { return inner_->list_tenants(std::move(page)); }
  Task<std::int64_t> count(TenantId tenant, Countable what) override { return inner_->count(std::move(tenant), what); }
  Task<std::vector<HubLoad>> count_devices_by_hub(TenantId tenant) override {
    return inner_->count_devices_by_hub(std::move(tenant));
  }
  Task<std::optional<Enrollment>> find_enrollment(TenantId tenant, std::string folded_id) override {
    return inner_->find_enrollment(std::move(tenant), std::move(folded_id));
  }
  Task<std::vector<Enrollment>> list_enrollments(TenantId tenant, Page page) override {
    return inner_->list_enrollments(std::move(tenant), std::move(page));
  }
  Task<std::optional<EnrollmentGroup>> find_group(TenantId tenant, GroupId id) override {
    return inner_->find_group(std::move(tenant), std::move(id));
  }
  Task<std::vector<EnrollmentGroup>> list_groups(TenantId tenant, Page page) override {
    return inner_->list_groups(std::move(tenant), std::move(page));
  }
  Task<std::vector<EnrollmentGroup>> list_groups(TenantId tenant, AttestationKind kind) override {
    return inner_->list_groups(std::move(tenant), kind);
  }
  Task<std::optional<DeviceRecord>> find_device(TenantId tenant, std::string folded_name) override {
    return inner_->find_device(std::move(tenant), std::move(folded_name));
  }
  Task<std::optional<DeviceRecord>> find_device(TenantId tenant, DeviceId id) override {
    return inner_->find_device(std::move(tenant), id);
  }
  Task<std::vector<DeviceRecord>> list_devices(TenantId tenant, std::optional<EnrollmentReference> enrollment,
                                               Page page) override {
    return inner_->list_devices(std::move(tenant), std::move(enrollment), std::move(page));
  }
  Task<std::vector<IssuedCertificate>> list_expired_device_certificates(TimePoint now, std::size_t limit) override {
    return inner_->list_expired_device_certificates(now, limit);
  }
  Task<std::vector<Challenge>> list_expired_challenges(TimePoint now, std::size_t limit) override {
    return inner_->list_expired_challenges(now, limit);
  }
  Task<std::vector<Challenge>> list_challenges(TenantId tenant, std::string folded_registration_id) override {
    return inner_->list_challenges(std::move(tenant), std::move(folded_registration_id));
  }
  Task<std::vector<RefusalRecord>> list_refusals(TenantId tenant, std::string folded_registration_id) override {
    return inner_->list_refusals(std::move(tenant), std::move(folded_registration_id));
  }
  Task<std::vector<RefusalRecord>> list_refusals_of_strangers(TenantId tenant, std::size_t limit) override {
    return inner_->list_refusals_of_strangers(std::move(tenant), limit);
  }
  Task<std::int64_t> count_refusals_of_strangers(TenantId tenant) override {
    return inner_->count_refusals_of_strangers(std::move(tenant));
  }
  Task<std::vector<RefusalRecord>> list_refusals_before(TimePoint time, std::size_t limit) override {
    return inner_->list_refusals_before(time, limit);
  }
  Task<std::optional<DeferredRegistration>> find_deferred(TenantId tenant,
                                                          std::string folded_registration_id) override {
    return inner_->find_deferred(std::move(tenant), std::move(folded_registration_id));
  }
  Task<std::vector<DeferredRegistration>> list_deferred_before(TimePoint time, std::size_t limit) override {
    return inner_->list_deferred_before(time, limit);
  }
  Task<std::optional<Hub>> find_hub(TenantId tenant, HubName name) override {
    return inner_->find_hub(std::move(tenant), std::move(name));
  }
  Task<std::vector<Hub>> list_hubs(TenantId tenant) override { return inner_->list_hubs(std::move(tenant)); }
  Task<std::optional<AccessPolicy>> find_policy(TenantId tenant, std::string name) override {
    return inner_->find_policy(std::move(tenant), std::move(name));
  }
  Task<std::vector<AccessPolicy>> list_policies(TenantId tenant) override {
    return inner_->list_policies(std::move(tenant));
  }
  Task<std::vector<AccessPolicy>> list_policies_named(std::string name, std::size_t limit) override {
    return inner_->list_policies_named(std::move(name), limit);
  }
  Task<std::optional<Principal>> find_principal(Bytes token_hash) override {
    return inner_->find_principal(std::move(token_hash));
  }
  Task<std::optional<Principal>> find_principal(TenantId tenant, std::string name) override {
    return inner_->find_principal(std::move(tenant), std::move(name));
  }
  Task<std::vector<Principal>> list_principals(TenantId tenant) override {
    return inner_->list_principals(std::move(tenant));
  }
  Task<std::vector<Authority>> list_authorities(TenantId tenant) override {
    return inner_->list_authorities(std::move(tenant));
  }
  Task<std::optional<IssuedCertificate>> find_active_certificate(TenantId tenant, CertificatePurpose purpose) override {
    return inner_->find_active_certificate(std::move(tenant), purpose);
  }
  Task<std::optional<IssuedCertificate>> find_certificate(TenantId tenant, std::string serial) override {
    return inner_->find_certificate(std::move(tenant), std::move(serial));
  }
  Task<std::vector<IssuedCertificate>> list_device_certificates(TenantId tenant, std::optional<DeviceId> device,
                                                                Page page) override {
    return inner_->list_device_certificates(std::move(tenant), device, std::move(page));
  }
  Task<std::vector<IssuedCertificate>> list_revoked_certificates(TenantId tenant, TimePoint now, Page page) override {
    return inner_->list_revoked_certificates(std::move(tenant), now, std::move(page));
  }
  Task<std::optional<CaCertificate>> find_ca_certificate(TenantId tenant, std::string name) override {
    return inner_->find_ca_certificate(std::move(tenant), std::move(name));
  }
  Task<std::vector<CaCertificate>> list_ca_certificates(TenantId tenant) override {
    return inner_->list_ca_certificates(std::move(tenant));
  }
  Task<std::optional<CredentialPolicy>> find_credential_policy(TenantId tenant, std::string name) override {
    return inner_->find_credential_policy(std::move(tenant), std::move(name));
  }
  Task<std::vector<CredentialPolicy>> list_credential_policies(TenantId tenant) override {
    return inner_->list_credential_policies(std::move(tenant));
  }
  Task<std::vector<DataKey>> list_data_keys(TenantId tenant) override {
    return inner_->list_data_keys(std::move(tenant));
  }
  Task<std::vector<OutboxEntry>> list_due_outbox(TimePoint now, std::size_t of_one_tenant, std::size_t limit) override {
    return inner_->list_due_outbox(now, of_one_tenant, limit);
  }
  Task<std::optional<OutboxEntry>> find_outbox_entry(TenantId tenant, Uuid id) override {
    return inner_->find_outbox_entry(std::move(tenant), id);
  }
  Task<std::vector<AuditRow>> list_audit(TenantId tenant, std::optional<std::int64_t> before,
                                         std::size_t limit) override {
    return inner_->list_audit(std::move(tenant), before, limit);
  }
  Task<std::vector<AuditRow>> scan_audit(std::int64_t after, std::size_t limit) override {
    return inner_->scan_audit(after, limit);
  }
  Task<std::vector<AuditHead>> list_audit_heads() override { return inner_->list_audit_heads(); }
  Task<std::vector<AuditCheckpoint>> list_checkpoints(std::int64_t after_number, std::size_t limit) override {
    return inner_->list_checkpoints(after_number, limit);
  }
  Task<std::optional<AuditCheckpoint>> find_last_checkpoint() override { return inner_->find_last_checkpoint(); }
  Task<Status> add_checkpoint(AuditCheckpoint checkpoint) override {
    return inner_->add_checkpoint(std::move(checkpoint));
  }

 protected:
  std::unique_ptr<Store> inner_;
};

}  // namespace muster::provisioning
