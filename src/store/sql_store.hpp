// The store on a SQL database.
#pragma once

#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "base/random.hpp"
#include "provisioning/store.hpp"
#include "store/database.hpp"

namespace muster::store {

/// What the writer has done since the store was opened.
struct Statistics {
  std::uint64_t transactions = 0;
  std::uint64_t writes = 0;     ///< all that were answered, refused ones included
  std::uint64_t conflicts = 0;  ///< those refused
  std::size_t queued = 0;       ///< waiting now
};

class Writer;

/// Reads run at once on the caller's thread, each on a connection that is taken from a pool (one for each thread that
/// reads at a time): a point look-up takes some 10 us, less than handing it to another thread and back. Writes go to
/// one writing thread (store/writer.hpp); commit() refuses with `busy` while 65,536 of them wait.
///
/// Throws std::logic_error where a Write holds a row of another tenant than its own. Must be destroyed before the
/// executors of those who wait for it; what was queued is finished first.
class SqlStore final : public provisioning::Store {
 public:
  /// `connect` opens connections to one migrated database; `random` must outlive the store.
  SqlStore(Connect connect, base::Random& random);
  ~SqlStore() override;

  Statistics statistics() const;

  template <class T>
  using Task = base::Task<T>;
  using TenantId = base::TenantId;
  using Page = provisioning::Page;

  Task<Status> commit(provisioning::Write write) override;
  Task<Status> remove_tenant(provisioning::Tenant tenant, provisioning::AuditEvent event) override;

  Task<std::shared_ptr<provisioning::RegistrationBasis>> registration_basis(base::IdScope id_scope) override;
  Task<std::optional<provisioning::BasisStamp>> find_basis_stamp(TenantId tenant) override;
  Task<std::optional<provisioning::Tenant>> find_tenant(TenantId id) override;
  Task<std::optional<provisioning::Tenant>> find_tenant(base::IdScope id_scope) override;
  Task<std::vector<provisioning::Tenant>> list_tenants(Page page) override;
  Task<std::int64_t> count(TenantId tenant, provisioning::Countable what) override;
  Task<std::vector<provisioning::HubLoad>> count_devices_by_hub(TenantId tenant) override;

  Task<std::optional<provisioning::Enrollment>> find_enrollment(TenantId tenant, std::string folded_id) override;
  Task<std::vector<provisioning::Enrollment>> list_enrollments(TenantId tenant, Page page) override;

  Task<std::optional<provisioning::EnrollmentGroup>> find_group(TenantId tenant, base::GroupId id) override;
  Task<std::vector<provisioning::EnrollmentGroup>> list_groups(TenantId tenant, Page page) override;
  Task<std::vector<provisioning::EnrollmentGroup>> list_groups(TenantId tenant,
                                                               provisioning::AttestationKind kind) override;

  Task<std::optional<provisioning::DeviceRecord>> find_device(TenantId tenant, std::string folded_name) override;
  Task<std::optional<provisioning::DeviceRecord>> find_device(TenantId tenant, base::DeviceId id) override;
  Task<std::vector<provisioning::DeviceRecord>> list_devices(
      TenantId tenant, std::optional<provisioning::EnrollmentReference> enrollment, Page page) override;

  Task<std::vector<provisioning::IssuedCertificate>> list_expired_device_certificates(base::TimePoint now,
                                                                                      std::size_t limit) override;
  Task<std::vector<provisioning::Challenge>> list_expired_challenges(base::TimePoint now, std::size_t limit) override;
  Task<std::vector<provisioning::Challenge>> list_challenges(TenantId tenant,
                                                             std::string folded_registration_id) override;

  Task<std::vector<provisioning::RefusalRecord>> list_refusals(TenantId tenant,
                                                               std::string folded_registration_id) override;
  Task<std::vector<provisioning::RefusalRecord>> list_refusals_of_strangers(TenantId tenant,
                                                                            std::size_t limit) override;
  Task<std::int64_t> count_refusals_of_strangers(TenantId tenant) override;
  Task<std::vector<provisioning::RefusalRecord>> list_refusals_before(base::TimePoint time, std::size_t limit) override;
  Task<std::optional<provisioning::DeferredRegistration>> find_deferred(TenantId tenant,
                                                                        std::string folded_registration_id) override;
  Task<std::vector<provisioning::DeferredRegistration>> list_deferred_before(base::TimePoint time,
                                                                             std::size_t limit) override;

  Task<std::optional<provisioning::Hub>> find_hub(TenantId tenant, base::HubName name) override;
  Task<std::vector<provisioning::Hub>> list_hubs(TenantId tenant) override;

  Task<std::optional<provisioning::AccessPolicy>> find_policy(TenantId tenant, std::string name) override;
  Task<std::vector<provisioning::AccessPolicy>> list_policies(TenantId tenant) override;
  Task<std::vector<provisioning::AccessPolicy>> list_policies_named(std::string name, std::size_t limit) override;
  Task<std::optional<provisioning::Principal>> find_principal(Bytes token_hash) override;
  Task<std::optional<provisioning::Principal>> find_principal(TenantId tenant, std::string name) override;
  Task<std::vector<provisioning::Principal>> list_principals(TenantId tenant) override;

  Task<std::vector<provisioning::Authority>> list_authorities(TenantId tenant) override;
  Task<std::optional<provisioning::IssuedCertificate>> find_active_certificate(
      TenantId tenant, provisioning::CertificatePurpose purpose) override;
  Task<std::optional<provisioning::IssuedCertificate>> find_certificate(TenantId tenant, std::string serial) override;
  Task<std::vector<provisioning::IssuedCertificate>> list_device_certificates(TenantId tenant,
                                                                              std::optional<base::DeviceId> device,
                                                                              Page page) override;
  Task<std::vector<provisioning::IssuedCertificate>> list_revoked_certificates(TenantId tenant, base::TimePoint now,
                                                                               Page page) override;
  Task<std::optional<provisioning::CaCertificate>> find_ca_certificate(TenantId tenant, std::string name) override;
  Task<std::vector<provisioning::CaCertificate>> list_ca_certificates(TenantId tenant) override;
  Task<std::optional<provisioning::CredentialPolicy>> find_credential_policy(TenantId tenant,
                                                                             std::string name) override;
  Task<std::vector<provisioning::CredentialPolicy>> list_credential_policies(TenantId tenant) override;
  Task<std::vector<provisioning::DataKey>> list_data_keys(TenantId tenant) override;

  Task<std::optional<provisioning::OutboxEntry>> find_outbox_entry(TenantId tenant, base::Uuid id) override;
  Task<std::vector<provisioning::OutboxEntry>> list_due_outbox(base::TimePoint now, std::size_t of_one_tenant,
                                                               std::size_t limit) override;

  Task<std::vector<AuditRow>> list_audit(TenantId tenant, std::optional<std::int64_t> before,
                                         std::size_t limit) override;
  Task<std::vector<AuditRow>> scan_audit(std::int64_t after, std::size_t limit) override;
  Task<std::vector<provisioning::AuditHead>> list_audit_heads() override;
  Task<std::vector<provisioning::AuditCheckpoint>> list_checkpoints(std::int64_t after_number,
                                                                    std::size_t limit) override;
  Task<std::optional<provisioning::AuditCheckpoint>> find_last_checkpoint() override;
  Task<Status> add_checkpoint(provisioning::AuditCheckpoint checkpoint) override;

 private:
  // A connection on which a read failed is not given back, so none with an open transaction is used again.
  template <class Read, class... Arguments>
  auto read(Read function, const Arguments&... arguments) {
    std::unique_ptr<Database> reader = take_reader();
    auto result = function(*reader, arguments...);
    give_back(std::move(reader));
    return result;
  }
  std::unique_ptr<Database> take_reader();
  void give_back(std::unique_ptr<Database> reader);

  Connect connect_;
  std::mutex mutex_;  // held to move a connection in or out of the pool, never across I/O
  std::vector<std::unique_ptr<Database>> idle_readers_;
  std::unique_ptr<Writer> writer_;
};

}  // namespace muster::store
