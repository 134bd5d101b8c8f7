// What a tenant says about the certificates that it issued to devices: who revokes them, and who learns of it.
#pragma once

#include <map>
#include <memory>
#include <mutex>

#include "provisioning/device_authorities.hpp"
#include "provisioning/enrollments.hpp"

namespace muster::provisioning {

/// How long a revocation list and an answer about one certificate may be kept by whoever asked.
inline constexpr std::chrono::hours revocation_list_life{24};
inline constexpr std::chrono::hours ocsp_answer_life{1};

/// Revokes, lists and answers. Any thread.
class Revocations {
 public:
  Revocations(Store& store, Vault& vault, const base::Clock& clock)
      : store_(store), authorities_(store, vault), clock_(clock) {}

  /// certificate_not_found; the server's own certificates are none of a tenant's devices'.
  Task<Result<IssuedCertificate>> get(TenantId tenant, std::string serial);

  /// From its commit on the certificate is refused, listed and answered as revoked. One that is revoked stays as it is.
  /// certificate_not_found, revision_conflict.
  Task<Result<IssuedCertificate>> revoke(TenantId tenant, std::string serial, RevocationReason reason, Actor actor);

  /// The certificate of the tenant's issuing authority, DER. unknown_id_scope.
  Task<Result<Bytes>> issuing_certificate(IdScope id_scope);

  /// The tenant's revocation list, DER. A list is signed anew once something was revoked or half its life is over.
  /// unknown_id_scope.
  Task<Result<Bytes>> list(IdScope id_scope);

  /// The answer to an OCSP request, DER; whatever is wrong with the request is an answer too. unknown_id_scope.
  Task<Result<Bytes>> answer(IdScope id_scope, Bytes request);

 private:
  /// A signed list and what it was made of.
  struct List {
    Uuid authority;
    TimePoint made_at;
    TimePoint checked_at;
    std::vector<std::pair<std::string, TimePoint>> revoked;
    Bytes der;
  };
  Task<Result<TenantId>> tenant_of(IdScope id_scope);
  std::shared_ptr<const List> cached(const TenantId& tenant);

  static constexpr std::size_t lists_max = 1024;
  Store& store_;
  DeviceAuthorities authorities_;
  const base::Clock& clock_;
  std::mutex mutex_;  // held for look-ups only
  std::map<TenantId, std::shared_ptr<const List>> lists_;
};

/// The change that revokes a certificate, and the record of it.
Change revocation(IssuedCertificate& issued, RevocationReason reason, TimePoint now);
AuditEvent revocation_event(const IssuedCertificate& issued, const Actor& actor, TimePoint now);

}  // namespace muster::provisioning
