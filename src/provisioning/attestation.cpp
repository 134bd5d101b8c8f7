#include "provisioning/attestation.hpp"

#include <algorithm>
#include <array>

#include "attest/symmetric_key/symmetric_key.hpp"
#include "attest/tpm/endorsement_certificate.hpp"
#include "attest/tpm/endorsement_template.hpp"
#include "crypto/chain.hpp"
#include "provisioning/device_changes.hpp"
#include "provisioning/enrollments.hpp"
#include "provisioning/names.hpp"
#include "provisioning/registration_basis.hpp"

namespace muster::provisioning {

using base::Errc;
using base::Error;

namespace {

Attested attested_by(const EnrollmentGroup& group) {
  return Attested{.enrollment = {.is_group = true, .id = group.id.str()},
                  .enrollment_revision = group.revision,
                  .enrollment_created_at = group.created_at,
                  .terms = group.terms,
                  .hub_device_id = {},
                  .tpm = {},
                  .certificate = {}};
}

Checked checked_against(const EnrollmentGroup& group) {
  return {.enrollment = {.is_group = true, .id = group.id.str()}, .kind = kind_of(group.terms.attestation)};
}

Error disabled(const std::string& what, TimePoint changed_at) {
  return Error(Errc::enrollment_disabled,
               what + " is disabled; it was last changed at " + base::to_rfc3339(changed_at));
}

Error disabled(const EnrollmentGroup& group) { return disabled("group '" + group.id.str() + "'", group.updated_at); }

Error wrong_kind(AttestationKind enrolled, const char* presented) {
  return Error(Errc::attestation_kind_mismatch,
               "enrolled by " + std::string(name_of(enrolled)) + ", but the device presented " + presented);
}

/// "'a', 'b' and 7 more", for people who look for what is missing.
std::string names_of(const std::vector<EnrollmentGroup>& groups) {
  constexpr std::size_t shown_max = 5;
  std::string names;
  for (std::size_t i = 0; i < std::min(groups.size(), shown_max); ++i)
    names += (i == 0 ? "'" : ", '") + groups[i].id.str() + "'";
  if (groups.size() > shown_max) names += " and " + std::to_string(groups.size() - shown_max) + " more";
  return names;
}

Error not_enrolled(const Caller& caller, const std::string& kind) {
  return Error(Errc::enrollment_not_found, "there is no individual enrollment '" + caller.registration_id.str() +
                                               "', and no group by " + kind + " for what the device presented");
}

const char* presented_by(const Evidence& evidence) {
  if (evidence.tpm) return "a TPM's keys";
  if (evidence.token) return "a token";
  if (!evidence.certificates.empty()) return "a certificate";
  return "nothing";
}

/// Whether the group lists this key, where it has a list.
Status check_allowed(const std::string& group, const EnrollmentTerms& terms, const Bytes& key_hash) {
  const auto& allowed = std::get<TpmVendorAttestation>(terms.attestation).allowed_keys;
  if (!allowed.empty() && std::find(allowed.begin(), allowed.end(), key_hash) == allowed.end())
    return Error(Errc::endorsement_key_not_allowed, "group '" + group + "' lists " + std::to_string(allowed.size()) +
                                                        " keys, but not " + base::to_hex(key_hash));
  return base::Done{};
}

/// Null where the name is empty or nobody's.
const CaCertificate* find(const std::vector<CaCertificate>& uploaded, const std::string& name) {
  const auto found = std::ranges::find(uploaded, name, &CaCertificate::name);
  return found == uploaded.end() ? nullptr : &*found;
}

Error changed(const std::string& what) {
  return Error(Errc::enrollment_changed, "after the device was let in, and before it had a hub: " + what);
}

Error not_verified(const CaCertificate& ca) {
  return Error(Errc::ca_not_verified, "the CA certificate " + ca.name + " is not verified");
}

/// The client's certificates as values, the leaf apart.
struct Presented {
  crypto::Certificate leaf;
  std::vector<crypto::Certificate> chain;
};

Result<Presented> read_certificates(const std::vector<Bytes>& certificates) {
  auto leaf = attest::x509::parse_leaf(certificates.empty() ? ByteView{} : ByteView(certificates.front()));
  if (!leaf) return leaf.error();
  Presented presented{.leaf = std::move(*leaf), .chain = {}};
  for (std::size_t i = 1; i < certificates.size(); ++i) {
    auto certificate = crypto::Certificate::from_der(certificates[i]);
    if (!certificate) return certificate.error();
    presented.chain.push_back(std::move(*certificate));
  }
  return presented;
}

}  // namespace

std::string resource_of(const Caller& caller) {
  return caller.tenant.id_scope.str() + "/registrations/" + caller.registration_id.str();
}

SecretPlace key_place(const Challenge& challenge) {
  return {challenge.tenant, "challenge", challenge.registration_id.folded() + "/" + challenge.id.str()};
}

template <class Enrolled, class Check>
Task<Status> Attestor::check_keys(const Enrolled& enrolled, const Check& check) {
  const auto& sealed = std::get<SymmetricKeyAttestation>(enrolled.terms.attestation);
  SecretPlace primary_place = key_place(enrolled, "primary");
  const Secret primary = co_await vault_.open(std::move(primary_place), sealed.primary_key);
  const Status by_primary = check(primary, Secret());
  if (by_primary) co_return by_primary;
  SecretPlace secondary_place = key_place(enrolled, "secondary");
  const Secret secondary = co_await vault_.open(std::move(secondary_place), sealed.secondary_key);
  co_return check(primary, secondary);
}

Task<Result<AttestationOutcome>> Attestor::attest(Caller& caller) {
  caller.checked.reset();
  auto enrollment = co_await store_.find_enrollment(caller.tenant.id, caller.registration_id.folded());
  if (enrollment) co_return co_await attest_individual(caller, std::move(*enrollment));
  co_return co_await attest_group(caller);
}

Task<Result<AttestationOutcome>> Attestor::attest_individual(Caller& caller, Enrollment enrollment) {
  const Evidence& evidence = caller.evidence;
  Attested attested{
      .enrollment = {.is_group = false, .id = enrollment.registration_id.folded()},
      .enrollment_revision = enrollment.revision,
      .enrollment_created_at = enrollment.created_at,
      .terms = enrollment.terms,
      .hub_device_id = enrollment.device_id.empty() ? enrollment.registration_id.str() : enrollment.device_id,
      .tpm = {},
      .certificate = {}};
  bool challenge_needed = false;
  caller.checked = Checked{.enrollment = attested.enrollment, .kind = kind_of(enrollment.terms.attestation)};

  switch (kind_of(enrollment.terms.attestation)) {
    case AttestationKind::symmetric_key: {
      if (evidence.tpm || (!evidence.token && !evidence.certificates.empty()))
        co_return wrong_kind(AttestationKind::symmetric_key, presented_by(evidence));
      if (!evidence.token)
        co_return Error(Errc::credentials_missing, "enrolled by symmetric_key, but the device presented nothing");
      const auto check = [&](const Secret& primary, const Secret& secondary) {
        return attest::symmetric_key::check_token_with_any_of(*evidence.token, primary, secondary, resource_of(caller),
                                                              clock_.now());
      };
      const auto signed_ = co_await check_keys(enrollment, check);
      if (!signed_) co_return signed_.error();
      break;
    }
    case AttestationKind::x509: {
      if (evidence.token || evidence.tpm) co_return wrong_kind(AttestationKind::x509, presented_by(evidence));
      const auto& enrolled = std::get<X509Attestation>(enrollment.terms.attestation);
      const auto checked = co_await check_certificates(caller, enrolled, attested);
      if (!checked) co_return checked.error();
      break;
    }
    case AttestationKind::tpm: {
      const auto& enrolled = std::get<TpmAttestation>(enrollment.terms.attestation);
      if (evidence.token) {
        const auto challenge = co_await answered_challenge(caller);
        if (!challenge) co_return challenge.error();
        attested.tpm = TpmKeys{challenge->endorsement_key, challenge->storage_root_key, {}, {}};
      } else if (evidence.tpm) {
        attested.tpm = evidence.tpm;
        challenge_needed = true;
      } else {
        co_return wrong_kind(AttestationKind::tpm, presented_by(evidence));
      }
      const auto same =
          attest::tpm::check_enrolled_endorsement_key(enrolled.endorsement_key, attested.tpm->endorsement_key);
      if (!same) co_return same.error();
      break;
    }
    case AttestationKind::tpm_vendor:
      throw std::logic_error("an individual enrollment by vendor roots cannot be stored");
  }

  if (!enrollment.terms.enabled)
    co_return disabled("enrollment '" + enrollment.registration_id.str() + "'", enrollment.updated_at);
  if (challenge_needed) co_return AttestationOutcome(ChallengeNeeded{attested.enrollment, *attested.tpm});
  co_return AttestationOutcome(std::move(attested));
}

Task<Result<AttestationOutcome>> Attestor::attest_group(Caller& caller) {
  const Evidence& evidence = caller.evidence;
  if (evidence.token) {
    // A token may answer a challenge of a vendor group or be signed with a group's derived key; the group's challenges
    // tell. Those of an individual enrollment that is gone say nothing.
    const auto challenges = co_await store_.list_challenges(caller.tenant.id, caller.registration_id.folded());
    const bool is_challenged =
        std::ranges::any_of(challenges, [](const Challenge& challenge) { return challenge.enrollment.is_group; });
    if (evidence.tpm || is_challenged) co_return co_await attest_by_vendor(caller);
    co_return co_await attest_by_derived_key(caller);
  }
  if (evidence.tpm) co_return co_await attest_by_vendor(caller);
  if (!evidence.certificates.empty()) co_return co_await attest_by_issuer(caller);
  co_return Error(Errc::enrollment_not_found, "there is no individual enrollment '" + caller.registration_id.str() +
                                                  "', and the device presented nothing that a group could go by");
}

Task<Status> Attestor::check_derived_key(const Caller& caller, EnrollmentGroup group) {
  const auto check = [&](const Secret& primary, const Secret& secondary) {
    return attest::symmetric_key::check_group_token(*caller.evidence.token, primary, secondary,
                                                    caller.registration_id.str(), resource_of(caller), clock_.now());
  };
  co_return co_await check_keys(group, check);
}

Task<Result<AttestationOutcome>> Attestor::attest_by_derived_key(Caller& caller) {
  const auto all_groups = co_await caller.basis->groups(AttestationKind::symmetric_key);
  const std::vector<EnrollmentGroup>& groups = *all_groups;
  if (groups.empty()) co_return not_enrolled(caller, "symmetric key");
  if (groups.size() == 1) caller.checked = checked_against(groups.front());

  std::optional<Error> refusal;
  const EnrollmentGroup* disabled_match = nullptr;
  for (const auto& group : groups) {
    const auto checked = co_await check_derived_key(caller, group);
    if (!checked) {
      // What is wrong with the token itself (its time, its resource) says more than "another key".
      if (!refusal || refusal->code() == Errc::signature_mismatch) refusal = checked.error();
      continue;
    }
    caller.checked = checked_against(group);
    if (group.terms.enabled) co_return AttestationOutcome(attested_by(group));
    disabled_match = &group;
  }
  if (disabled_match != nullptr) co_return disabled(*disabled_match);
  if (refusal->code() != Errc::signature_mismatch) co_return *refusal;
  co_return Error(Errc::signature_mismatch, "there is no individual enrollment '" + caller.registration_id.str() +
                                                "', and the token was signed with no key that is derived for it from " +
                                                "those of the groups " + names_of(groups));
}

std::vector<crypto::Certificate> Attestor::verified(const std::vector<CaCertificate>& uploaded) {
  std::vector<crypto::Certificate> certificates;
  for (const auto& ca : uploaded)
    if (ca.is_verified) certificates.push_back(*certificates_.get(ca.certificate));
  return certificates;
}

Task<Status> Attestor::check_revocation(TenantId tenant, crypto::Certificate leaf, Attested& attested) {
  auto issued = co_await store_.find_certificate(std::move(tenant), leaf.serial());
  if (!issued) co_return base::Done{};
  // Not by its octets: an ECDSA signature has two forms, and anybody can turn the one into the other.
  const auto known = crypto::Certificate::from_der(issued->certificate);
  if (!known || known->issuer() != leaf.issuer() || known->public_key() != leaf.public_key()) co_return base::Done{};
  if (issued->revoked_at)
    co_return Error(Errc::certificate_revoked,
                    "certificate " + issued->serial + " was revoked at " + base::to_rfc3339(*issued->revoked_at));
  attested.issued = std::move(issued);
  co_return base::Done{};
}

Task<Status> Attestor::check_certificates(const Caller& caller, const X509Attestation& enrolled, Attested& attested) {
  const auto presented = read_certificates(caller.evidence.certificates);
  if (!presented) co_return presented.error();
  attested.certificate = presented->leaf;
  if (enrolled.primary_reference.empty()) {
    const attest::x509::Enrolled own{certificates_.get(enrolled.primary_certificate),
                                     certificates_.get(enrolled.secondary_certificate)};
    const auto matches =
        attest::x509::check_individual(presented->leaf, presented->chain, own, caller.registration_id, clock_.now());
    if (!matches) co_return matches.error();
    co_return co_await check_revocation(caller.tenant.id, presented->leaf, attested);
  }

  const auto all_uploaded = co_await caller.basis->ca_certificates();
  const std::vector<CaCertificate>& uploaded = *all_uploaded;
  const CaCertificate* primary = find(uploaded, enrolled.primary_reference);
  const CaCertificate* secondary = find(uploaded, enrolled.secondary_reference);
  const attest::x509::Enrolled authorities{
      primary != nullptr ? certificates_.get(primary->certificate) : std::nullopt,
      secondary != nullptr ? certificates_.get(secondary->certificate) : std::nullopt};
  const auto anchor = attest::x509::check_issued(presented->leaf, presented->chain, verified(uploaded), authorities,
                                                 caller.registration_id, clock_.now());
  if (!anchor) co_return anchor.error();
  const CaCertificate& authority = authorities.primary == *anchor ? *primary : *secondary;
  if (!authority.is_verified) co_return not_verified(authority);
  attested.authority = authority;
  co_return co_await check_revocation(caller.tenant.id, presented->leaf, attested);
}

attest::x509::GroupCandidate Attestor::candidate_of(const EnrollmentGroup& group,
                                                    const std::vector<CaCertificate>& uploaded) {
  const auto& enrolled = std::get<X509Attestation>(group.terms.attestation);
  const auto certificate = [&](const Bytes& own, const std::string& reference) {
    if (reference.empty()) return certificates_.get(own);
    const CaCertificate* ca = find(uploaded, reference);
    return ca == nullptr ? std::nullopt : certificates_.get(ca->certificate);
  };
  return {.id = group.id,
          .primary = certificate(enrolled.primary_certificate, enrolled.primary_reference),
          .secondary = certificate(enrolled.secondary_certificate, enrolled.secondary_reference),
          .disabled = !group.terms.enabled};
}

Task<Result<std::optional<CaCertificate>>> Attestor::check_authority(const Caller& caller, const EnrollmentGroup& group,
                                                                     const crypto::Certificate& anchor,
                                                                     const std::vector<CaCertificate>& uploaded) {
  const auto& enrolled = std::get<X509Attestation>(group.terms.attestation);
  for (const auto* reference : {&enrolled.primary_reference, &enrolled.secondary_reference}) {
    const CaCertificate* ca = find(uploaded, *reference);
    if (ca == nullptr || ca->certificate != anchor.der()) continue;
    if (!ca->is_verified) co_return not_verified(*ca);
    co_return std::optional(*ca);
  }
  if (!caller.tenant.require_verified_ca) co_return std::optional<CaCertificate>();

  // Muster has the keys of the tenant's own tree, so nobody need prove that.
  std::vector<crypto::Certificate> anchors = verified(uploaded);
  const auto authorities = co_await store_.list_authorities(caller.tenant.id);
  for (const auto& own : authorities) anchors.push_back(*certificates_.get(own.certificate));
  const auto presented = read_certificates(caller.evidence.certificates);
  if (!presented) co_return presented.error();
  if (crypto::build_path(anchor, presented->chain, anchors, clock_.now())) co_return std::optional<CaCertificate>();
  co_return Error(Errc::ca_not_verified, "the certificate '" + anchor.subject() + "' of group " + group.id.str() +
                                             " is no verified CA certificate of the tenant and stands on none");
}

Task<bool> Attestor::admits(const Caller& caller, EnrollmentGroup group) {
  const AttestationKind kind = kind_of(group.terms.attestation);
  if (kind == AttestationKind::symmetric_key && caller.evidence.token) {
    const auto checked = co_await check_derived_key(caller, std::move(group));
    co_return static_cast<bool>(checked);
  }
  if (kind != AttestationKind::x509) co_return false;
  const auto presented = read_certificates(caller.evidence.certificates);
  if (!presented) co_return false;
  const auto all_uploaded = co_await caller.basis->ca_certificates();
  const std::vector<CaCertificate>& uploaded = *all_uploaded;
  const std::array<attest::x509::GroupCandidate, 1> alone = {candidate_of(group, uploaded)};
  const auto match = attest::x509::find_group(presented->leaf, presented->chain, verified(uploaded), alone,
                                              caller.registration_id, clock_.now());
  if (!match) co_return false;
  const auto authority = co_await check_authority(caller, group, match->path.back(), uploaded);
  co_return static_cast<bool>(authority);
}

Task<Result<AttestationOutcome>> Attestor::attest_by_issuer(Caller& caller) {
  const auto all_groups = co_await caller.basis->groups(AttestationKind::x509);
  const std::vector<EnrollmentGroup>& groups = *all_groups;
  if (groups.empty()) co_return not_enrolled(caller, "X.509");
  const auto presented = read_certificates(caller.evidence.certificates);
  if (!presented) co_return presented.error();

  const auto all_uploaded = co_await caller.basis->ca_certificates();
  const std::vector<CaCertificate>& uploaded = *all_uploaded;
  std::vector<attest::x509::GroupCandidate> candidates;
  candidates.reserve(groups.size());
  for (const auto& group : groups) candidates.push_back(candidate_of(group, uploaded));
  const std::vector<crypto::Certificate> helpers = verified(uploaded);
  const auto match = attest::x509::find_group(presented->leaf, presented->chain, helpers, candidates,
                                              caller.registration_id, clock_.now());
  if (!match) {
    if (const auto nearest = attest::x509::nearest_group(presented->leaf, presented->chain, helpers, candidates))
      caller.checked = checked_against(groups[*nearest]);
    co_return match.error();
  }
  const EnrollmentGroup& group = groups[match->index];
  caller.checked = checked_against(group);
  auto authority = co_await check_authority(caller, group, match->path.back(), uploaded);
  if (!authority) co_return authority.error();
  Attested attested = attested_by(group);
  attested.certificate = presented->leaf;
  attested.authority = std::move(*authority);
  const auto valid = co_await check_revocation(caller.tenant.id, presented->leaf, attested);
  if (!valid) co_return valid.error();
  co_return AttestationOutcome(std::move(attested));
}

Result<Attested> Attestor::accept_vendor_key(const EnrollmentGroup& group, const TpmKeys& keys) {
  const auto ek = attest::tpm::read_endorsement_key(keys.endorsement_key);
  if (!ek) return ek.error();
  const auto& vendor = std::get<TpmVendorAttestation>(group.terms.attestation);

  std::vector<crypto::Certificate> roots;
  for (const auto& root : vendor.roots) roots.push_back(*certificates_.get(root));
  std::vector<crypto::Certificate> intermediates;
  for (const auto& intermediate : vendor.intermediates) intermediates.push_back(*certificates_.get(intermediate));
  for (const auto& der : keys.intermediates) {
    auto intermediate = crypto::Certificate::from_der(der);
    if (!intermediate) return intermediate.error();
    intermediates.push_back(std::move(*intermediate));
  }

  const auto vouched = attest::tpm::check_endorsement_certificate(ek->public_area, keys.endorsement_certificate,
                                                                  intermediates, roots, clock_.now());
  if (!vouched) return vouched.error();
  if (const auto allowed = check_allowed(group.id.str(), group.terms, ek->hash); !allowed) return allowed.error();
  Attested attested = attested_by(group);
  attested.tpm = keys;
  return attested;
}

Task<Result<AttestationOutcome>> Attestor::attest_by_vendor(Caller& caller) {
  const Evidence& evidence = caller.evidence;
  if (evidence.token) {
    const auto challenge = co_await answered_challenge(caller);
    if (!challenge) co_return challenge.error();
    // That the vendor vouches was checked before the challenge went out. What the operator decides may have changed
    // since: whether there is such a group, whether it is enabled, which keys it lists.
    GroupId id(challenge->enrollment.id);
    auto group = co_await store_.find_group(caller.tenant.id, std::move(id));
    if (!challenge->enrollment.is_group || !group || kind_of(group->terms.attestation) != AttestationKind::tpm_vendor)
      co_return Error(Errc::enrollment_not_found, "the challenge came from group '" + challenge->enrollment.id +
                                                      "', which is gone or no group by TPM vendor any more");
    caller.checked = checked_against(*group);
    if (!group->terms.enabled) co_return disabled(*group);
    const auto ek = attest::tpm::read_endorsement_key(challenge->endorsement_key);
    if (!ek) co_return ek.error();
    if (const auto allowed = check_allowed(group->id.str(), group->terms, ek->hash); !allowed)
      co_return allowed.error();
    Attested attested = attested_by(*group);
    attested.tpm = TpmKeys{challenge->endorsement_key, challenge->storage_root_key, {}, {}};
    co_return AttestationOutcome(std::move(attested));
  }

  const auto all_groups = co_await caller.basis->groups(AttestationKind::tpm_vendor);
  const std::vector<EnrollmentGroup>& groups = *all_groups;
  if (groups.empty()) co_return not_enrolled(caller, "TPM vendor");
  if (groups.size() == 1) caller.checked = checked_against(groups.front());

  // A genuine TPM proves which TPM it is, not which name it may have. Only the name that follows from its key is its
  // own, and only one name does where everything but the key is the template's.
  if (const auto is_default = attest::tpm::check_default_template(evidence.tpm->endorsement_key); !is_default)
    co_return is_default.error();
  const std::string own_name = attest::tpm::registration_id_of(evidence.tpm->endorsement_key);
  if (own_name != caller.registration_id.folded())
    co_return Error(Errc::registration_id_not_bound_to_tpm, "the key's own registration id is '" + own_name +
                                                                "', the device asks for '" +
                                                                caller.registration_id.str() + "'");

  std::optional<Error> refusal;
  for (const auto& group : groups) {
    const auto accepted = accept_vendor_key(group, *evidence.tpm);
    if (accepted) {
      caller.checked = checked_against(group);
      if (!group.terms.enabled) co_return disabled(group);
      co_return AttestationOutcome(ChallengeNeeded{accepted->enrollment, *evidence.tpm});
    }
    refusal = Error(accepted.error().code(), "group '" + group.id.str() + "': " + accepted.error().detail());
  }
  co_return *refusal;
}

Task<Result<Attested>> Attestor::admit_again(const DeviceRecord& record, Grounds grounds, Attested attested) {
  const TenantId& tenant = record.device.tenant;
  if (attested.enrollment.is_group) {
    const auto individual = co_await store_.find_enrollment(tenant, record.device.name.folded());
    if (individual) co_return changed("it has an individual enrollment now, which decides instead of the group");
  }
  if (!grounds.authority.empty()) {
    attested.authority = co_await store_.find_ca_certificate(tenant, grounds.authority);
    if (!attested.authority) co_return changed("the CA certificate " + grounds.authority + " was removed");
    if (!attested.authority->is_verified)
      co_return changed("the CA certificate " + grounds.authority + " is not verified any more");
  }
  const AttestationKind kind = kind_of(attested.terms.attestation);
  if (!grounds.digest.empty() && grounds != grounds_of(attested.terms.attestation, attested.authority))
    co_return changed("the keys, certificates or references that it was held against are others now");

  if (kind == AttestationKind::x509)
    if (const Identity* shown = active(record.identities, IdentityKind::device_certificate)) {
      auto leaf = attest::x509::parse_leaf(shown->public_part);
      if (!leaf) co_return leaf.error();
      const auto valid = co_await check_revocation(tenant, std::move(*leaf), attested);
      if (!valid) co_return valid.error();
    }
  if (kind == AttestationKind::tpm_vendor)
    if (const Identity* shown = active(record.identities, IdentityKind::endorsement_key)) {
      const auto allowed = check_allowed(attested.enrollment.id, attested.terms, shown->fingerprint);
      if (!allowed) co_return allowed.error();
    }
  co_return attested;
}

Task<Result<Challenge>> Attestor::answered_challenge(const Caller& caller) {
  const auto challenges = co_await store_.list_challenges(caller.tenant.id, caller.registration_id.folded());
  const TimePoint now = clock_.now();
  std::vector<attest::tpm::PendingChallenge> pending;
  for (const auto& challenge : challenges) {
    SecretPlace place = key_place(challenge);
    Secret key = co_await vault_.open(std::move(place), challenge.key);
    pending.push_back({.key = std::move(key), .expires_at = challenge.expires_at});
  }
  const auto answered = attest::tpm::check_challenge(*caller.evidence.token, pending, resource_of(caller), now);
  if (!answered) co_return answered.error();
  for (std::size_t i = 0; i < pending.size(); ++i) {
    const std::array<attest::tpm::PendingChallenge, 1> one = {pending[i]};
    if (attest::tpm::check_challenge(*caller.evidence.token, one, resource_of(caller), now)) co_return challenges[i];
  }
  throw std::logic_error("a challenge was answered, but none of them alone");
}

}  // namespace muster::provisioning
