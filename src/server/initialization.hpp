// The first start: trust trees, keys, the first tenant, its hub and its operator.
#pragma once

#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "provisioning/store.hpp"
#include "provisioning/vault.hpp"
#include "server/configuration.hpp"
#include "server/data_directory.hpp"

namespace muster::server {

/// What the first start hands over, once. The secrets are not stored in plain anywhere.
struct FirstKeys {
  provisioning::IdScope id_scope;
  std::string policy_name;
  base::Secret policy_key;
  base::Secret operator_token;  ///< as text
  std::string hub;
};

/// Makes the files of a data directory where they are missing: itself, the master key, the configuration.
void prepare_directory(const DataDirectory& directory, const Configuration& configuration, base::Random& random);

/// Makes what every Muster has: the platform's data key, the service CA, the audit trail's key. Does nothing where it
/// is there.
base::Task<void> initialize_platform(provisioning::Store& store, provisioning::Vault& vault, const base::Clock& clock,
                                     base::Random& random);

/// Makes the first tenant with its ID scope, data key, device CA, service policy, hub and operator in one commit.
/// Nothing where there is a tenant already.
base::Task<std::optional<FirstKeys>> initialize_tenant(provisioning::Store& store, provisioning::Vault& vault,
                                                       std::string first_host, const base::Clock& clock,
                                                       base::Random& random);

/// Writes the public certificates beside the database.
base::Task<void> write_public_certificates(provisioning::Store& store, DataDirectory directory);

/// A new operator of the first tenant, for whoever lost the token. The server need not stop.
base::Task<base::Secret> make_operator(provisioning::Store& store, std::string name, const base::Clock& clock,
                                       base::Random& random);

/// The one active authority of a kind; throws where there is none.
base::Task<provisioning::Authority> find_authority(provisioning::Store& store, provisioning::TenantId tenant,
                                                   provisioning::AuthorityKind kind);

/// Where an authority's key is sealed.
provisioning::SecretPlace key_place(const provisioning::Authority& authority);

}  // namespace muster::server
