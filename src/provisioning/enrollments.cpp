#include "provisioning/enrollments.hpp"

#include "attest/tpm/tpm.hpp"
#include "crypto/certificate.hpp"
#include "provisioning/entity_tag.hpp"
#include "provisioning/precondition.hpp"

namespace muster::provisioning {

using base::Errc;
using base::Error;

namespace {

constexpr std::size_t symmetric_key_size_min = 16;
constexpr std::size_t symmetric_key_size_max = 64;
constexpr std::size_t drawn_key_size = 64;
constexpr std::size_t hub_count_max = 100;
constexpr std::size_t vendor_certificate_count_max = 256;
constexpr std::size_t allowed_key_count_max = 100000;
constexpr std::size_t group_count_max = 1000;  // a registration looks at all that attest in one way
constexpr int write_attempts_max = 4;

/// What differs between the two kinds of enrollment.
struct EnrollmentTraits {
  static constexpr bool is_group = false;
  static constexpr Errc not_found = Errc::enrollment_not_found;
  static constexpr const char* noun = "enrollment";
  static const std::string& id(const Enrollment& e) { return e.registration_id.str(); }
  static Task<std::optional<Enrollment>> find(Store& store, TenantId tenant, const Enrollment& like) {
    return store.find_enrollment(std::move(tenant), like.registration_id.folded());
  }
};

struct GroupTraits {
  static constexpr bool is_group = true;
  static constexpr Errc not_found = Errc::group_not_found;
  static constexpr const char* noun = "group";
  static const std::string& id(const EnrollmentGroup& g) { return g.id.str(); }
  static Task<std::optional<EnrollmentGroup>> find(Store& store, TenantId tenant, const EnrollmentGroup& like) {
    return store.find_group(std::move(tenant), like.id);
  }
};

template <class T>
struct TraitsOf;
template <>
struct TraitsOf<Enrollment> : EnrollmentTraits {};
template <>
struct TraitsOf<EnrollmentGroup> : GroupTraits {};

Error invalid(std::string detail) { return Error(Errc::invalid_argument, std::move(detail)); }

Status check_certificate(const Bytes& der, const char* what) {
  if (der.empty()) return base::Done{};
  const auto certificate = crypto::Certificate::from_der(der);
  if (!certificate) return Error(Errc::certificate_malformed, std::string(what) + ": " + certificate.error().detail());
  return base::Done{};
}

Status check_key_size(const Secret& key, const char* which) {
  if (key.empty()) return base::Done{};
  if (key.size() >= symmetric_key_size_min && key.size() <= symmetric_key_size_max) return base::Done{};
  return invalid(std::string(which) + " key has " + std::to_string(key.size()) + " octets; 16 to 64 are allowed");
}

struct CheckAttestation {
  bool is_group;
  const SymmetricKeys& keys;

  Status operator()(const SymmetricKeyAttestation&) const {
    if (auto primary = check_key_size(keys.primary, "the primary"); !primary) return primary;
    return check_key_size(keys.secondary, "the secondary");
  }

  Status operator()(const TpmAttestation& tpm) const {
    if (is_group) return invalid("a group cannot attest by one endorsement key; use vendor roots");
    const auto key = attest::tpm::read_endorsement_key(tpm.endorsement_key);
    if (!key) return key.error();
    return base::Done{};
  }

  Status operator()(const X509Attestation& x509) const {
    const bool has_references = !x509.primary_reference.empty() || !x509.secondary_reference.empty();
    if (has_references && (!x509.primary_certificate.empty() || !x509.secondary_certificate.empty()))
      return invalid("either certificates or references to CA certificates, not both");
    if (has_references && x509.primary_reference.empty()) return invalid("a primary CA reference is needed");
    if (has_references) return base::Done{};
    if (x509.primary_certificate.empty()) return invalid("a primary certificate is needed");
    if (auto primary = check_certificate(x509.primary_certificate, "the primary certificate"); !primary) return primary;
    return check_certificate(x509.secondary_certificate, "the secondary certificate");
  }

  Status operator()(const TpmVendorAttestation& vendor) const {
    if (!is_group) return invalid("vendor roots enroll a group; an individual enrollment names its endorsement key");
    if (vendor.roots.empty()) return invalid("at least one vendor root is needed");
    if (vendor.roots.size() + vendor.intermediates.size() > vendor_certificate_count_max)
      return invalid("more than 256 vendor certificates");
    if (vendor.allowed_keys.size() > allowed_key_count_max) return invalid("more than 100000 allowed keys");
    for (const auto& root : vendor.roots) {
      if (root.empty()) return invalid("a vendor root is empty");
      if (auto readable = check_certificate(root, "a vendor root"); !readable) return readable;
    }
    for (const auto& intermediate : vendor.intermediates) {
      if (intermediate.empty()) return invalid("a vendor intermediate is empty");
      if (auto readable = check_certificate(intermediate, "a vendor intermediate"); !readable) return readable;
    }
    for (const auto& hash : vendor.allowed_keys)
      if (hash.size() != 32) return invalid("an allowed key is named by its SHA-256: 32 octets");
    return base::Done{};
  }
};

Status check_terms(const EnrollmentTerms& terms, bool is_group, const SymmetricKeys& keys) {
  if (terms.hubs.size() > hub_count_max) return invalid("more than 100 hubs");
  return std::visit(CheckAttestation{is_group, keys}, terms.attestation);
}

template <class T>
Status check_precondition(const Precondition& precondition, const std::optional<T>& stored, Errc not_found,
                          const std::string& id) {
  std::optional<std::string> tag;
  if (stored) tag = entity_tag(stored->created_at, stored->revision);
  return check(precondition, tag, not_found, id);
}

template <class T>
AuditEvent event(const T& subject, std::string_view verb, const Actor& actor, TimePoint now) {
  using Traits = TraitsOf<T>;
  return AuditEvent{.actor = actor.name,
                    .action = std::string(Traits::noun) + "." + std::string(verb),
                    .subject = std::string(Traits::noun) + ":" + Traits::id(subject),
                    .detail = {},
                    .personal = actor.address,
                    .at = now};
}

}  // namespace

SecretPlace key_place(const Enrollment& enrollment, std::string_view which) {
  return {enrollment.tenant, "enrollment", enrollment.registration_id.folded() + "/" + std::string(which)};
}

SecretPlace key_place(const EnrollmentGroup& group, std::string_view which) {
  return {group.tenant, "enrollment_group", group.id.str() + "/" + std::string(which)};
}

Task<Result<std::vector<Change>>> Enrollments::find_named(TenantId tenant, EnrollmentTerms terms) {
  std::vector<Change> keeps;
  if (const auto* x509 = std::get_if<X509Attestation>(&terms.attestation)) {
    for (const auto* name : {&x509->primary_reference, &x509->secondary_reference}) {
      if (name->empty()) continue;
      auto ca = co_await store_.find_ca_certificate(tenant, *name);
      if (!ca) co_return Error(Errc::ca_not_found, "there is no CA certificate of the name " + *name);
      keeps.emplace_back(Keep{std::move(*ca)});
    }
  }
  if (!terms.credential_policy.empty()) {
    auto policy = co_await store_.find_credential_policy(tenant, terms.credential_policy);
    if (!policy)
      co_return Error(Errc::credential_policy_not_found,
                      "there is no credential policy of the name " + terms.credential_policy);
    keeps.emplace_back(Keep{std::move(*policy)});
  }
  co_return keeps;
}

template <class T>
Task<Result<T>> Enrollments::put_any(Draft<T> draft, Actor actor) {
  using Traits = TraitsOf<T>;
  if (auto valid = check_terms(draft.wanted.terms, Traits::is_group, draft.keys); !valid) co_return valid.error();

  for (int attempt = 0; attempt < write_attempts_max; ++attempt) {
    const auto stored = co_await Traits::find(store_, draft.wanted.tenant, draft.wanted);
    if (auto holds = check_precondition(draft.precondition, stored, Traits::not_found, Traits::id(draft.wanted));
        !holds)
      co_return holds.error();

    T row = draft.wanted;
    const TimePoint now = clock_.now();
    row.created_at = stored ? stored->created_at : now;
    row.updated_at = now;
    row.revision = stored ? stored->revision : 0;

    if (auto* wanted = std::get_if<SymmetricKeyAttestation>(&row.terms.attestation)) {
      const auto* kept = stored ? std::get_if<SymmetricKeyAttestation>(&stored->terms.attestation) : nullptr;
      const auto seal = [&](const Secret& given, const SealedSecret* old,
                            std::string_view which) -> Task<SealedSecret> {
        if (given.empty() && old != nullptr) co_return *old;
        SecretPlace place = key_place(row, which);
        if (old != nullptr) {
          // Who changes something else puts the keys that were there: then their row's octets stay the same, too.
          const Secret known = co_await vault_.open(place, *old);
          if (base::equal_in_constant_time(known.reveal(), given.reveal())) co_return *old;
        }
        Secret secret = given.empty() ? random_.secret(drawn_key_size) : given;
        co_return co_await vault_.seal(std::move(place), std::move(secret));
      };
      wanted->primary_key = co_await seal(draft.keys.primary, kept ? &kept->primary_key : nullptr, "primary");
      wanted->secondary_key = co_await seal(draft.keys.secondary, kept ? &kept->secondary_key : nullptr, "secondary");
    }

    auto keeps = co_await find_named(row.tenant, row.terms);
    if (!keeps) co_return keeps.error();
    Write write{.tenant = row.tenant, .changes = std::move(*keeps), .audit = {}};
    write.changes.emplace_back(Put{row});
    write.audit.push_back(event(row, stored ? "updated" : "created", actor, now));
    write.audit.back().detail = row.terms.enabled ? "enabled" : "disabled";
    const auto committed = co_await store_.commit(std::move(write));
    if (committed) {
      ++row.revision;
      co_return row;
    }
    if (committed.error().code() != Errc::revision_conflict) co_return committed.error();
  }
  co_return Error(Errc::revision_conflict, Traits::id(draft.wanted));
}

template <class T>
Task<Status> Enrollments::remove_any(std::optional<T> stored, Precondition precondition, Actor actor) {
  Write write{.tenant = stored->tenant, .changes = {}, .audit = {}};
  write.changes.emplace_back(Remove{*stored});
  write.audit.push_back(event(*stored, "removed", actor, clock_.now()));
  const auto committed = co_await store_.commit(std::move(write));
  if (!committed && committed.error().code() == Errc::revision_conflict &&
      precondition.kind == Precondition::Kind::must_match)
    co_return Error(Errc::etag_mismatch, TraitsOf<T>::id(*stored));
  co_return committed;
}

Task<Result<Enrollment>> Enrollments::put(Draft<Enrollment> draft, Actor actor) {
  if (draft.wanted.device_id.size() > 128) co_return invalid("a device id has 128 characters at most");
  co_return co_await put_any(std::move(draft), std::move(actor));
}

Task<Result<EnrollmentGroup>> Enrollments::put(Draft<EnrollmentGroup> draft, Actor actor) {
  const auto known = co_await store_.find_group(draft.wanted.tenant, draft.wanted.id);
  if (!known) {
    Page all{.after = {}, .limit = group_count_max};
    const auto groups = co_await store_.list_groups(draft.wanted.tenant, std::move(all));
    if (groups.size() >= group_count_max) co_return Error(Errc::too_many_items, "a tenant has 1000 groups at most");
  }
  co_return co_await put_any(std::move(draft), std::move(actor));
}

Task<Result<Enrollment>> Enrollments::get(TenantId tenant, RegistrationId id) {
  auto stored = co_await store_.find_enrollment(std::move(tenant), id.folded());
  if (!stored) co_return Error(Errc::enrollment_not_found, id.str());
  co_return std::move(*stored);
}

Task<Result<EnrollmentGroup>> Enrollments::get(TenantId tenant, GroupId id) {
  auto stored = co_await store_.find_group(std::move(tenant), id);
  if (!stored) co_return Error(Errc::group_not_found, id.str());
  co_return std::move(*stored);
}

Task<Status> Enrollments::remove(TenantId tenant, RegistrationId id, Precondition precondition, Actor actor) {
  auto stored = co_await store_.find_enrollment(std::move(tenant), id.folded());
  if (!stored) co_return Error(Errc::enrollment_not_found, id.str());
  if (auto holds = check_precondition(precondition, stored, Errc::enrollment_not_found, id.str()); !holds)
    co_return holds;
  co_return co_await remove_any(std::move(stored), std::move(precondition), std::move(actor));
}

Task<Status> Enrollments::remove(TenantId tenant, GroupId id, Precondition precondition, Actor actor) {
  auto stored = co_await store_.find_group(std::move(tenant), id);
  if (!stored) co_return Error(Errc::group_not_found, id.str());
  if (auto holds = check_precondition(precondition, stored, Errc::group_not_found, id.str()); !holds) co_return holds;
  co_return co_await remove_any(std::move(stored), std::move(precondition), std::move(actor));
}

namespace {

template <class T>
Task<Result<SymmetricKeys>> open_keys(Vault& vault, T enrollment) {
  const auto* sealed = std::get_if<SymmetricKeyAttestation>(&enrollment.terms.attestation);
  if (sealed == nullptr) co_return Error(Errc::attestation_kind_mismatch, "it does not attest by symmetric key");
  SymmetricKeys keys;
  SecretPlace primary = key_place(enrollment, "primary");
  keys.primary = co_await vault.open(std::move(primary), sealed->primary_key);
  SecretPlace secondary = key_place(enrollment, "secondary");
  keys.secondary = co_await vault.open(std::move(secondary), sealed->secondary_key);
  co_return keys;
}

}  // namespace

Task<Result<SymmetricKeys>> Enrollments::reveal_keys(Enrollment enrollment) {
  return open_keys(vault_, std::move(enrollment));
}

Task<Result<SymmetricKeys>> Enrollments::reveal_keys(EnrollmentGroup group) {
  return open_keys(vault_, std::move(group));
}

}  // namespace muster::provisioning
