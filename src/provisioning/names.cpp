#include "provisioning/names.hpp"

#include <array>
#include <stdexcept>

namespace muster::provisioning {
namespace {

template <class T>
struct Name {
  T value;
  std::string_view name;
};

template <class T>
constexpr int names = 0;

template <>
constexpr std::array names<AllocationPolicy> = {
    Name<AllocationPolicy>{AllocationPolicy::hashed, "hashed"},
    Name<AllocationPolicy>{AllocationPolicy::geo_latency, "geo_latency"},
    Name<AllocationPolicy>{AllocationPolicy::static_hub, "static"},
    Name<AllocationPolicy>{AllocationPolicy::custom, "custom"},
};
template <>
constexpr std::array names<AttestationKind> = {
    Name<AttestationKind>{AttestationKind::symmetric_key, "symmetric_key"},
    Name<AttestationKind>{AttestationKind::tpm, "tpm"},
    Name<AttestationKind>{AttestationKind::x509, "x509"},
    Name<AttestationKind>{AttestationKind::tpm_vendor, "tpm_vendor"},
};
template <>
constexpr std::array names<OverlapState> = {
    Name<OverlapState>{OverlapState::pending, "pending"},
    Name<OverlapState>{OverlapState::active, "active"},
    Name<OverlapState>{OverlapState::retiring, "retiring"},
    Name<OverlapState>{OverlapState::revoked, "revoked"},
};
template <>
constexpr std::array names<IdentityKind> = {
    Name<IdentityKind>{IdentityKind::endorsement_key, "endorsement_key"},
    Name<IdentityKind>{IdentityKind::attestation_key, "attestation_key"},
    Name<IdentityKind>{IdentityKind::device_certificate, "device_certificate"},
};
template <>
constexpr std::array names<CredentialKind> = {
    Name<CredentialKind>{CredentialKind::hub_symmetric_key, "hub_symmetric_key"},
    Name<CredentialKind>{CredentialKind::enrollment_key, "enrollment_key"},
    Name<CredentialKind>{CredentialKind::certificate_thumbprint, "certificate_thumbprint"},
};
template <>
constexpr std::array names<RegistrationStatus> = {
    Name<RegistrationStatus>{RegistrationStatus::unassigned, "unassigned"},
    Name<RegistrationStatus>{RegistrationStatus::assigning, "assigning"},
    Name<RegistrationStatus>{RegistrationStatus::assigned, "assigned"},
    Name<RegistrationStatus>{RegistrationStatus::failed, "failed"},
    Name<RegistrationStatus>{RegistrationStatus::disabled, "disabled"},
};
template <>
constexpr std::array names<RegistrationSubstatus> = {
    Name<RegistrationSubstatus>{RegistrationSubstatus::initial_assignment, "initial_assignment"},
    Name<RegistrationSubstatus>{RegistrationSubstatus::device_data_migrated, "device_data_migrated"},
    Name<RegistrationSubstatus>{RegistrationSubstatus::device_data_reset, "device_data_reset"},
    Name<RegistrationSubstatus>{RegistrationSubstatus::reprovisioned_to_initial_assignment,
                                "reprovisioned_to_initial_assignment"},
};
template <>
constexpr std::array names<HubKind> = {Name<HubKind>{HubKind::external, "external"}};
template <>
constexpr std::array names<Role> = {
    Name<Role>{Role::platform, "platform"},   Name<Role>{Role::operator_, "operator"},
    Name<Role>{Role::auditor, "auditor"},     Name<Role>{Role::factory, "factory"},
    Name<Role>{Role::installer, "installer"},
};
template <>
constexpr std::array names<ServiceRight> = {
    Name<ServiceRight>{ServiceRight::service_config, "service_config"},
    Name<ServiceRight>{ServiceRight::enrollment_read, "enrollment_read"},
    Name<ServiceRight>{ServiceRight::enrollment_write, "enrollment_write"},
    Name<ServiceRight>{ServiceRight::registration_read, "registration_read"},
    Name<ServiceRight>{ServiceRight::registration_write, "registration_write"},
    Name<ServiceRight>{ServiceRight::device_connect, "device_connect"},
};
template <>
constexpr std::array names<AuthorityKind> = {
    Name<AuthorityKind>{AuthorityKind::service_root, "service_root"},
    Name<AuthorityKind>{AuthorityKind::service_issuing, "service_issuing"},
    Name<AuthorityKind>{AuthorityKind::device_root, "device_root"},
    Name<AuthorityKind>{AuthorityKind::device_issuing, "device_issuing"},
    Name<AuthorityKind>{AuthorityKind::audit_signing, "audit_signing"},
};
template <>
constexpr std::array names<CertificatePurpose> = {
    Name<CertificatePurpose>{CertificatePurpose::server, "server"},
    Name<CertificatePurpose>{CertificatePurpose::device, "device"},
};

template <>
constexpr std::array names<RevocationReason> = {
    Name<RevocationReason>{RevocationReason::unspecified, "unspecified"},
    Name<RevocationReason>{RevocationReason::key_compromise, "key_compromise"},
    Name<RevocationReason>{RevocationReason::affiliation_changed, "affiliation_changed"},
    Name<RevocationReason>{RevocationReason::superseded, "superseded"},
    Name<RevocationReason>{RevocationReason::cessation_of_operation, "cessation_of_operation"},
    Name<RevocationReason>{RevocationReason::privilege_withdrawn, "privilege_withdrawn"},
};
template <>
constexpr std::array names<Transport> = {
    Name<Transport>{Transport::https, "https"},
    Name<Transport>{Transport::mqtt, "mqtt"},
    Name<Transport>{Transport::mqtt_websocket, "mqtt_websocket"},
    Name<Transport>{Transport::amqp, "amqp"},
    Name<Transport>{Transport::amqp_websocket, "amqp_websocket"},
};
template <>
constexpr std::array names<IpAction> = {Name<IpAction>{IpAction::accept, "accept"},
                                        Name<IpAction>{IpAction::reject, "reject"}};
template <>
constexpr std::array names<IpTarget> = {Name<IpTarget>{IpTarget::all, "all"},
                                        Name<IpTarget>{IpTarget::service_api, "service_api"},
                                        Name<IpTarget>{IpTarget::device_api, "device_api"}};

template <class T>
std::string_view find_name(T value) {
  for (const auto& entry : names<T>)
    if (entry.value == value) return entry.name;
  throw std::logic_error("an enumerator without a name");
}

}  // namespace

std::string_view name_of(AllocationPolicy value) { return find_name(value); }
std::string_view name_of(AttestationKind value) { return find_name(value); }
std::string_view name_of(OverlapState value) { return find_name(value); }
std::string_view name_of(IdentityKind value) { return find_name(value); }
std::string_view name_of(CredentialKind value) { return find_name(value); }
std::string_view name_of(RegistrationStatus value) { return find_name(value); }
std::string_view name_of(RegistrationSubstatus value) { return find_name(value); }
std::string_view name_of(HubKind value) { return find_name(value); }
std::string_view name_of(Role value) { return find_name(value); }
std::string_view name_of(ServiceRight value) { return find_name(value); }
std::string_view name_of(AuthorityKind value) { return find_name(value); }
std::string_view name_of(CertificatePurpose value) { return find_name(value); }
std::string_view name_of(RevocationReason value) { return find_name(value); }
std::string_view name_of(Transport value) { return find_name(value); }
std::string_view name_of(IpAction value) { return find_name(value); }
std::string_view name_of(IpTarget value) { return find_name(value); }

template <class T>
std::optional<T> from_name(std::string_view name) {
  for (const auto& entry : names<T>)
    if (entry.name == name) return entry.value;
  return std::nullopt;
}

template std::optional<AllocationPolicy> from_name(std::string_view);
template std::optional<AttestationKind> from_name(std::string_view);
template std::optional<OverlapState> from_name(std::string_view);
template std::optional<IdentityKind> from_name(std::string_view);
template std::optional<CredentialKind> from_name(std::string_view);
template std::optional<RegistrationStatus> from_name(std::string_view);
template std::optional<RegistrationSubstatus> from_name(std::string_view);
template std::optional<HubKind> from_name(std::string_view);
template std::optional<Role> from_name(std::string_view);
template std::optional<ServiceRight> from_name(std::string_view);
template std::optional<AuthorityKind> from_name(std::string_view);
template std::optional<CertificatePurpose> from_name(std::string_view);
template std::optional<RevocationReason> from_name(std::string_view);
template std::optional<Transport> from_name(std::string_view);
template std::optional<IpAction> from_name(std::string_view);
template std::optional<IpTarget> from_name(std::string_view);

}  // namespace muster::provisioning
