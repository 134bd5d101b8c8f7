#include "provisioning/policies.hpp"

#include <algorithm>

#include "attest/symmetric_key/symmetric_key.hpp"
#include "provisioning/names.hpp"

namespace muster::provisioning {
namespace {

using base::Errc;
using base::Error;

Error invalid(std::string detail) { return Error(Errc::invalid_argument, std::move(detail)); }

bool is_name(std::string_view text) {
  const auto allowed = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '.' ||
           c == '_';
  };
  return !text.empty() && text.size() <= policy_name_size_max && std::ranges::all_of(text, allowed);
}

}  // namespace

Status check_policy(std::string_view name, unsigned rights) {
  if (!is_name(name)) return invalid("a policy's name has 1 to 64 letters, digits and - . _");
  if (rights == 0 || (rights & ~all_service_rights) != 0) return invalid("a policy needs at least one right");
  return base::Done{};
}

std::string words_of_rights(unsigned rights) {
  std::string words;
  for (unsigned bit = 1; bit <= all_service_rights; bit <<= 1U) {
    if ((rights & bit) == 0) continue;
    if (!words.empty()) words += ", ";
    words += name_of(static_cast<ServiceRight>(bit));
  }
  return words;
}

AuditEvent policy_event(const AccessPolicy& policy, std::string action, std::string detail, Actor actor,
                        TimePoint now) {
  return AuditEvent{.actor = std::move(actor.name),
                    .action = std::move(action),
                    .subject = "policy:" + policy.name,
                    .detail = std::move(detail),
                    .personal = std::move(actor.address),
                    .at = now};
}

SecretPlace key_place(const AccessPolicy& policy, std::string_view which) {
  return {policy.tenant, "access_policy", policy.name + "/" + std::string(which)};
}

Task<Result<AccessPolicy>> Policies::add(TenantId tenant, std::string name, unsigned rights, Actor actor) {
  if (const auto valid = check_policy(name, rights); !valid) co_return valid.error();
  const auto namesake = co_await store_.find_policy(tenant, name);
  if (namesake) co_return Error(Errc::already_exists, name);
  const auto known = co_await store_.list_policies(tenant);
  if (known.size() >= policies_max) co_return Error(Errc::quota_exceeded, "the tenant has 100 access policies");

  AccessPolicy policy;
  policy.tenant = std::move(tenant);
  policy.name = std::move(name);
  policy.rights = rights;
  policy.created_at = clock_.now();
  SecretPlace primary = key_place(policy, "primary");
  policy.primary_key = co_await vault_.seal(std::move(primary), random_.secret(policy_key_size));
  SecretPlace secondary = key_place(policy, "secondary");
  policy.secondary_key = co_await vault_.seal(std::move(secondary), random_.secret(policy_key_size));

  Write write{.tenant = policy.tenant, .changes = {}, .audit = {}};
  write.changes.emplace_back(Put{policy});
  write.audit.push_back(
      policy_event(policy, "policy.created", words_of_rights(rights), std::move(actor), policy.created_at));
  const auto committed = co_await store_.commit(std::move(write));
  if (!committed) co_return committed.error();
  ++policy.revision;
  co_return policy;
}

Task<Result<AccessPolicy>> Policies::get(TenantId tenant, std::string name) {
  auto stored = co_await store_.find_policy(std::move(tenant), name);
  if (!stored) co_return Error(Errc::policy_not_found, name);
  co_return std::move(*stored);
}

Task<SymmetricKeys> Policies::reveal_keys(AccessPolicy policy) {
  SymmetricKeys keys;
  SecretPlace primary = key_place(policy, "primary");
  keys.primary = co_await vault_.open(std::move(primary), policy.primary_key);
  SecretPlace secondary = key_place(policy, "secondary");
  keys.secondary = co_await vault_.open(std::move(secondary), policy.secondary_key);
  co_return keys;
}

Task<Result<AccessPolicy>> Policies::regenerate(TenantId tenant, std::string name, Which which, Actor actor) {
  const auto stored = co_await get(tenant, std::move(name));
  if (!stored) co_return stored.error();

  AccessPolicy policy = *stored;
  const bool is_primary = which == Which::primary;
  SecretPlace place = key_place(policy, is_primary ? "primary" : "secondary");
  SealedSecret sealed = co_await vault_.seal(std::move(place), random_.secret(policy_key_size));
  (is_primary ? policy.primary_key : policy.secondary_key) = std::move(sealed);

  Write write{.tenant = std::move(tenant), .changes = {}, .audit = {}};
  write.changes.emplace_back(Put{policy});
  write.audit.push_back(policy_event(policy, "policy.key_regenerated", is_primary ? "primary" : "secondary",
                                     std::move(actor), clock_.now()));
  const auto committed = co_await store_.commit(std::move(write));
  if (!committed) co_return committed.error();
  ++policy.revision;
  co_return policy;
}

Task<std::vector<AccessPolicy>> Policies::named(std::string key_name) {
  const std::size_t at = key_name.rfind('@');
  if (at == std::string::npos) co_return co_await store_.list_policies_named(std::move(key_name), namesakes_max);
  std::vector<AccessPolicy> found;
  IdScope id_scope(base::to_lower(std::string_view(key_name).substr(at + 1)));
  const auto tenant = co_await store_.find_tenant(std::move(id_scope));
  if (!tenant) co_return found;
  auto policy = co_await store_.find_policy(tenant->id, key_name.substr(0, at));
  if (policy) found.push_back(std::move(*policy));
  co_return found;
}

Task<Result<AccessPolicy>> Policies::authenticate(codec::SasToken token) {
  if (token.expires <= clock_.now())
    co_return Error(Errc::token_expired, "the token ended at " + base::to_rfc3339(token.expires));
  Error refusal(Errc::unknown_policy, "policy " + token.key_name);
  auto candidates = co_await named(token.key_name);
  for (auto& policy : candidates) {
    const SymmetricKeys keys = co_await reveal_keys(policy);
    const auto checked = attest::symmetric_key::check_token_with_any_of(token, keys.primary, keys.secondary,
                                                                        token.resource, clock_.now());
    if (!checked) {
      refusal = checked.error();
      continue;
    }
    const auto tenant = co_await store_.find_tenant(policy.tenant);
    if (!tenant || !tenant->enabled) co_return Error(Errc::tenant_disabled, policy.tenant.str());
    co_return std::move(policy);
  }
  co_return refusal;
}

Task<Status> Policies::remove(TenantId tenant, std::string name, Actor actor) {
  const auto stored = co_await get(tenant, std::move(name));
  if (!stored) co_return stored.error();
  Write write{.tenant = std::move(tenant), .changes = {}, .audit = {}};
  write.changes.emplace_back(Remove{*stored});
  write.audit.push_back(policy_event(*stored, "policy.removed", {}, std::move(actor), clock_.now()));
  co_return co_await store_.commit(std::move(write));
}

}  // namespace muster::provisioning
