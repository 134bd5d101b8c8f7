// The look-ups and listings on one connection. provisioning::Store says what each promises.
#pragma once

#include <utility>

#include "provisioning/store.hpp"
#include "store/database.hpp"

namespace muster::store::reads {

using base::TenantId;
using provisioning::Page;

std::optional<provisioning::Tenant> find_tenant(Database& database, const TenantId& id);
/// Of one moment; nothing where no tenant has this ID scope.
std::optional<std::pair<provisioning::Tenant, provisioning::BasisStamp>> find_basis(Database& database,
                                                                                    const base::IdScope& id_scope);
std::optional<provisioning::BasisStamp> find_basis_stamp(Database& database, const TenantId& tenant);
std::optional<provisioning::Tenant> find_tenant_by_scope(Database& database, const base::IdScope& id_scope);
std::vector<provisioning::Tenant> list_tenants(Database& database, const Page& page);
std::int64_t count(Database& database, const TenantId& tenant, const provisioning::Countable& what);
std::vector<provisioning::HubLoad> count_devices_by_hub(Database& database, const TenantId& tenant);

std::optional<provisioning::Enrollment> find_enrollment(Database& database, const TenantId& tenant,
                                                        const std::string& folded_id);
std::vector<provisioning::Enrollment> list_enrollments(Database& database, const TenantId& tenant, const Page& page);

std::optional<provisioning::EnrollmentGroup> find_group(Database& database, const TenantId& tenant,
                                                        const base::GroupId& id);
std::vector<provisioning::EnrollmentGroup> list_groups(Database& database, const TenantId& tenant, const Page& page);
std::vector<provisioning::EnrollmentGroup> list_groups_by_kind(Database& database, const TenantId& tenant,
                                                               const provisioning::AttestationKind& kind);

/// In one transaction, so that the parts belong together.
std::optional<provisioning::DeviceRecord> find_device_by_name(Database& database, const TenantId& tenant,
                                                              const std::string& folded_name);
std::optional<provisioning::DeviceRecord> find_device(Database& database, const TenantId& tenant,
                                                      const base::DeviceId& id);
std::vector<provisioning::DeviceRecord> list_devices(Database& database, const TenantId& tenant,
                                                     const std::optional<provisioning::EnrollmentReference>& enrollment,
                                                     const Page& page);

std::vector<provisioning::Challenge> list_challenges(Database& database, const TenantId& tenant,
                                                     const std::string& folded_registration_id);

std::vector<provisioning::RefusalRecord> list_refusals(Database& database, const TenantId& tenant,
                                                       const std::string& folded_registration_id);
std::vector<provisioning::RefusalRecord> list_refusals_of_strangers(Database& database, const TenantId& tenant,
                                                                    const std::size_t& limit);
std::int64_t count_refusals_of_strangers(Database& database, const TenantId& tenant);
std::vector<provisioning::RefusalRecord> list_refusals_before(Database& database, const base::TimePoint& time,
                                                              const std::size_t& limit);
std::optional<provisioning::DeferredRegistration> find_deferred(Database& database, const TenantId& tenant,
                                                                const std::string& folded_registration_id);
std::vector<provisioning::DeferredRegistration> list_deferred_before(Database& database, const base::TimePoint& time,
                                                                     const std::size_t& limit);

std::optional<provisioning::Hub> find_hub(Database& database, const TenantId& tenant, const base::HubName& name);
std::vector<provisioning::Hub> list_hubs(Database& database, const TenantId& tenant);

std::optional<provisioning::AccessPolicy> find_policy(Database& database, const TenantId& tenant,
                                                      const std::string& name);
std::vector<provisioning::AccessPolicy> list_policies(Database& database, const TenantId& tenant);
std::vector<provisioning::AccessPolicy> list_policies_named(Database& database, const std::string& name,
                                                            const std::size_t& limit);
std::optional<provisioning::Principal> find_principal(Database& database, const Bytes& token_hash);
std::optional<provisioning::Principal> find_principal_by_name(Database& database, const TenantId& tenant,
                                                              const std::string& name);
std::vector<provisioning::Principal> list_principals(Database& database, const TenantId& tenant);

std::vector<provisioning::Authority> list_authorities(Database& database, const TenantId& tenant);
std::optional<provisioning::IssuedCertificate> find_active_certificate(Database& database, const TenantId& tenant,
                                                                       const provisioning::CertificatePurpose& purpose);
std::optional<provisioning::IssuedCertificate> find_certificate(Database& database, const TenantId& tenant,
                                                                const std::string& serial);
std::vector<provisioning::IssuedCertificate> list_device_certificates(Database& database, const TenantId& tenant,
                                                                      const std::optional<base::DeviceId>& device,
                                                                      const Page& page);
std::vector<provisioning::IssuedCertificate> list_revoked_certificates(Database& database, const TenantId& tenant,
                                                                       const base::TimePoint& now, const Page& page);
std::optional<provisioning::CaCertificate> find_ca_certificate(Database& database, const TenantId& tenant,
                                                               const std::string& name);
std::vector<provisioning::CaCertificate> list_ca_certificates(Database& database, const TenantId& tenant);
std::optional<provisioning::CredentialPolicy> find_credential_policy(Database& database, const TenantId& tenant,
                                                                     const std::string& name);
std::vector<provisioning::CredentialPolicy> list_credential_policies(Database& database, const TenantId& tenant);
std::vector<provisioning::DataKey> list_data_keys(Database& database, const TenantId& tenant);

std::vector<provisioning::IssuedCertificate> list_expired_device_certificates(Database& database,
                                                                              const base::TimePoint& now,
                                                                              const std::size_t& limit);
std::vector<provisioning::Challenge> list_expired_challenges(Database& database, const base::TimePoint& now,
                                                             const std::size_t& limit);
std::optional<provisioning::OutboxEntry> find_outbox_entry(Database& database, const TenantId& tenant,
                                                           const base::Uuid& id);
std::vector<provisioning::OutboxEntry> list_due_outbox(Database& database, const base::TimePoint& now,
                                                       const std::size_t& of_one_tenant, const std::size_t& limit);

}  // namespace muster::store::reads
