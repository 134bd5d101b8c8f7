#include "provisioning/ca_certificates.hpp"

#include <algorithm>
#include <array>

#include "crypto/chain.hpp"
#include "provisioning/enrollment_search.hpp"
#include "provisioning/entity_tag.hpp"
#include "provisioning/precondition.hpp"

namespace muster::provisioning {
namespace {

using base::Done;
using base::Errc;
using base::Error;

constexpr std::size_t code_octets = 24;
/// As many as Store::list_ca_certificates gives, so that no registration misses one.
constexpr std::int64_t count_max = 1000;

bool is_name(std::string_view text) {
  const auto is_allowed = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '.' ||
           c == '_';
  };
  return !text.empty() && text.size() <= ca_name_size_max && std::ranges::all_of(text, is_allowed);
}

/// A file's octets: DER begins with the tag of a SEQUENCE, which no base64 of a certificate begins with.
Result<crypto::Certificate> read_certificate(std::string_view octets) {
  constexpr char sequence_tag = 0x30;
  if (octets.starts_with(sequence_tag)) return crypto::Certificate::from_der(base::view(octets));
  return crypto::Certificate::from_text(octets);
}

std::optional<std::string> tag_of(const std::optional<CaCertificate>& ca) {
  if (!ca) return std::nullopt;
  return entity_tag(ca->created_at, ca->revision);
}

bool refers_to(const EnrollmentTerms& terms, const std::string& name) {
  const auto* x509 = std::get_if<X509Attestation>(&terms.attestation);
  return x509 != nullptr && (x509->primary_reference == name || x509->secondary_reference == name);
}

/// Whether the proof shows that whoever has the CA's key knows the code.
Status check_proof(const crypto::Certificate& proof, const crypto::Certificate& ca, const std::string& code,
                   TimePoint now) {
  if (code.empty()) return Error(Errc::verification_failed, "no verification code was drawn");
  const auto common_name = proof.common_name();
  if (!common_name || !base::equal_ignoring_case(*common_name, code))
    return Error(Errc::verification_failed, "the proof's common name is not the verification code");
  const std::array<crypto::Certificate, 1> anchor = {ca};
  crypto::PathRules rules;
  rules.refuse_weak_algorithms = true;
  const auto path = crypto::build_path(proof, {}, anchor, now, rules);
  if (!path) return Error(Errc::verification_failed, path.error().detail());
  if (path->size() != 2) return Error(Errc::verification_failed, "the proof is the CA's own certificate");
  return Done{};
}

AuditEvent event(const CaCertificate& ca, std::string action, std::string detail, Actor actor, TimePoint now) {
  return AuditEvent{.actor = std::move(actor.name),
                    .action = std::move(action),
                    .subject = "ca:" + ca.name,
                    .detail = std::move(detail),
                    .personal = std::move(actor.address),
                    .at = now};
}

}  // namespace

Task<Result<CaCertificate>> CaCertificates::put(CaDraft draft, Precondition precondition, Actor actor) {
  if (!is_name(draft.name))
    co_return Error(Errc::invalid_argument, "a CA's name has 1 to 64 letters, digits and - . _");
  const auto certificate = read_certificate(draft.certificate);
  if (!certificate) co_return certificate.error();
  if (!certificate->is_ca())
    co_return Error(Errc::invalid_argument,
                    "the certificate of '" + certificate->subject() + "' is no certificate authority's");

  const auto known = co_await store_.list_ca_certificates(draft.tenant);
  const auto same_name = std::ranges::find(known, draft.name, &CaCertificate::name);
  const auto stored = same_name == known.end() ? std::nullopt : std::optional(*same_name);
  if (const auto holds = check(precondition, tag_of(stored), Errc::ca_not_found, draft.name); !holds)
    co_return holds.error();
  for (const auto& other : known)
    if (other.name != draft.name && other.certificate == certificate->der())
      co_return Error(Errc::already_exists, "the certificate is there under the name " + other.name);
  if (!stored) {
    const auto tenant = co_await store_.find_tenant(draft.tenant);
    if (!tenant) co_return Error(Errc::tenant_not_found, draft.tenant.str());
    const std::int64_t allowed = std::min(tenant->limits.ca_certificates_max, count_max);
    if (static_cast<std::int64_t>(known.size()) >= allowed)
      co_return Error(Errc::quota_exceeded, "the tenant has " + std::to_string(known.size()) +
                                                " CA certificates, at most " + std::to_string(allowed) +
                                                " are allowed");
  }

  const bool is_same = stored && stored->certificate == certificate->der();
  CaCertificate wanted;
  if (stored) wanted = *stored;
  wanted.tenant = draft.tenant;
  wanted.name = draft.name;
  wanted.certificate = certificate->der();
  wanted.is_verified = draft.is_verified.value_or(is_same && stored->is_verified);
  if (!is_same) wanted.verification_code.clear();
  if (!stored) wanted.created_at = clock_.now();
  const std::string detail = certificate->subject() + ", SHA-256 " + certificate->sha256_thumbprint() +
                             (!wanted.is_verified         ? ", not verified"
                              : draft.is_verified == true ? ", verified by the word of who uploaded it"
                                                          : ", verified");
  AuditEvent audited = event(wanted, stored ? "ca.updated" : "ca.created", detail, std::move(actor), clock_.now());
  co_return co_await store(std::move(wanted), std::move(audited));
}

Task<Result<CaCertificate>> CaCertificates::store(CaCertificate changed, AuditEvent event) {
  changed.updated_at = event.at;
  Write write{.tenant = changed.tenant, .changes = {}, .audit = {}};
  write.changes.emplace_back(Put{changed});
  write.audit.push_back(std::move(event));
  const auto committed = co_await store_.commit(std::move(write));
  if (!committed) co_return committed.error();
  ++changed.revision;
  co_return changed;
}

Task<Result<CaCertificate>> CaCertificates::get(TenantId tenant, std::string name) {
  Precondition none;
  co_return co_await find(std::move(tenant), std::move(name), std::move(none));
}

Task<Result<CaCertificate>> CaCertificates::find(TenantId tenant, std::string name, Precondition precondition) {
  auto stored = co_await store_.find_ca_certificate(std::move(tenant), name);
  if (!stored) co_return Error(Errc::ca_not_found, name);
  if (const auto holds = check(precondition, tag_of(stored), Errc::ca_not_found, name); !holds) co_return holds.error();
  co_return std::move(*stored);
}

Task<Status> CaCertificates::remove(TenantId tenant, std::string name, Precondition precondition, Actor actor) {
  const auto stored = co_await find(tenant, name, std::move(precondition));
  if (!stored) co_return stored.error();
  std::function<bool(const EnrollmentTerms&)> names_it = [name](const EnrollmentTerms& terms) {
    return refers_to(terms, name);
  };
  const std::string referrer = co_await find_by_terms(store_, tenant, std::move(names_it));
  if (!referrer.empty()) co_return Error(Errc::in_use, referrer + " refers to the CA certificate " + name);

  Write write{.tenant = std::move(tenant), .changes = {}, .audit = {}};
  write.changes.emplace_back(Remove{*stored});
  write.audit.push_back(event(*stored, "ca.removed", {}, std::move(actor), clock_.now()));
  co_return co_await store_.commit(std::move(write));
}

Task<Result<CaCertificate>> CaCertificates::draw_code(TenantId tenant, std::string name, Precondition precondition,
                                                      Actor actor) {
  auto stored = co_await find(std::move(tenant), std::move(name), std::move(precondition));
  if (!stored) co_return stored.error();
  stored->verification_code = base::to_hex(random_.bytes(code_octets));
  AuditEvent audited = event(*stored, "ca.code_drawn", {}, std::move(actor), clock_.now());
  co_return co_await store(std::move(*stored), std::move(audited));
}

Task<Result<CaCertificate>> CaCertificates::verify(TenantId tenant, std::string name, std::string proof,
                                                   Precondition precondition, Actor actor) {
  auto stored = co_await find(std::move(tenant), std::move(name), std::move(precondition));
  if (!stored) co_return stored.error();
  const auto shown = read_certificate(proof);
  if (!shown) co_return shown.error();
  const auto ca = crypto::Certificate::from_der(stored->certificate);
  if (!ca) throw std::runtime_error("a stored CA certificate cannot be read: " + ca.error().detail());
  const auto proven = check_proof(*shown, *ca, stored->verification_code, clock_.now());
  if (!proven) co_return proven.error();
  stored->is_verified = true;
  stored->verification_code.clear();
  AuditEvent audited =
      event(*stored, "ca.verified", "proof SHA-256 " + shown->sha256_thumbprint(), std::move(actor), clock_.now());
  co_return co_await store(std::move(*stored), std::move(audited));
}

}  // namespace muster::provisioning
