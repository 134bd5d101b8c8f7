// The tables, and how a database of an older release becomes one of this release.
#pragma once

#include "store/database.hpp"

namespace muster::store {

/// What this release writes. A database knows its own version (table schema_version).
std::int64_t newest_schema_version();

/// Brings the database to the newest version, each step in a transaction of its own, so that an interrupted migration
/// continues where it stopped. Throws std::runtime_error, with nothing changed, where the database is of a newer
/// release than this one.
void migrate(Database& database);

}  // namespace muster::store
