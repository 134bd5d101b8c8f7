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
