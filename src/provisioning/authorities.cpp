#include "provisioning/authorities.hpp"

#include <algorithm>
#include <stdexcept>

namespace muster::provisioning {

SecretPlace key_place(const Authority& authority) { return {authority.tenant, "authority", authority.id.str()}; }

Task<Authority> find_authority(Store& store, TenantId tenant, AuthorityKind kind) {
  const auto authorities = co_await store.list_authorities(tenant);
  const auto found = std::ranges::find_if(authorities, [kind](const Authority& authority) {
    return authority.kind == kind && authority.state == OverlapState::active;
  });
  if (found == authorities.end()) throw std::runtime_error("tenant " + tenant.str() + " lacks a signing certificate");
  co_return *found;
}

}  // namespace muster::provisioning
