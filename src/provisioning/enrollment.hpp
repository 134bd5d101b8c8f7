// Who may join: one device (an individual enrollment) or all that share one proof (an enrollment group).
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "provisioning/tenant.hpp"

namespace muster::provisioning {

/// Two keys, so that one can be replaced while the other is in use. Each 1 to 64 octets before sealing.
struct SymmetricKeyAttestation {
  SealedSecret primary_key;
  SealedSecret secondary_key;
};

/// One TPM, by its endorsement key. Individual enrollments only.
struct TpmAttestation {
  Bytes endorsement_key;   ///< TPM2B_PUBLIC, as enrolled
  Bytes storage_root_key;  ///< TPM2B_PUBLIC; empty where the operator gave none. Kept for the service API; not checked.
};

/// Certificates in DER; an empty one is absent. For an individual enrollment they are the device's own, for a group
/// the ones that sign the devices'. References, in their place, name CA certificates that the tenant uploaded: those
/// sign the devices' certificates in both kinds of enrollment.
struct X509Attestation {
  Bytes primary_certificate;
  Bytes secondary_certificate;
  std::string primary_reference;
  std::string secondary_reference;
};

/// Every TPM whose endorsement key certificate chains to one of these roots. Groups only; Muster's own extension.
struct TpmVendorAttestation {
  std::vector<Bytes> roots;          ///< DER
  std::vector<Bytes> intermediates;  ///< DER; not trusted by themselves
  /// SHA-256 over the endorsement key's SubjectPublicKeyInfo; empty: every one is allowed.
  std::vector<Bytes> allowed_keys;
};

using Attestation = std::variant<SymmetricKeyAttestation, TpmAttestation, X509Attestation, TpmVendorAttestation>;

/// In the order of Attestation's alternatives.
enum class AttestationKind { symmetric_key, tpm, x509, tpm_vendor };
inline AttestationKind kind_of(const Attestation& attestation) {
  return static_cast<AttestationKind>(attestation.index());
}

/// What happens when a device that has a hub registers again.
struct ReprovisionPolicy {
  bool update_hub_assignment = true;  ///< false: the device keeps its hub ("never")
  bool migrate_device_data = true;    ///< true: its data moves along ("migrate"); false: it starts afresh ("reset")
};

/// What an individual enrollment and a group have in common.
struct EnrollmentTerms {
  Attestation attestation;
  bool enabled = true;
  std::vector<HubName> hubs;                          ///< the candidates; empty: all of the tenant's
  std::optional<AllocationPolicy> allocation_policy;  ///< none: the tenant's
  ReprovisionPolicy reprovision;
  JsonText initial_twin;               ///< {"tags":…,"properties":{"desired":…}}; empty where there is none
  bool iot_edge = false;               ///< the capability that the hub's identity gets
  JsonText custom_allocation;          ///< {"webhookUrl":…,"apiVersion":…}; empty where there is none
  std::string credential_policy = {};  ///< how certificates are issued to its devices; empty: none are
};

/// One device. Its registration id is unique within the tenant.
struct Enrollment {
  TenantId tenant;
  RegistrationId registration_id;
  std::string device_id;        ///< the name in the hub; empty: the registration id
  JsonText device_information;  ///< free; empty where there is none
  EnrollmentTerms terms;
  TimePoint created_at;
  TimePoint updated_at;
  Revision revision = 0;
};

/// Many devices.
struct EnrollmentGroup {
  TenantId tenant;
  GroupId id;
  EnrollmentTerms terms;
  TimePoint created_at;
  TimePoint updated_at;
  Revision revision = 0;
};

/// Which enrollment let a device in.
struct EnrollmentReference {
  bool is_group = false;
  std::string id;  ///< the group's id, or the folded registration id
  bool operator==(const EnrollmentReference&) const = default;
};

}  // namespace muster::provisioning
