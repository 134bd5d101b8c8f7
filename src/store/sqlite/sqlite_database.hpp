// The SQLite driver. The only files that name SQLite's functions, pragmas and peculiarities are this one's pair.
#pragma once

#include <filesystem>

#include "store/database.hpp"

namespace muster::store {

/// Creates the file where it is missing, readable by its owner only, and puts it into WAL mode, so that readers never
/// wait for the writer. Throws where the directory is missing or not writable, or the file is not a database.
void prepare_sqlite_file(const std::filesystem::path& path);

/// Opens a connection to a prepared file. A commit returns when it is durable (synchronous=FULL). A writer that finds
/// another process writing waits for it up to 5 seconds.
std::unique_ptr<Database> connect_to_sqlite(const std::filesystem::path& path, Access access);

}  // namespace muster::store
