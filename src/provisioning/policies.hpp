// Shared access policies: who may use Azure's service API.
#pragma once

#include <string_view>

#include "codec/sas_token.hpp"
#include "provisioning/enrollments.hpp"

namespace muster::provisioning {

inline constexpr std::size_t policy_name_size_max = 64;
/// Of one tenant.
inline constexpr std::size_t policies_max = 100;
inline constexpr std::size_t policy_key_size = 32;
/// How many policies a token that names no tenant is tried against: a few milliseconds at most.
inline constexpr std::size_t namesakes_max = 256;

/// Where a policy's key is sealed; `which` is "primary" or "secondary".
SecretPlace key_place(const AccessPolicy& policy, std::string_view which);

/// invalid_argument for a name of other than 1 to 64 letters, digits and - . _, or without any right.
Status check_policy(std::string_view name, unsigned rights);

/// The record of something that was done to a policy.
AuditEvent policy_event(const AccessPolicy& policy, std::string action, std::string detail, Actor actor, TimePoint now);

/// The rights as the audit trail names them, with commas between them.
std::string words_of_rights(unsigned rights);

/// Administers shared access policies. Every change commits with its audit record.
class Policies {
 public:
  Policies(Store& store, Vault& vault, const base::Clock& clock, base::Random& random)
      : store_(store), vault_(vault), clock_(clock), random_(random) {}

  /// Draws both keys. `rights`: ServiceRight bits. Refuses as `check_policy` does; already_exists;
  /// quota_exceeded beyond `policies_max`.
  Task<Result<AccessPolicy>> add(TenantId tenant, std::string name, unsigned rights, Actor actor);

  /// policy_not_found.
  Task<Result<AccessPolicy>> get(TenantId tenant, std::string name);

  Task<SymmetricKeys> reveal_keys(AccessPolicy policy);

  enum class Which { primary, secondary };
  /// Replaces one key: what was signed with it stops working with the commit. policy_not_found.
  Task<Result<AccessPolicy>> regenerate(TenantId tenant, std::string name, Which which, Actor actor);

  /// The policy that signed a token. Its key name is the policy's, and after an @ the ID scope of the policy's tenant.
  /// Where that is left out, the `namesakes_max` oldest policies of the name are looked at, whichever tenants have
  /// them, and the signature tells them apart: no tenant that comes later can get in the way of an older one, and no
  /// number of tenants makes a token dear. What the token is for is left to the caller. unknown_policy, token_expired,
  /// signature_mismatch, tenant_disabled.
  Task<Result<AccessPolicy>> authenticate(codec::SasToken token);

  /// policy_not_found.
  Task<Status> remove(TenantId tenant, std::string name, Actor actor);

 private:
  /// The policies that a token's key name may mean.
  Task<std::vector<AccessPolicy>> named(std::string key_name);

  Store& store_;
  Vault& vault_;
  const base::Clock& clock_;
  base::Random& random_;
};

}  // namespace muster::provisioning
