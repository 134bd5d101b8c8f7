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

/// How a request reached Muster.
enum class Transport { https, mqtt, mqtt_websocket, amqp, amqp_websocket };

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
  JsonText twin = {};     ///< what the device's twin holds there at first; empty where it holds nothing
  bool iot_edge = false;  ///< the capability of the device's identity there
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
  std::string failure = {};             ///< status failed: the name of the refusal (base/error.hpp)
  std::string failure_detail = {};      ///< what the device may know of the reason, such as a webhook's status
  std::string certificate_serial = {};  ///< of the certificate that the device was issued; empty: none
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

/// Why a device was refused, once: kept for whoever asks, a few of each registration id, the oldest forgotten first.
struct RefusalRecord {
  TenantId tenant;
  RegistrationId registration_id;
  Uuid id;  ///< ordered by time (RFC 9562 version 7)
  TimePoint at;
  Transport transport = Transport::https;
  std::string attestation;  ///< what the device presented: "symmetric_key", "tpm", "x509", or "none"
  std::string enrollment;   ///< "enrollment ID" or "group ID" that it was checked against; empty: none was found
  std::string code;         ///< the name of the refusal (base/error.hpp)
  std::string detail;       ///< the check that failed and the values that differed; no secrets
  std::string address;      ///< where it came from; personal data
  std::int64_t count = 1;   ///< how often it happened in this way, up to `last_at`
  TimePoint last_at;
  bool is_known = false;  ///< whether a device or an individual enrollment had this name; strangers' go first
  Revision revision = 0;
};

/// A registration that was put off because too many came at once, with what its device sent along. One for each
/// registration id at most; gone with the registration itself.
struct DeferredRegistration {
  TenantId tenant;
  RegistrationId registration_id;
  std::string operation_id;
  JsonText payload;  ///< empty: none
  TimePoint created_at;
  std::string signing_request = {};  ///< for a certificate; empty: none
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
