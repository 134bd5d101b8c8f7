// The use cases around enrollments: what Azure's service API and Muster's admin API have in common.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "provisioning/actor.hpp"
#include "provisioning/store.hpp"
#include "provisioning/vault.hpp"

namespace muster::provisioning {

/// Two plain keys. In a draft, an empty one means: keep the stored one, or draw one where there is none.
struct SymmetricKeys {
  Secret primary;
  Secret secondary;
};

/// How a caller's write relates to what is stored.
struct Precondition {
  enum class Kind {
    none,        ///< create or overwrite
    must_exist,  ///< overwrite only
    must_not_exist,
    must_match  ///< overwrite only what has `entity_tag`
  };
  Kind kind = Kind::none;
  std::string entity_tag;
};

/// What a caller wants stored. Of `wanted`, times, revision and the sealed keys are ignored.
template <class T>
struct Draft {
  T wanted;
  SymmetricKeys keys;  ///< for attestation by symmetric key
  Precondition precondition;
};

/// Creates, reads and removes individual enrollments and enrollment groups. Every change commits with its audit record.
class Enrollments {
 public:
  Enrollments(Store& store, Vault& vault, const base::Clock& clock, base::Random& random)
      : store_(store), vault_(vault), clock_(clock), random_(random) {}

  /// Refuses what can never work: certificates that do not parse, keys of the wrong kind or size, a group that
  /// attests by endorsement key, an individual enrollment that attests by vendor roots (invalid_argument, malformed_…);
  /// ca_not_found and credential_policy_not_found where it names what is not there; already_exists,
  /// enrollment_not_found, etag_mismatch by the precondition.
  Task<Result<Enrollment>> put(Draft<Enrollment> draft, Actor actor);
  Task<Result<EnrollmentGroup>> put(Draft<EnrollmentGroup> draft, Actor actor);

  Task<Result<Enrollment>> get(TenantId tenant, RegistrationId id);
  Task<Result<EnrollmentGroup>> get(TenantId tenant, GroupId id);

  /// Devices that were let in stay as they are. `precondition`: none, must_exist or must_match; none means must_exist.
  Task<Status> remove(TenantId tenant, RegistrationId id, Precondition precondition, Actor actor);
  Task<Status> remove(TenantId tenant, GroupId id, Precondition precondition, Actor actor);

  /// The plain keys; attestation_kind_mismatch where it attests in another way.
  Task<Result<SymmetricKeys>> reveal_keys(Enrollment enrollment);
  Task<Result<SymmetricKeys>> reveal_keys(EnrollmentGroup group);

 private:
  template <class T>
  Task<Result<T>> put_any(Draft<T> draft, Actor actor);
  /// What an enrollment names must be there when it is written.
  Task<Result<std::vector<Change>>> find_named(TenantId tenant, EnrollmentTerms terms);
  template <class T>
  Task<Status> remove_any(std::optional<T> stored, Precondition precondition, Actor actor);

  Store& store_;
  Vault& vault_;
  const base::Clock& clock_;
  base::Random& random_;
};

/// Where a symmetric key of an enrollment is sealed; `which` is "primary" or "secondary".
SecretPlace key_place(const Enrollment& enrollment, std::string_view which);
SecretPlace key_place(const EnrollmentGroup& group, std::string_view which);

}  // namespace muster::provisioning
