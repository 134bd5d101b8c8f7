// The use cases around credential policies: how certificates are issued to devices.
#pragma once

#include "provisioning/enrollments.hpp"

namespace muster::provisioning {

inline constexpr std::size_t credential_policy_name_size_max = 64;
inline constexpr std::size_t credential_policies_max = 100;
inline constexpr std::int64_t certificate_lifetime_hours_max = 10 * 365 * 24;

/// Keeps the policies that enrollments name. Every change commits with its audit record.
class CredentialPolicies {
 public:
  CredentialPolicies(Store& store, const base::Clock& clock) : store_(store), clock_(clock) {}

  /// Of `wanted`, times and revision are ignored. invalid_argument for a name of other than 1 to 64 letters, digits and
  /// - . _, a lifetime out of range, kinds of keys that are none; quota_exceeded for a new one beside
  /// `credential_policies_max`; already_exists, credential_policy_not_found, etag_mismatch by the precondition;
  /// revision_conflict where somebody was faster.
  Task<Result<CredentialPolicy>> put(CredentialPolicy wanted, Precondition precondition, Actor actor);

  /// credential_policy_not_found.
  Task<Result<CredentialPolicy>> get(TenantId tenant, std::string name);

  /// in_use while an enrollment names it. Certificates that were issued under it stay as they are.
  Task<Status> remove(TenantId tenant, std::string name, Precondition precondition, Actor actor);

 private:
  Store& store_;
  const base::Clock& clock_;
};

}  // namespace muster::provisioning
