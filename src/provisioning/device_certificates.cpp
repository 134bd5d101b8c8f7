#include "provisioning/device_certificates.hpp"

#include <algorithm>

#include "ca/authority.hpp"
#include "crypto/signing_request.hpp"
#include "provisioning/removal.hpp"
#include "provisioning/revocations.hpp"

namespace muster::provisioning {
namespace {

using base::Errc;
using base::Error;

constexpr std::size_t page_size = 1000;
/// Removed at a time, so that it ends: more in half a minute than are issued in it.
constexpr std::size_t expired_pages_max = 100;

std::string pki_url(const std::string& public_url, const IdScope& id_scope, std::string_view what) {
  if (public_url.empty()) return {};
  return public_url + "/pki/" + id_scope.str() + "/" + std::string(what);
}

Error not_allowed(std::string detail) { return Error(Errc::csr_not_allowed, std::move(detail)); }

/// The host names that the certificate gets.
Result<std::vector<std::string>> check_request(const crypto::SigningRequest& request, const CredentialPolicy& policy,
                                               const RegistrationId& name) {
  if (request.common_name && !base::equal_ignoring_case(*request.common_name, name.str()))
    return not_allowed("the request's common name is not the registration id");
  if (!policy.key_kinds.empty() && std::ranges::find(policy.key_kinds, request.key.kind()) == policy.key_kinds.end())
    return not_allowed("the policy " + policy.name + " does not allow keys of the kind " + request.key.kind());
  std::vector<std::string> names;
  for (const auto& asked : request.dns_names) {
    if (!ca::is_host_name(asked)) return not_allowed("the request asks for something that is no host name");
    if (policy.allow_dns_names)
      names.push_back(asked);
    else if (!base::equal_ignoring_case(asked, name.str()))
      return not_allowed("the policy " + policy.name + " allows no host names, and the request asks for " + asked);
  }
  return names;
}

bool is_live(const IssuedCertificate& issued, TimePoint now) { return !issued.revoked_at && now <= issued.not_after; }

/// Whether a lost answer is likelier than a wish for another certificate.
bool answers_again(const IssuedCertificate& issued, const crypto::SigningRequest& request, const Uuid& authority,
                   TimePoint now) {
  if (!is_live(issued, now) || issued.authority != authority) return false;
  if (now - issued.not_before > (issued.not_after - issued.not_before) / 2) return false;
  const auto certificate = crypto::Certificate::from_der(issued.certificate);
  return certificate && certificate->public_key() == request.key;
}

}  // namespace

std::string crl_url(const std::string& public_url, const IdScope& id_scope) {
  return pki_url(public_url, id_scope, "crl");
}
std::string ocsp_url(const std::string& public_url, const IdScope& id_scope) {
  return pki_url(public_url, id_scope, "ocsp");
}
std::string issuer_url(const std::string& public_url, const IdScope& id_scope) {
  return pki_url(public_url, id_scope, "issuing.crt");
}

bool asks_for_the_same(const std::string& request, const std::string& other) {
  if (request == other) return true;
  const auto one = crypto::SigningRequest::from_text(request);
  const auto another = crypto::SigningRequest::from_text(other);
  return one && another && one->key == another->key && one->dns_names == another->dns_names;
}

/// What a request may be answered with.
struct DeviceCertificates::Approved {
  CredentialPolicy policy;
  crypto::SigningRequest request;
  std::vector<std::string> dns_names;
  DeviceAuthority authority;
  std::vector<IssuedCertificate> unexpired;  ///< the device's
  std::string again;                         ///< the serial number of the certificate that it was given for this
};

Task<Result<DeviceCertificates::Approved>> DeviceCertificates::approve(Tenant tenant, Device device,
                                                                       std::string policy_name,
                                                                       std::string request_text) {
  if (policy_name.empty()) co_return not_allowed("the enrollment names no credential policy");
  auto policy = co_await store_.find_credential_policy(tenant.id, policy_name);
  if (!policy) co_return not_allowed("the enrollment's credential policy " + policy_name + " is gone");
  auto request = crypto::SigningRequest::from_text(request_text);
  if (!request) co_return request.error();
  auto names = check_request(*request, *policy, device.name);
  if (!names) co_return names.error();

  const TimePoint now = clock_.now();
  DeviceAuthority authority = co_await authorities_.find(tenant.id);
  Page all{.after = {}, .limit = page_size};
  auto known = co_await store_.list_device_certificates(tenant.id, device.id, std::move(all));
  std::erase_if(known, [now](const IssuedCertificate& issued) { return issued.not_after < now; });
  Approved approved{.policy = std::move(*policy),
                    .request = std::move(*request),
                    .dns_names = std::move(*names),
                    .authority = std::move(authority),
                    .unexpired = std::move(known),
                    .again = {}};
  const auto same = std::ranges::find_if(approved.unexpired, [&](const IssuedCertificate& issued) {
    return answers_again(issued, approved.request, approved.authority.id, now);
  });
  if (same != approved.unexpired.end())
    approved.again = same->serial;
  else if (approved.unexpired.size() >= unexpired_certificates_max)
    co_return Error(Errc::quota_exceeded, "the device was issued " + std::to_string(approved.unexpired.size()) +
                                              " certificates that have not expired yet");
  co_return approved;
}

Task<Status> DeviceCertificates::check(Tenant tenant, Device device, std::string policy_name, std::string request) {
  const auto approved =
      co_await approve(std::move(tenant), std::move(device), std::move(policy_name), std::move(request));
  if (!approved) co_return approved.error();
  co_return base::Done{};
}

Task<Result<Issuance>> DeviceCertificates::issue(Tenant tenant, Device device, std::string policy_name,
                                                 std::string request) {
  auto approved = co_await approve(tenant, device, std::move(policy_name), std::move(request));
  if (!approved) co_return approved.error();
  Issuance issuance{.serial = approved->again, .changes = {}, .audit = {}};
  if (!issuance.serial.empty()) co_return issuance;

  const TimePoint now = clock_.now();
  const DeviceAuthority& authority = approved->authority;
  ca::DeviceCertificateTerms terms{.lifetime = std::chrono::hours(approved->policy.lifetime_hours),
                                   .dns_names = std::move(approved->dns_names),
                                   .crl_url = crl_url(public_url_, tenant.id_scope),
                                   .ocsp_url = ocsp_url(public_url_, tenant.id_scope),
                                   .issuer_url = issuer_url(public_url_, tenant.id_scope)};
  const auto certificate =
      co_await ca::device_certificate(authorities_.signer(), authority.key_id, authority.issuing, device.name.str(),
                                      approved->request.key, std::move(terms), now, random_);
  if (!certificate) co_return certificate.error();
  IssuedCertificate fresh{.tenant = tenant.id,
                          .serial = certificate->serial(),
                          .authority = authority.id,
                          .purpose = CertificatePurpose::device,
                          .certificate = certificate->der(),
                          .key = {},
                          .not_before = certificate->not_before(),
                          .not_after = certificate->not_after(),
                          .device = device.id,
                          .subject = device.name.str()};
  std::vector<IssuedCertificate> known = std::move(approved->unexpired);
  std::erase_if(known, [now](const IssuedCertificate& issued) { return !is_live(issued, now); });
  std::ranges::sort(known, {}, &IssuedCertificate::not_before);
  const Actor requester{.name = "device:" + device.name.str(), .address = {}};
  for (std::size_t i = 0; i + live_certificates_max <= known.size(); ++i) {
    IssuedCertificate& superseded = known[i];
    issuance.changes.push_back(revocation(superseded, RevocationReason::superseded, now));
    issuance.audit.push_back(revocation_event(superseded, requester, now));
  }
  issuance.serial = fresh.serial;
  issuance.audit.push_back({.actor = requester.name,
                            .action = "certificate.issued",
                            .subject = "certificate:" + fresh.serial,
                            .detail = "under credential policy " + approved->policy.name + ", " +
                                      approved->request.key.kind() + ", until " + base::to_rfc3339(fresh.not_after),
                            .personal = {},
                            .at = now});
  issuance.changes.emplace_back(Keep{std::move(approved->policy)});
  issuance.changes.emplace_back(Put{std::move(fresh)});
  co_return issuance;
}

Task<std::size_t> DeviceCertificates::remove_expired() {
  std::size_t removed = 0;
  for (std::size_t pages = 0; pages < expired_pages_max; ++pages) {
    auto expired = co_await store_.list_expired_device_certificates(clock_.now(), page_size);
    const bool is_last = expired.size() < page_size;
    removed += co_await remove_rows(store_, std::move(expired), "expired certificates");
    if (is_last) break;
  }
  co_return removed;
}

Task<std::vector<Bytes>> DeviceCertificates::chain(TenantId tenant, std::string serial) {
  std::vector<Bytes> certificates;
  if (serial.empty()) co_return certificates;
  const auto issued = co_await store_.find_certificate(tenant, std::move(serial));
  if (!issued || !is_live(*issued, clock_.now())) co_return certificates;
  const DeviceAuthority authority = co_await authorities_.find(std::move(tenant));
  certificates.push_back(issued->certificate);
  if (issued->authority != authority.id) co_return certificates;
  certificates.push_back(authority.issuing.der());
  certificates.push_back(authority.root.der());
  co_return certificates;
}

}  // namespace muster::provisioning
