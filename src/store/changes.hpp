// The one place where rows are written.
#pragma once

#include "provisioning/store.hpp"
#include "store/database.hpp"

namespace muster::store {

/// Throws std::logic_error where a row does not belong to the write's tenant.
void require_one_tenant(const provisioning::Write& write);

/// Applies one change within the transaction that is open. revision_conflict, with table and key as its detail:
/// the row has another revision, exists already or no longer, or a unique name of it is taken; the caller rolls back.
Status apply(Database& database, const provisioning::Change& change);

/// revision_conflict where the tenant's basis has another stamp, or the tenant is gone.
Status keep_basis(Database& database, const base::TenantId& tenant, const provisioning::BasisStamp& stamp);

/// Removes a tenant and every row that belongs to it; its audit records stay. revision_conflict, and nothing is
/// removed, where its row has another revision.
Status remove_all_rows(Database& database, const provisioning::Tenant& tenant);

}  // namespace muster::store
