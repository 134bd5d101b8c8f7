// The authorities of a tenant or of the platform, as whoever signs with them needs them.
#pragma once

#include "provisioning/store.hpp"
#include "provisioning/vault.hpp"

namespace muster::provisioning {

/// Where an authority's key is sealed.
SecretPlace key_place(const Authority& authority);

/// The one active authority of a kind; throws where there is none: every tenant is made with its own.
Task<Authority> find_authority(Store& store, TenantId tenant, AuthorityKind kind);

}  // namespace muster::provisioning
