#include "provisioning/revocations.hpp"

#include "ca/revocation.hpp"
#include "provisioning/names.hpp"

namespace muster::provisioning {
namespace {

using base::Errc;
using base::Error;

constexpr std::size_t page_size = 1000;
/// A stranger who asks for the list again and again does not have the database read each time.
constexpr std::chrono::seconds list_check_interval{1};

/// RFC 5280 section 5.3.1.
std::uint8_t number_of(RevocationReason reason) {
  switch (reason) {
    case RevocationReason::unspecified:
      return 0;
    case RevocationReason::key_compromise:
      return 1;
    case RevocationReason::affiliation_changed:
      return 3;
    case RevocationReason::superseded:
      return 4;
    case RevocationReason::cessation_of_operation:
      return 5;
    case RevocationReason::privilege_withdrawn:
      return 9;
  }
  throw std::logic_error("unknown revocation reason");
}

ca::Revocation revocation_of(const IssuedCertificate& issued) {
  return {.at = *issued.revoked_at,
          .reason = number_of(issued.revocation_reason.value_or(RevocationReason::unspecified))};
}

bool is_of(const IssuedCertificate& issued, const DeviceAuthority& authority) {
  return issued.purpose == CertificatePurpose::device && issued.authority == authority.id;
}

}  // namespace

Change revocation(IssuedCertificate& issued, RevocationReason reason, TimePoint now) {
  issued.revoked_at = now;
  issued.revocation_reason = reason;
  issued.state = OverlapState::revoked;
  return Put{issued};
}

AuditEvent revocation_event(const IssuedCertificate& issued, const Actor& actor, TimePoint now) {
  return AuditEvent{.actor = actor.name,
                    .action = "certificate.revoked",
                    .subject = "certificate:" + issued.serial,
                    .detail = "of " + issued.subject + ", " + std::string(name_of(*issued.revocation_reason)),
                    .personal = actor.address,
                    .at = now};
}

Task<Result<IssuedCertificate>> Revocations::get(TenantId tenant, std::string serial) {
  auto issued = co_await store_.find_certificate(std::move(tenant), serial);
  if (!issued || issued->purpose != CertificatePurpose::device) co_return Error(Errc::certificate_not_found, serial);
  co_return std::move(*issued);
}

Task<Result<IssuedCertificate>> Revocations::revoke(TenantId tenant, std::string serial, RevocationReason reason,
                                                    Actor actor) {
  auto issued = co_await get(tenant, std::move(serial));
  if (!issued || issued->revoked_at) co_return issued;
  const TimePoint now = clock_.now();
  Write write{.tenant = std::move(tenant), .changes = {}, .audit = {}};
  write.changes.push_back(revocation(*issued, reason, now));
  write.audit.push_back(revocation_event(*issued, actor, now));
  const auto committed = co_await store_.commit(std::move(write));
  if (!committed) co_return committed.error();
  ++issued->revision;
  const std::scoped_lock lock(mutex_);
  lists_.erase(issued->tenant);
  co_return issued;
}

Task<Result<TenantId>> Revocations::tenant_of(IdScope id_scope) {
  const auto tenant = co_await store_.find_tenant(id_scope);
  // Whoever verifies a certificate asks, whether the tenant lets devices in now or not.
  if (!tenant) co_return Error(Errc::unknown_id_scope, id_scope.str());
  co_return tenant->id;
}

Task<Result<Bytes>> Revocations::issuing_certificate(IdScope id_scope) {
  const auto tenant = co_await tenant_of(std::move(id_scope));
  if (!tenant) co_return tenant.error();
  const DeviceAuthority authority = co_await authorities_.find(*tenant);
  co_return authority.issuing.der();
}

std::shared_ptr<const Revocations::List> Revocations::cached(const TenantId& tenant) {
  const std::scoped_lock lock(mutex_);
  const auto found = lists_.find(tenant);
  return found == lists_.end() ? nullptr : found->second;
}

Task<Result<Bytes>> Revocations::list(IdScope id_scope) {
  const auto tenant = co_await tenant_of(std::move(id_scope));
  if (!tenant) co_return tenant.error();
  const TimePoint now = clock_.now();
  const auto known = cached(*tenant);
  if (known && now >= known->checked_at && now - known->checked_at < list_check_interval) co_return known->der;

  const DeviceAuthority authority = co_await authorities_.find(*tenant);
  ca::RevocationList list{.number = static_cast<std::uint64_t>(base::to_unix_microseconds(now)),
                          .this_update = now,
                          .next_update = now + revocation_list_life,
                          .revoked = {}};
  List made{.authority = authority.id, .made_at = now, .checked_at = {}, .revoked = {}, .der = {}};
  std::string after;
  for (bool is_more = true; is_more;) {
    Page page{.after = after, .limit = page_size};
    const auto revoked = co_await store_.list_revoked_certificates(*tenant, now, std::move(page));
    for (const auto& issued : revoked) {
      if (!is_of(issued, authority)) continue;
      made.revoked.emplace_back(issued.serial, *issued.revoked_at);
      list.revoked.push_back({.serial = issued.serial, .revocation = revocation_of(issued)});
    }
    is_more = revoked.size() == page_size;
    if (is_more) after = revoked.back().serial;
  }

  const bool still_good = known && known->authority == made.authority && known->revoked == made.revoked &&
                          now >= known->made_at && now - known->made_at < revocation_list_life / 2;
  if (still_good) {
    made = *known;
  } else {
    auto signed_list =
        co_await ca::sign_list(authorities_.signer(), authority.key_id, authority.issuing, std::move(list));
    if (!signed_list) co_return signed_list.error();
    made.der = std::move(*signed_list);
  }
  // Counted from now: to read a long list may take longer than until the next reading would be due.
  made.checked_at = clock_.now();
  const std::scoped_lock lock(mutex_);
  if (lists_.size() >= lists_max) lists_.clear();
  lists_.insert_or_assign(*tenant, std::make_shared<const List>(made));
  co_return std::move(made.der);
}

Task<Result<Bytes>> Revocations::answer(IdScope id_scope, Bytes request) {
  const auto tenant = co_await tenant_of(std::move(id_scope));
  if (!tenant) co_return tenant.error();
  const DeviceAuthority authority = co_await authorities_.find(*tenant);
  auto question = crypto::parse_ocsp_request(request, authority.issuing);
  if (!question) co_return ca::ocsp_refusal(ca::OcspRefusal::malformed_request);

  const TimePoint now = clock_.now();
  ca::OcspAnswer answer{
      .now = now, .next_update = now + ocsp_answer_life, .statuses = {}, .nonce = std::move(question->nonce)};
  for (auto& asked : question->certificates) {
    ca::CertificateStatus status{.id = std::move(asked.der), .state = ca::CertificateState::unknown, .revocation = {}};
    if (asked.is_issuers) {
      const auto issued = co_await store_.find_certificate(*tenant, asked.serial);
      if (issued && is_of(*issued, authority)) {
        status.state = issued->revoked_at ? ca::CertificateState::revoked : ca::CertificateState::good;
        if (issued->revoked_at) status.revocation = revocation_of(*issued);
      }
    }
    answer.statuses.push_back(std::move(status));
  }
  co_return co_await ca::sign_ocsp_answer(authorities_.signer(), authority.key_id, authority.issuing,
                                          std::move(answer));
}

}  // namespace muster::provisioning
