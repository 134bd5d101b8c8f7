// What signs and what seals: the rows of the trust trees, of issued certificates and of the data keys.
#pragma once

#include <string>

#include "provisioning/enrollment.hpp"
#include "provisioning/overlap.hpp"

namespace muster::provisioning {

enum class AuthorityKind {
  service_root,     ///< what clients trust
  service_issuing,  ///< signs server certificates
  device_root,      ///< a tenant's own tree, apart from the service's
  device_issuing,
  audit_signing  ///< signs the audit trail's checkpoints
};

/// A signing certificate with its sealed key.
struct Authority {
  TenantId tenant;
  AuthorityKind kind = AuthorityKind::service_root;
  Uuid id;
  Bytes certificate;  ///< DER
  SealedSecret key;   ///< PKCS#8, DER
  OverlapState state = OverlapState::active;
  TimePoint created_at;
  Revision revision = 0;
};

enum class CertificatePurpose { server, device };

/// Why a certificate was revoked (RFC 5280 section 5.3.1).
enum class RevocationReason {
  unspecified,
  key_compromise,
  affiliation_changed,
  superseded,
  cessation_of_operation,
  privilege_withdrawn
};

/// A certificate that Muster issued, recorded in the commit that issues it.
struct IssuedCertificate {
  TenantId tenant;
  std::string serial;  ///< upper-case hexadecimal
  Uuid authority;
  CertificatePurpose purpose = CertificatePurpose::server;
  Bytes certificate;  ///< DER
  SealedSecret key;   ///< PKCS#8, DER: of the server's own certificates; empty otherwise
  OverlapState state = OverlapState::active;
  TimePoint not_before;
  TimePoint not_after;
  std::optional<Uuid> device = {};  ///< whose it is; nothing for the server's own
  std::string subject = {};         ///< the registration id that it was issued for; empty for the server's own
  std::optional<TimePoint> revoked_at = {};
  std::optional<RevocationReason> revocation_reason = {};
  Revision revision = 0;
};

/// A CA certificate that a tenant uploaded, for enrollments to refer to. It counts only once it is verified: whoever
/// uploaded it has shown that its private key is theirs, or an operator vouches for it.
struct CaCertificate {
  TenantId tenant;
  std::string name;   ///< unique within the tenant
  Bytes certificate;  ///< DER
  bool is_verified = false;
  std::string verification_code;  ///< what the common name of the proof must be; empty: none was drawn
  TimePoint created_at;
  TimePoint updated_at;
  Revision revision = 0;
};

/// How certificates are issued to devices whose enrollments name it.
struct CredentialPolicy {
  TenantId tenant;
  std::string name;
  std::int64_t lifetime_hours = 30 * 24;
  std::vector<std::string> key_kinds;  ///< of crypto::PublicKey::kind(): "P-256", "RSA-2048" …; empty: every one
  bool allow_dns_names = false;        ///< whether a request may ask for host names beside the registration id
  TimePoint created_at;
  TimePoint updated_at;
  Revision revision = 0;
};

/// A tenant's data key, sealed under the master key.
struct DataKey {
  TenantId tenant;
  int version = 1;         ///< the highest one seals; all of them open
  int master_version = 1;  ///< of the master key that seals this one
  Bytes sealed;
  TimePoint created_at;
  Revision revision = 0;
};

}  // namespace muster::provisioning
