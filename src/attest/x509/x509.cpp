#include "attest/x509/x509.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "crypto/chain.hpp"

namespace muster::attest::x509 {
namespace {

using base::Done;
using base::Errc;
using base::Error;
using base::Result;
using base::Status;
using crypto::Certificate;
using crypto::IssuerMatch;

constexpr std::size_t shown_name_size_max = 200;

/// A name as the operator reads it; a stranger chose its length.
std::string shown(std::string name) {
  if (name.size() > shown_name_size_max) name.resize(shown_name_size_max);
  return "'" + name + "'";
}

/// The groups by the names of their authorities, the first few of them.
std::string shown(std::span<const GroupCandidate> candidates) {
  constexpr std::size_t shown_max = 5;
  std::string list;
  for (const auto& candidate : candidates.first(std::min(candidates.size(), shown_max))) {
    const auto& authority = candidate.primary ? candidate.primary : candidate.secondary;
    list += (list.empty() ? " '" : ", '") + candidate.id.str() + "'";
    if (authority) list += " with " + shown(authority->subject());
  }
  if (candidates.size() > shown_max) list += " and " + std::to_string(candidates.size() - shown_max) + " more";
  return list;
}

Status check_count(std::size_t presented) {
  if (presented > presented_chain_max)
    return Error(Errc::certificate_chain_invalid, "the device presents " + std::to_string(presented) +
                                                      " certificates beside its own, at most " +
                                                      std::to_string(presented_chain_max) + " are taken");
  return Done{};
}

Status check_name(const Certificate& leaf, const base::RegistrationId& id) {
  const auto common_name = leaf.common_name();
  if (!common_name)
    return Error(Errc::certificate_name_mismatch,
                 "the certificate has no usable common name; the registration id is '" + id.str() + "'");
  if (!base::equal_ignoring_case(*common_name, id.str()))
    return Error(Errc::certificate_name_mismatch, "the certificate's common name is " + shown(*common_name) +
                                                      ", the registration id '" + id.str() + "'");
  return Done{};
}

Status check_dates(const Certificate& leaf, base::TimePoint now) {
  const bool is_early = now < leaf.not_before();
  if (!is_early && now <= leaf.not_after()) return Done{};
  return Error(Errc::certificate_expired, "the certificate is valid from " + base::to_rfc3339(leaf.not_before()) +
                                              " to " + base::to_rfc3339(leaf.not_after()) + ", it is " +
                                              base::to_rfc3339(now) + ", " +
                                              (is_early ? base::in_words(leaf.not_before() - now) + " too early"
                                                        : base::in_words(now - leaf.not_after()) + " too late"));
}

std::string thumbprint_of(const std::optional<Certificate>& certificate) {
  return certificate ? certificate->sha256_thumbprint() : "none";
}

using CertificatePair = std::array<const std::optional<Certificate>*, 2>;

CertificatePair certificates_of(const GroupCandidate& candidate) { return {&candidate.primary, &candidate.secondary}; }

/// Where key ids tell the authorities of one name apart, the signature is left to the check of the whole path.
bool has_issued(const Certificate& authority, const Certificate& certificate) {
  switch (certificate.match_issuer(authority)) {
    case IssuerMatch::none:
      return false;
    case IssuerMatch::by_name:
      return certificate.is_issued_by(authority);
    case IssuerMatch::by_key_id:
      return true;
  }
  return false;
}

bool has_issued(const GroupCandidate& candidate, const Certificate& certificate) {
  return std::ranges::any_of(certificates_of(candidate),
                             [&](const auto* own) { return *own && has_issued(**own, certificate); });
}

bool has_name(const GroupCandidate& candidate, const std::string& name) {
  return std::ranges::any_of(certificates_of(candidate),
                             [&](const auto* own) { return *own && (*own)->subject() == name; });
}

/// A certificate that the leaf stands on, or the leaf itself, and by which certificate it was reached.
struct Step {
  const Certificate* certificate;
  std::size_t below;
};

/// A group, and the ways to it through presented certificates; there are several where an authority was certified
/// twice.
struct Ascent {
  std::size_t group;
  std::vector<std::vector<Certificate>> ways;
};

std::vector<Certificate> way_to(std::size_t step, const std::vector<Step>& steps) {
  std::vector<Certificate> way;
  for (; step != 0; step = steps[step].below) way.push_back(*steps[step].certificate);
  return way;
}

/// Goes up from the leaf, the nearest issuers first, until a group has issued what it stands on. `helpers` are visited
/// once each, and a signature is checked only where names fit and key ids are lacking, so that a device cannot make the
/// check of its chain cost more than `presented_chain_max` squared signatures beside those that the operator's own
/// certificates call for.
std::optional<Ascent> ascend(const Certificate& leaf, std::span<const Certificate> helpers,
                             std::span<const GroupCandidate> candidates) {
  std::vector<Step> steps{{.certificate = &leaf, .below = 0}};
  for (std::size_t at = 0; at < steps.size(); ++at) {
    const Certificate& element = *steps[at].certificate;
    const auto found = std::ranges::find_if(candidates, [&](const auto& group) { return has_issued(group, element); });
    if (found != candidates.end()) {
      Ascent ascent{.group = static_cast<std::size_t>(found - candidates.begin()), .ways = {}};
      for (std::size_t step = at; step < steps.size(); ++step)
        if (has_issued(*found, *steps[step].certificate)) ascent.ways.push_back(way_to(step, steps));
      return ascent;
    }
    for (const auto& next : helpers) {
      const bool is_visited = std::ranges::any_of(steps, [&](const Step& step) { return *step.certificate == next; });
      if (!is_visited && has_issued(next, element)) steps.push_back({.certificate = &next, .below = at});
    }
  }
  return std::nullopt;
}

std::vector<Certificate> joined(std::span<const Certificate> presented, std::span<const Certificate> stored) {
  std::vector<Certificate> all(presented.begin(), presented.end());
  all.insert(all.end(), stored.begin(), stored.end());
  return all;
}

/// The first of the ways that keeps the rules; what is wrong with the first of all where none does. `owner` names the
/// group or the enrollment in a refusal.
Result<std::vector<Certificate>> check_ways(const Certificate& leaf, const Ascent& ascent, const GroupCandidate& group,
                                            const std::string& owner, base::TimePoint now) {
  std::vector<Certificate> anchors;
  for (const auto* own : certificates_of(group))
    if (*own) anchors.push_back(**own);
  crypto::PathRules rules;
  rules.refuse_weak_algorithms = true;
  rules.depth_max = presented_chain_max;

  std::optional<Error> refusal;
  for (const auto& way : ascent.ways) {
    auto path = crypto::build_path(leaf, way, anchors, now, rules);
    // An authority vouches for what it issued, not for itself.
    if (path && path->size() < 2)
      return Error(Errc::certificate_chain_invalid, "the device presents the certificate of " + owner + " as its own");
    if (path) return path;
    if (!refusal) refusal = path.error();
  }
  return Error(refusal->code(), owner + ": " + refusal->detail());
}

/// Why no group was found, in the operator's words.
Error without_group(const Certificate& leaf, std::span<const Certificate> presented,
                    std::span<const GroupCandidate> candidates) {
  const std::string issuer = leaf.issuer();
  for (const auto& candidate : candidates)
    if (has_name(candidate, issuer))
      return {Errc::certificate_chain_invalid, "group '" + candidate.id.str() + "' has a certificate of the name " +
                                                   shown(issuer) +
                                                   ", but its key did not sign the device's certificate"};

  std::string chain;
  for (const auto& certificate : presented) chain += ", " + shown(certificate.subject());
  return {Errc::certificate_authority_unknown,
          "no enrollment group has the certificate of an issuer of " + shown(leaf.subject()) + "; its issuer is " +
              shown(issuer) + "; the groups are" + shown(candidates) +
              (presented.empty() ? "; no chain was presented" : "; presented were" + chain.substr(1))};
}

}  // namespace

Result<Certificate> parse_leaf(base::ByteView der) {
  if (der.empty()) return Error(Errc::certificate_missing, "the device presented no certificate");
  return Certificate::from_der(der);
}

Status check_individual(const Certificate& leaf, std::span<const Certificate> chain, const Enrolled& enrolled,
                        const base::RegistrationId& id, base::TimePoint now) {
  if (const auto checked = check_count(chain.size()); !checked) return checked.error();
  if (const auto checked = check_name(leaf, id); !checked) return checked.error();
  if (enrolled.primary != leaf && enrolled.secondary != leaf)
    return Error(Errc::certificate_not_enrolled,
                 "the certificate has the SHA-256 thumbprint " + leaf.sha256_thumbprint() + ", enrolled are primary " +
                     thumbprint_of(enrolled.primary) + " and secondary " + thumbprint_of(enrolled.secondary));
  return check_dates(leaf, now);
}

Result<Certificate> check_issued(const Certificate& leaf, std::span<const Certificate> presented,
                                 std::span<const Certificate> stored, const Enrolled& authorities,
                                 const base::RegistrationId& id, base::TimePoint now) {
  if (const auto checked = check_count(presented.size()); !checked) return checked.error();
  if (const auto checked = check_name(leaf, id); !checked) return checked.error();

  const std::array<GroupCandidate, 1> alone = {
      GroupCandidate{.id = {}, .primary = authorities.primary, .secondary = authorities.secondary}};
  const std::string owner = "the enrollment's CA";
  const auto ascent = ascend(leaf, joined(presented, stored), alone);
  if (!ascent)
    return Error(Errc::certificate_authority_unknown,
                 "the issuer of " + shown(leaf.subject()) + " is " + shown(leaf.issuer()) +
                     "; no way leads from there to " + owner + ", which is primary " +
                     (authorities.primary ? shown(authorities.primary->subject()) : "none") + " and secondary " +
                     (authorities.secondary ? shown(authorities.secondary->subject()) : "none"));
  const auto path = check_ways(leaf, *ascent, alone.front(), owner, now);
  if (!path) return path.error();
  return path->back();
}

Result<GroupMatch> find_group(const Certificate& leaf, std::span<const Certificate> presented,
                              std::span<const Certificate> stored, std::span<const GroupCandidate> candidates,
                              const base::RegistrationId& id, base::TimePoint now) {
  if (const auto checked = check_count(presented.size()); !checked) return checked.error();
  if (const auto checked = check_name(leaf, id); !checked) return checked.error();

  const auto ascent = ascend(leaf, joined(presented, stored), candidates);
  if (!ascent) return without_group(leaf, presented, candidates);
  const GroupCandidate& group = candidates[ascent->group];

  auto path = check_ways(leaf, *ascent, group, "group '" + group.id.str() + "'", now);
  if (!path) return path.error();
  if (group.disabled) return Error(Errc::enrollment_disabled, "group '" + group.id.str() + "' is disabled");
  return GroupMatch{.index = ascent->group, .path = std::move(*path)};
}

std::optional<std::size_t> nearest_group(const Certificate& leaf, std::span<const Certificate> presented,
                                         std::span<const Certificate> stored,
                                         std::span<const GroupCandidate> candidates) {
  if (!check_count(presented.size())) return std::nullopt;
  const auto ascent = ascend(leaf, joined(presented, stored), candidates);
  return ascent ? std::optional(ascent->group) : std::nullopt;
}

}  // namespace muster::attest::x509
