#include "provisioning/expiry_watch.hpp"

#include <algorithm>

#include "crypto/certificate.hpp"
#include "provisioning/expiry.hpp"
#include "provisioning/names.hpp"

namespace muster::provisioning {
namespace {

constexpr std::size_t page_size = 1000;
constexpr const char* action = "ca.expires_soon";

AuditEvent event(const ExpiryWarning& warning, TimePoint now) {
  const int threshold = crossed_threshold(warning.not_after, now).value_or(0);
  return AuditEvent{
      .actor = "system",
      .action = action,
      .subject = warning.subject,
      .detail = (threshold == 0 ? std::string("has expired") : "ends within " + std::to_string(threshold) + " days") +
                ", SHA-256 " + warning.thumbprint,
      .personal = {},
      .at = now};
}

void add(std::vector<ExpiryWarning>& warnings, const TenantId& tenant, std::string subject, const Bytes& der,
         TimePoint now) {
  if (der.empty()) return;
  const auto certificate = crypto::Certificate::from_der(der);
  if (!certificate) return;
  auto warning = expiry_warning(certificate->not_after(), now);
  if (!warning) return;
  warnings.push_back({.tenant = tenant,
                      .subject = std::move(subject),
                      .warning = std::move(*warning),
                      .thumbprint = certificate->sha256_thumbprint(),
                      .not_after = certificate->not_after()});
}

}  // namespace

Task<std::vector<ExpiryWarning>> ExpiryWatch::find(TenantId tenant) {
  const TimePoint now = clock_.now();
  std::vector<ExpiryWarning> warnings;
  const auto cas = co_await store_.list_ca_certificates(tenant);
  for (const auto& ca : cas) add(warnings, tenant, "ca:" + ca.name, ca.certificate, now);
  const auto groups = co_await store_.list_groups(tenant, AttestationKind::x509);
  for (const auto& group : groups) {
    const auto& x509 = std::get<X509Attestation>(group.terms.attestation);
    add(warnings, tenant, "group:" + group.id.str(), x509.primary_certificate, now);
    add(warnings, tenant, "group:" + group.id.str(), x509.secondary_certificate, now);
  }
  const auto authorities = co_await store_.list_authorities(tenant);
  for (const auto& authority : authorities)
    if (authority.state == OverlapState::active)
      add(warnings, tenant, "authority:" + std::string(name_of(authority.kind)), authority.certificate, now);
  co_return warnings;
}

Task<void> ExpiryWatch::record(TenantId tenant, std::vector<AuditEvent> events) {
  std::optional<std::int64_t> before;
  for (std::size_t seen = 0; seen < records_looked_at && !events.empty();) {
    const auto rows = co_await store_.list_audit(tenant, before, page_size);
    for (const auto& row : rows)
      if (row.record.event.action == action)
        std::erase_if(events, [&](const AuditEvent& wanted) {
          return wanted.subject == row.record.event.subject && wanted.detail == row.record.event.detail;
        });
    if (rows.size() < page_size) break;
    seen += rows.size();
    before = rows.back().number;
  }
  if (events.empty()) co_return;
  Write write{.tenant = std::move(tenant), .changes = {}, .audit = std::move(events)};
  const auto committed = co_await store_.commit(std::move(write));
  if (!committed) throw std::runtime_error("expiry warnings: " + base::to_string(committed.error()));
}

Task<std::vector<ExpiryWarning>> ExpiryWatch::check() {
  std::vector<ExpiryWarning> all;
  std::string after;
  for (bool is_more = true; is_more;) {
    Page page{.after = after, .limit = page_size};
    const auto tenants = co_await store_.list_tenants(std::move(page));
    for (const auto& tenant : tenants) {
      auto warnings = co_await find(tenant.id);
      std::vector<AuditEvent> events;
      for (const auto& warning : warnings) events.push_back(event(warning, clock_.now()));
      if (!events.empty()) co_await record(tenant.id, std::move(events));
      std::ranges::move(warnings, std::back_inserter(all));
    }
    is_more = tenants.size() == page_size;
    if (is_more) after = tenants.back().id.str();
  }
  co_return all;
}

}  // namespace muster::provisioning
