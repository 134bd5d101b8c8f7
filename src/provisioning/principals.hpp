// Who may administer: making, finding and removing principals.
#pragma once

#include <string_view>

#include "provisioning/enrollments.hpp"

namespace muster::provisioning {

/// "mst_" and 64 hexadecimal digits.
inline constexpr std::string_view token_prefix = "mst_";
inline constexpr std::size_t token_random_size = 32;
inline constexpr std::size_t principal_name_size_max = 64;
/// Of one tenant: as many as a listing shows.
inline constexpr std::size_t principals_max = 1000;

/// A new token: its text as octets.
Secret draw_token(base::Random& random);
/// What is stored of a token.
Bytes hash_token(ByteView token);

/// A principal and, this once, its token.
struct NewPrincipal {
  Principal principal;
  Secret token;
};

/// Administers principals. Every change commits with its audit record.
class Principals {
 public:
  Principals(Store& store, const base::Clock& clock, base::Random& random)
      : store_(store), clock_(clock), random_(random) {}

  /// Who holds this token. credentials_malformed for what is no token, signature_mismatch for an unknown one,
  /// principal_expired.
  Task<Result<Principal>> authenticate(Secret token);

  /// Of `wanted`: tenant, name, role, scope and expiry. invalid_argument for a name of other than 1 to 64 letters,
  /// digits and - . _ @, an expiry that has passed, a scope that is no enrollment group, the role platform outside the
  /// platform's own tenant or another role inside it; already_exists;
  /// quota_exceeded beyond `principals_max`.
  Task<Result<NewPrincipal>> add(Principal wanted, Actor actor);

  /// principal_not_found.
  Task<Result<Principal>> get(TenantId tenant, std::string name);

  /// The token stops working with the commit. principal_not_found.
  Task<Status> remove(TenantId tenant, std::string name, Actor actor);

 private:
  Store& store_;
  const base::Clock& clock_;
  base::Random& random_;
};

}  // namespace muster::provisioning
