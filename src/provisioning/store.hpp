// What provisioning needs of a database.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

#include "base/error.hpp"
#include "base/task.hpp"
#include "provisioning/audit.hpp"
#include "provisioning/device.hpp"
#include "provisioning/hub.hpp"
#include "provisioning/outbox.hpp"
#include "provisioning/principal.hpp"
#include "provisioning/trust.hpp"

namespace muster::provisioning {

using base::Result;
using base::Status;
using base::Task;

using AnyRow = std::variant<Tenant, Enrollment, EnrollmentGroup, Device, Identity, Credential, Placement, Ownership,
                            Registration, Challenge, Hub, Principal, AccessPolicy, Authority, IssuedCertificate,
                            DataKey, OutboxEntry, CaCertificate, CredentialPolicy, RefusalRecord, DeferredRegistration>;

/// One row of any kind. A type of its own, so that making, copying and destroying all kinds is compiled once (row.cpp)
/// and not in each file that writes one.
struct Row : AnyRow {
  template <class Kind>
  requires(!std::is_same_v<Kind, Row>) Row(Kind row);  // there is one for each kind
  Row(const Row&);
  Row(Row&&) noexcept;
  Row& operator=(const Row&);
  Row& operator=(Row&&) noexcept;
  ~Row();
};

/// Writes a row whose stored revision is still `row.revision` (0: no such row may exist, nor another one with the
/// same unique name). The stored row has the next revision.
struct Put {
  Row row;
};

/// Removes a row whose stored revision is still `row.revision`; of the row only its key and its revision count.
struct Remove {
  Row row;
};

/// Changes nothing, but fails the write unless the stored row's revision is still `row.revision`, and it was made at
/// the same time: what a decision was made upon must still hold when it is written. Of the row only its key, its
/// revision and its `created_at` count.
struct Keep {
  Row row;
};

using Change = std::variant<Put, Remove, Keep>;

/// Changes with every write of the tenant's own row, its groups, hubs and CA certificates. One that was seen before
/// never comes again.
struct BasisStamp {
  std::int64_t number = 0;
  TimePoint tenant_created_at;
  bool operator==(const BasisStamp&) const = default;
};

/// A write is a value: everything that one act changes, with the records of it. Applied all or nothing.
struct Write {
  TenantId tenant;  ///< the chain that the audit events go to; every row belongs to it
  std::vector<Change> changes;
  std::vector<AuditEvent> audit;
  /// Where it is given, the write fails unless this is still the stamp of the tenant's basis.
  std::optional<BasisStamp> basis = {};
  /// The tenant's limits, where whoever makes the write has read them; else they are read.
  std::optional<TenantLimits> limits = {};
};

/// One page of an ordered listing.
struct Page {
  std::string after;        ///< the last key of the page before; empty: from the start
  std::size_t limit = 100;  ///< 1 to 1000
};

/// What a tenant's limits count.
enum class Countable { devices, enrollments, groups, ca_certificates, hubs };

/// A hub and how many devices are placed in it now.
struct HubLoad {
  HubName hub;
  std::int64_t devices = 0;
};

class RegistrationBasis;

/// A database. Reads see every write that was acknowledged before they began. All functions throw where the database
/// fails. They may be called from any thread that runs an executor and resume on the caller's.
class Store {
 public:
  virtual ~Store() = default;

  /// Durable once it returns without an error. revision_conflict: somebody was faster, or a unique name is taken;
  /// nothing was changed, and neighbours in the same transaction of the database are not affected.
  virtual Task<Status> commit(Write write) = 0;

  /// Removes a tenant with every row that belongs to it but its audit records, which stay; `event` goes to the
  /// platform's chain in the same transaction. revision_conflict where the tenant's row has another revision.
  virtual Task<Status> remove_tenant(Tenant tenant, AuditEvent event) = 0;

  virtual Task<std::optional<Tenant>> find_tenant(TenantId id) = 0;
  virtual Task<std::optional<Tenant>> find_tenant(IdScope id_scope) = 0;
  /// What a tenant's registrations are decided upon (provisioning/registration_basis.hpp); null where no tenant has
  /// this ID scope. Alone among the reads it may be a second old where another node has written since. So whoever
  /// decides upon it names its stamp in the write, or asks whether it `is_current`.
  virtual Task<std::shared_ptr<RegistrationBasis>> registration_basis(IdScope id_scope) = 0;
  /// Of the tenant as it is now; nothing where there is none.
  virtual Task<std::optional<BasisStamp>> find_basis_stamp(TenantId tenant) = 0;
  virtual Task<std::vector<Tenant>> list_tenants(Page page) = 0;
  /// Looks at every row that it counts: not for the way of a registration.
  virtual Task<std::int64_t> count(TenantId tenant, Countable what) = 0;
  /// The tenant's hubs that have devices, ordered by name. Looks at every placement, as `count` does.
  virtual Task<std::vector<HubLoad>> count_devices_by_hub(TenantId tenant) = 0;

  /// `folded_id` is RegistrationId::folded(). Lists are ordered by it.
  virtual Task<std::optional<Enrollment>> find_enrollment(TenantId tenant, std::string folded_id) = 0;
  virtual Task<std::vector<Enrollment>> list_enrollments(TenantId tenant, Page page) = 0;

  virtual Task<std::optional<EnrollmentGroup>> find_group(TenantId tenant, GroupId id) = 0;
  virtual Task<std::vector<EnrollmentGroup>> list_groups(TenantId tenant, Page page) = 0;
  /// Up to 1000 groups that attest in this way, ordered by id.
  virtual Task<std::vector<EnrollmentGroup>> list_groups(TenantId tenant, AttestationKind kind) = 0;

  /// By name, without regard to case.
  virtual Task<std::optional<DeviceRecord>> find_device(TenantId tenant, std::string folded_name) = 0;
  virtual Task<std::optional<DeviceRecord>> find_device(TenantId tenant, DeviceId id) = 0;
  /// Ordered by folded name; `enrollment`, where given, confines the list to the devices that it let in.
  virtual Task<std::vector<DeviceRecord>> list_devices(TenantId tenant, std::optional<EnrollmentReference> enrollment,
                                                       Page page) = 0;

  /// Over all tenants, the oldest first; for whoever clears them away.
  virtual Task<std::vector<Challenge>> list_expired_challenges(TimePoint now, std::size_t limit) = 0;
  /// The latest first (by their ids, which are drawn in order); expired ones included. At most 16.
  virtual Task<std::vector<Challenge>> list_challenges(TenantId tenant, std::string folded_registration_id) = 0;

  /// The latest first. At most 32.
  virtual Task<std::vector<RefusalRecord>> list_refusals(TenantId tenant, std::string folded_registration_id) = 0;
  /// Those of a tenant whose names were not known, the oldest first; for whoever makes room.
  virtual Task<std::vector<RefusalRecord>> list_refusals_of_strangers(TenantId tenant, std::size_t limit) = 0;
  virtual Task<std::int64_t> count_refusals_of_strangers(TenantId tenant) = 0;
  /// Over all tenants, last seen before that time, the oldest first; for whoever clears them away.
  virtual Task<std::vector<RefusalRecord>> list_refusals_before(TimePoint time, std::size_t limit) = 0;
  virtual Task<std::optional<DeferredRegistration>> find_deferred(TenantId tenant,
                                                                  std::string folded_registration_id) = 0;
  /// Over all tenants, made before that time, the oldest first; for whoever clears them away.
  virtual Task<std::vector<DeferredRegistration>> list_deferred_before(TimePoint time, std::size_t limit) = 0;

  virtual Task<std::optional<Hub>> find_hub(TenantId tenant, HubName name) = 0;
  /// All of a tenant's, ordered by name. At most 1000.
  virtual Task<std::vector<Hub>> list_hubs(TenantId tenant) = 0;

  virtual Task<std::optional<AccessPolicy>> find_policy(TenantId tenant, std::string name) = 0;
  virtual Task<std::vector<AccessPolicy>> list_policies(TenantId tenant) = 0;
  /// Over all tenants, those of this name, the oldest first.
  virtual Task<std::vector<AccessPolicy>> list_policies_named(std::string name, std::size_t limit) = 0;
  virtual Task<std::optional<Principal>> find_principal(Bytes token_hash) = 0;
  virtual Task<std::optional<Principal>> find_principal(TenantId tenant, std::string name) = 0;
  virtual Task<std::vector<Principal>> list_principals(TenantId tenant) = 0;

  virtual Task<std::vector<Authority>> list_authorities(TenantId tenant) = 0;
  /// The latest of this purpose that is active.
  virtual Task<std::optional<IssuedCertificate>> find_active_certificate(TenantId tenant,
                                                                         CertificatePurpose purpose) = 0;
  virtual Task<std::optional<IssuedCertificate>> find_certificate(TenantId tenant, std::string serial) = 0;
  /// Issued to devices; ordered by serial number; `device`, where given, confines the list to its own.
  virtual Task<std::vector<IssuedCertificate>> list_device_certificates(TenantId tenant, std::optional<DeviceId> device,
                                                                        Page page) = 0;
  /// Of devices, over before `now`, over all tenants; the first to end first.
  virtual Task<std::vector<IssuedCertificate>> list_expired_device_certificates(TimePoint now, std::size_t limit) = 0;
  /// Revoked and not yet over at `now`, ordered by serial number; for revocation lists.
  virtual Task<std::vector<IssuedCertificate>> list_revoked_certificates(TenantId tenant, TimePoint now, Page page) = 0;
  virtual Task<std::optional<CaCertificate>> find_ca_certificate(TenantId tenant, std::string name) = 0;
  /// All of a tenant's, ordered by name. At most 1000.
  virtual Task<std::vector<CaCertificate>> list_ca_certificates(TenantId tenant) = 0;
  virtual Task<std::optional<CredentialPolicy>> find_credential_policy(TenantId tenant, std::string name) = 0;
  virtual Task<std::vector<CredentialPolicy>> list_credential_policies(TenantId tenant) = 0;
  virtual Task<std::vector<DataKey>> list_data_keys(TenantId tenant) = 0;

  /// Entries due at `now` or before, the oldest first, over all tenants; of one tenant the `of_one_tenant` oldest at
  /// most, so that none hides another's.
  virtual Task<std::vector<OutboxEntry>> list_due_outbox(TimePoint now, std::size_t of_one_tenant,
                                                         std::size_t limit) = 0;
  virtual Task<std::optional<OutboxEntry>> find_outbox_entry(TenantId tenant, Uuid id) = 0;

  /// Newest first; `before` is exclusive: the row number (see AuditRow) of the last one seen, or nothing.
  struct AuditRow {
    std::int64_t number = 0;  ///< grows with every record of this database
    AuditRecord record;
  };
  virtual Task<std::vector<AuditRow>> list_audit(TenantId tenant, std::optional<std::int64_t> before,
                                                 std::size_t limit) = 0;
  /// Every tenant's records, oldest first, for export and verification. `after` is exclusive, 0 to begin.
  virtual Task<std::vector<AuditRow>> scan_audit(std::int64_t after, std::size_t limit) = 0;
  virtual Task<std::vector<AuditHead>> list_audit_heads() = 0;
  virtual Task<std::vector<AuditCheckpoint>> list_checkpoints(std::int64_t after_number, std::size_t limit) = 0;
  virtual Task<std::optional<AuditCheckpoint>> find_last_checkpoint() = 0;
  /// revision_conflict where a checkpoint of that number exists.
  virtual Task<Status> add_checkpoint(AuditCheckpoint checkpoint) = 0;
};

}  // namespace muster::provisioning
