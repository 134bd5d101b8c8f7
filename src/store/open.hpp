// Opening a store: what the rest of Muster needs to know of this room.
#pragma once

#include <filesystem>
#include <memory>

#include "base/random.hpp"
#include "store/sql_store.hpp"

namespace muster::store {

/// Opens the SQLite database in this file, creating it where it is missing, and migrates it. `random` must outlive the
/// store. Throws std::runtime_error with one clear sentence where the file is no database, cannot be written, or was
/// written by a newer release.
std::unique_ptr<SqlStore> open_store(const std::filesystem::path& path, base::Random& random);

}  // namespace muster::store
