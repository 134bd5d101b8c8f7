// Certificates that devices ask for with their registration.
#pragma once

#include "base/random.hpp"
#include "provisioning/device_authorities.hpp"

namespace muster::provisioning {

/// Certificates of one device that count at the same time; an older one is revoked as superseded.
inline constexpr std::size_t live_certificates_max = 8;
/// Certificates of one device that have not expired, whether they count or not: a revocation list must name each of
/// them, so there cannot be more.
inline constexpr std::size_t unexpired_certificates_max = 32;

/// What an issuance changes; it commits with the registration.
struct Issuance {
  std::string serial;
  std::vector<Change> changes;
  std::vector<AuditEvent> audit;
};

/// Where a tenant's devices' certificates say that their issuer publishes, below "http://HOST:PORT".
std::string crl_url(const std::string& public_url, const IdScope& id_scope);
std::string ocsp_url(const std::string& public_url, const IdScope& id_scope);
std::string issuer_url(const std::string& public_url, const IdScope& id_scope);

/// Whether two certification requests ask for the same: the same octets, or the same key and host names.
bool asks_for_the_same(const std::string& request, const std::string& other);

/// Issues by a tenant's own device CA. Any thread.
class DeviceCertificates {
 public:
  /// `public_url`: where /pki/ is reached by whoever verifies certificates, such as "http://dps.example:8080"; empty:
  /// certificates do not say.
  DeviceCertificates(Store& store, Vault& vault, const base::Clock& clock, base::Random& random, std::string public_url)
      : store_(store), authorities_(store, vault), clock_(clock), random_(random), public_url_(std::move(public_url)) {}

  /// Answers a certification request (PEM or base64 of DER) of an attested device, as the credential policy of its
  /// enrollment allows. The same key within the first half of a certificate's life gives the same certificate again:
  /// an answer may have been lost. Of the request's subject only the common name is looked at, which must be the
  /// registration id or absent. Refuses with
  /// - csr_malformed: not a request, or not signed by its own key,
  /// - csr_not_allowed: no policy, another name, a kind of key or a host name that the policy does not allow,
  /// - quota_exceeded: the device has `unexpired_certificates_max`.
  Task<Result<Issuance>> issue(Tenant tenant, Device device, std::string policy_name, std::string request);

  /// Refuses as `issue` would, and issues nothing.
  Task<Status> check(Tenant tenant, Device device, std::string policy_name, std::string request);

  /// Clears away what has expired, of every tenant; for a background task. Returns how many.
  Task<std::size_t> remove_expired();

  /// The certificate with its issuers, the leaf first, as long as it is valid; else nothing.
  Task<std::vector<Bytes>> chain(TenantId tenant, std::string serial);

 private:
  struct Approved;
  Task<Result<Approved>> approve(Tenant tenant, Device device, std::string policy_name, std::string request);

  Store& store_;
  DeviceAuthorities authorities_;
  const base::Clock& clock_;
  base::Random& random_;
  std::string public_url_;
};

}  // namespace muster::provisioning
