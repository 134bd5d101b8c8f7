// Checkpoints of the audit trail, and the trail as a file.
#pragma once

#include <functional>
#include <istream>
#include <ostream>

#include "base/clock.hpp"
#include "provisioning/store.hpp"
#include "provisioning/vault.hpp"

namespace muster::server {

/// Signs all heads as they are now, unless nothing was written since the last checkpoint. Returns whether it made one.
/// Of several nodes that do it at the same moment one succeeds, and that is enough.
base::Task<bool> make_checkpoint(provisioning::Store& store, provisioning::Vault& vault, const base::Clock& clock);

/// Feeds the whole trail of a store into a verifier: every record, then every checkpoint.
base::Task<void> verify_store(provisioning::Store& store, provisioning::AuditVerifier& verifier);

/// Writes the whole trail as JSON lines: records in the order they were written, then checkpoints. Personal data is
/// left out, so that the file can be handed on; its hashes stay.
base::Task<void> export_trail(provisioning::Store& store, std::ostream& out);

/// Reads such a file into a verifier. Throws std::runtime_error with the line that cannot be read.
void verify_file(std::istream& in, provisioning::AuditVerifier& verifier);

}  // namespace muster::server
