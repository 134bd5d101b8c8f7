// The first start: trust trees, keys, the first tenant, its hub and its operator.
#pragma once

#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "provisioning/tenants.hpp"
#include "server/configuration.hpp"
#include "server/data_directory.hpp"

namespace muster::server {

/// The id of the tenant that the first start makes.
inline const provisioning::TenantId first_tenant{"default"};

/// Makes the files of a data directory where they are missing: itself, the master key, the configuration.
void prepare_directory(const DataDirectory& directory, const Configuration& configuration, base::Random& random);

/// Makes what every Muster has: the platform's data key, the service CA, the audit trail's key. Does nothing where it
/// is there.
base::Task<void> initialize_platform(provisioning::Store& store, provisioning::Vault& vault, const base::Clock& clock,
                                     base::Random& random);

/// Makes the first tenant, with a hub of that host name. Nothing where there is a tenant already.
base::Task<std::optional<provisioning::NewTenant>> initialize_tenant(provisioning::Store& store,
                                                                     provisioning::Vault& vault, std::string first_host,
                                                                     const base::Clock& clock, base::Random& random);

/// Writes the public certificates beside the database.
base::Task<void> write_public_certificates(provisioning::Store& store, DataDirectory directory);

/// A new principal's token, for whoever lost one: an operator of `tenant`, or where that is the platform's own id an
/// administrator of the whole platform. Throws where there is no such tenant. The server need not stop.
base::Task<base::Secret> make_principal(provisioning::Store& store, provisioning::TenantId tenant, std::string name,
                                        const base::Clock& clock, base::Random& random);

}  // namespace muster::server
