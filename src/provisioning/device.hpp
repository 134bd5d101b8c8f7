// A device and what it has: identities, credentials, placements, owners. Each of these can exist twice during an
// overlap (rotation, replacement, transfer, migration), so each is a row of its own with a state and a predecessor.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "provisioning/enrollment.hpp"
#include "provisioning/overlap.hpp"

namespace muster::provisioning {

struct Device {
  TenantId tenant;
  DeviceId id;                     ///< for ever; ordered by the time of its making (RFC 9562 version 7)
  RegistrationId name;             ///< unique within the tenant without regard to case; may change
  std::string hub_device_id;       ///< its name in hubs
  EnrollmentReference enrollment;  ///< the one that last let it in
  TimePoint created_at;
  TimePoint updated_at;
  Revision revision = 0;
};

enum class IdentityKind { endorsement_key, attestation_key, device_certificate };

/// What a device proved to be.
struct Identity {
  TenantId tenant;
  DeviceId device;
  Uuid id;
  IdentityKind kind = IdentityKind::endorsement_key;
  Bytes fingerprint;  ///< SHA-256 over the SubjectPublicKeyInfo (keys) or over the DER (certificates)
  Bytes public_part;  ///< TPM2B_PUBLIC or DER
  OverlapState state = OverlapState::active;
  TimePoint valid_from;
  std::optional<TimePoint> valid_until;
  std::optional<Uuid> predecessor;
  Revision revision = 0;
};

enum class CredentialKind {
  hub_symmetric_key,      ///< drawn by Muster and delivered to the TPM; `secret` holds it
  enrollment_key,         ///< the enrollment's or the group's derived key: nothing of it is stored twice
  certificate_thumbprint  ///< the certificate that the device attested with; `fingerprint` is its SHA-256
};

/// What a device shows its hub.
struct Credential {
  TenantId tenant;
  DeviceId device;
  Uuid id;
  CredentialKind kind = CredentialKind::enrollment_key;
  SealedSecret secret;
  Bytes fingerprint;
  OverlapState state = OverlapState::active;
  TimePoint valid_from;
  std::optional<TimePoint> valid_until;
  std::optional<Uuid> predecessor;
  Revision revision = 0;
};

/// A device in a hub.
struct Placement {
  TenantId tenant;
  DeviceId device;
  Uuid id;
  HubName hub;
  OverlapState state = OverlapState::active;
  TimePoint valid_from;
  std::optional<TimePoint> valid_until;
  std::optional<Uuid> predecessor;
  Revision revision = 0;
};

/// A period in which a device belonged to somebody.
struct Ownership {
  TenantId tenant;
  DeviceId device;
  Uuid id;
  std::string owner;
  OverlapState state = OverlapState::active;
  TimePoint valid_from;
  std::optional<TimePoint> valid_until;
  std::optional<Uuid> predecessor;
  Revision revision = 0;
};

enum class RegistrationStatus { unassigned, assigning, assigned, failed, disabled };
enum class RegistrationSubstatus {
  initial_assignment,
  device_data_migrated,
  device_data_reset,
  reprovisioned_to_initial_assignment
};

/// How a device's last registration went: one per device.
struct Registration {
  TenantId tenant;
  DeviceId device;
  std::string operation_id;
  RegistrationStatus status = RegistrationStatus::unassigned;
  RegistrationSubstatus substatus = RegistrationSubstatus::initial_assignment;
  AttestationKind attestation = AttestationKind::symmetric_key;
  HubName hub;
  JsonText payload;           ///< what the device sent along
  JsonText returned_payload;  ///< what an allocation webhook gave back
  std::string refusal;        ///< why the last attempt was refused, for the operator; empty after a success
  TimePoint created_at;
  TimePoint updated_at;
  Revision revision = 0;
};

/// A challenge to a TPM that waits for its answer. The last few of each registration id stay valid until they expire,
/// so that a lost answer, a restart or another node does not stop a device.
struct Challenge {
  TenantId tenant;
  RegistrationId registration_id;
  Uuid id;
  EnrollmentReference enrollment;
  Bytes endorsement_key;   ///< TPM2B_PUBLIC
  Bytes storage_root_key;  ///< TPM2B_PUBLIC
  SealedSecret key;        ///< the HMAC key inside the activation blob
  TimePoint created_at;
  TimePoint expires_at;
  Revision revision = 0;
};

/// A device with all that it has.
struct DeviceRecord {
  Device device;
  std::vector<Identity> identities;
  std::vector<Credential> credentials;
  std::vector<Placement> placements;
  std::vector<Ownership> ownerships;
  std::optional<Registration> registration;
};

}  // namespace muster::provisioning
