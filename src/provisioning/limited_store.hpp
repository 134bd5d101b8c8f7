// A store that keeps tenants within their limits.
#pragma once

#include <map>
#include <memory>
#include <mutex>

#include "base/clock.hpp"
#include "provisioning/store.hpp"

namespace muster::provisioning {

/// A store in front of another one. A write that adds a device, an enrollment, a group, a CA certificate or a hub
/// beyond the tenant's limit is refused with quota_exceeded, whoever makes it; everything else goes through. What a
/// tenant has is counted now and then (every ten seconds near a limit, every minute otherwise), and what went through
/// here since is added. So nodes that share a database can exceed a limit together by what the others add in that time,
/// and so can requests that come while the first count is made. Any thread.
class LimitedStore final : public Store {
 public:
  LimitedStore(std::unique_ptr<Store> inner, const base::Clock& clock) : inner_(std::move(inner)), clock_(clock) {}

  /// As the inner one's, and quota_exceeded.
  Task<Status> commit(Write write) override;
  Task<Status> remove_tenant(Tenant tenant, AuditEvent event) override;

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

 private:
  /// How many of each kind a write adds, or takes away where negative.
  using Difference = std::map<Countable, std::int64_t>;
  /// How many there are, as far as this node knows.
  struct Count {
    std::int64_t number = 0;
    TimePoint counted_at;
  };
  using Key = std::pair<TenantId, Countable>;
  class Noted;

  static Difference difference_of(const Write& write);
  /// quota_exceeded, or the difference noted.
  Task<Status> make_room(TenantId tenant, Difference difference);
  /// Whether it must be counted again; says so to one caller at a time.
  bool is_due(const Tenant& tenant, Countable what);
  void add(const TenantId& tenant, const Difference& difference, int sign);

  std::unique_ptr<Store> inner_;
  const base::Clock& clock_;
  std::mutex mutex_;  // held for look-ups only
  std::map<Key, Count> counts_;
};

}  // namespace muster::provisioning
