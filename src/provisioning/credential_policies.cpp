#include "provisioning/credential_policies.hpp"

#include <algorithm>
#include <array>

#include "provisioning/enrollment_search.hpp"
#include "provisioning/entity_tag.hpp"
#include "provisioning/precondition.hpp"

namespace muster::provisioning {
namespace {

using base::Done;
using base::Errc;
using base::Error;

constexpr std::array<std::string_view, 6> key_kinds = {"P-256", "P-384", "P-521", "RSA-2048", "RSA-3072", "RSA-4096"};

Error invalid(std::string detail) { return Error(Errc::invalid_argument, std::move(detail)); }

Status check_policy(const CredentialPolicy& policy) {
  const auto is_allowed = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '.' ||
           c == '_';
  };
  if (policy.name.empty() || policy.name.size() > credential_policy_name_size_max ||
      !std::ranges::all_of(policy.name, is_allowed))
    return invalid("a credential policy's name has 1 to 64 letters, digits and - . _");
  if (policy.lifetime_hours < 1 || policy.lifetime_hours > certificate_lifetime_hours_max)
    return invalid("the lifetime is " + std::to_string(policy.lifetime_hours) + " hours; 1 to 87600 are allowed");
  if (policy.key_kinds.size() > key_kinds.size()) return invalid("a kind of key is named twice");
  for (const auto& kind : policy.key_kinds)
    if (std::ranges::find(key_kinds, kind) == key_kinds.end())
      return invalid("'" + kind.substr(0, 32) + "' is none of P-256, P-384, P-521, RSA-2048, RSA-3072, RSA-4096");
  return Done{};
}

std::optional<std::string> tag_of(const std::optional<CredentialPolicy>& policy) {
  if (!policy) return std::nullopt;
  return entity_tag(policy->created_at, policy->revision);
}

AuditEvent event(const CredentialPolicy& policy, std::string action, std::string detail, Actor actor, TimePoint now) {
  return AuditEvent{.actor = std::move(actor.name),
                    .action = std::move(action),
                    .subject = "credential_policy:" + policy.name,
                    .detail = std::move(detail),
                    .personal = std::move(actor.address),
                    .at = now};
}

}  // namespace

Task<Result<CredentialPolicy>> CredentialPolicies::put(CredentialPolicy wanted, Precondition precondition,
                                                       Actor actor) {
  if (const auto valid = check_policy(wanted); !valid) co_return valid.error();
  const auto stored = co_await store_.find_credential_policy(wanted.tenant, wanted.name);
  const auto holds = check(precondition, tag_of(stored), Errc::credential_policy_not_found, wanted.name);
  if (!holds) co_return holds.error();
  if (!stored) {
    const auto known = co_await store_.list_credential_policies(wanted.tenant);
    if (known.size() >= credential_policies_max)
      co_return Error(Errc::quota_exceeded, "the tenant has 100 credential policies");
  }
  const TimePoint now = clock_.now();
  wanted.created_at = stored ? stored->created_at : now;
  wanted.updated_at = now;
  wanted.revision = stored ? stored->revision : 0;

  Write write{.tenant = wanted.tenant, .changes = {}, .audit = {}};
  write.changes.emplace_back(Put{wanted});
  write.audit.push_back(event(wanted, stored ? "credential_policy.updated" : "credential_policy.created",
                              std::to_string(wanted.lifetime_hours) + " hours", std::move(actor), now));
  const auto committed = co_await store_.commit(std::move(write));
  if (!committed) co_return committed.error();
  ++wanted.revision;
  co_return wanted;
}

Task<Result<CredentialPolicy>> CredentialPolicies::get(TenantId tenant, std::string name) {
  auto stored = co_await store_.find_credential_policy(std::move(tenant), name);
  if (!stored) co_return Error(Errc::credential_policy_not_found, name);
  co_return std::move(*stored);
}

Task<Status> CredentialPolicies::remove(TenantId tenant, std::string name, Precondition precondition, Actor actor) {
  const auto stored = co_await get(tenant, name);
  if (!stored) co_return stored.error();
  const auto holds = check(precondition, tag_of(*stored), Errc::credential_policy_not_found, name);
  if (!holds) co_return holds.error();
  std::function<bool(const EnrollmentTerms&)> names_it = [name](const EnrollmentTerms& terms) {
    return terms.credential_policy == name;
  };
  const std::string referrer = co_await find_by_terms(store_, tenant, std::move(names_it));
  if (!referrer.empty()) co_return Error(Errc::in_use, referrer + " names the credential policy " + name);

  Write write{.tenant = std::move(tenant), .changes = {}, .audit = {}};
  write.changes.emplace_back(Remove{*stored});
  write.audit.push_back(event(*stored, "credential_policy.removed", {}, std::move(actor), clock_.now()));
  co_return co_await store_.commit(std::move(write));
}

}  // namespace muster::provisioning
