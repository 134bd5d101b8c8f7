// The use cases around the CA certificates that tenants upload.
#pragma once

#include "provisioning/enrollments.hpp"

namespace muster::provisioning {

inline constexpr std::size_t ca_name_size_max = 64;

/// What a caller wants stored of a CA certificate.
struct CaDraft {
  TenantId tenant;
  std::string name;         ///< 1 to 64 letters, digits and - . _
  std::string certificate;  ///< the octets of a file: DER, PEM, or the base64 of either
  /// True: an operator vouches that the CA is theirs. Nothing: what was proven of the same certificate stays proven.
  std::optional<bool> is_verified;
};

/// Keeps the CA certificates that enrollments refer to by name. Every change commits with its audit record.
class CaCertificates {
 public:
  CaCertificates(Store& store, const base::Clock& clock, base::Random& random)
      : store_(store), clock_(clock), random_(random) {}

  /// Stores it, or another certificate under the same name, which then must be verified anew. Refuses with
  /// certificate_malformed what is no certificate, with invalid_argument a name of other characters and a certificate
  /// that is no authority's, with already_exists one that is there under another name, with quota_exceeded more than
  /// the tenant may have; already_exists, ca_not_found, etag_mismatch by the precondition; revision_conflict where
  /// somebody was faster.
  Task<Result<CaCertificate>> put(CaDraft draft, Precondition precondition, Actor actor);

  /// ca_not_found.
  Task<Result<CaCertificate>> get(TenantId tenant, std::string name);

  /// in_use while an enrollment refers to it: its devices would be refused. `precondition`: none, must_exist or
  /// must_match; none means must_exist.
  Task<Status> remove(TenantId tenant, std::string name, Precondition precondition, Actor actor);

  /// Draws what the common name of the proof must be. A code drawn before counts no longer.
  Task<Result<CaCertificate>> draw_code(TenantId tenant, std::string name, Precondition precondition, Actor actor);

  /// Verifies the CA by a certificate that it issued: whose common name is the code that was drawn last, and which is
  /// valid now. `proof`: as CaDraft::certificate. verification_failed, the reason in the detail; certificate_malformed.
  Task<Result<CaCertificate>> verify(TenantId tenant, std::string name, std::string proof, Precondition precondition,
                                     Actor actor);

 private:
  Task<Result<CaCertificate>> find(TenantId tenant, std::string name, Precondition precondition);
  Task<Result<CaCertificate>> store(CaCertificate changed, AuditEvent event);

  Store& store_;
  const base::Clock& clock_;
  base::Random& random_;
};

}  // namespace muster::provisioning
