#include "store/open.hpp"

#include "store/schema.hpp"
#include "store/sqlite/sqlite_database.hpp"

namespace muster::store {

std::unique_ptr<SqlStore> open_store(const std::filesystem::path& path, base::Random& random) {
  prepare_sqlite_file(path);
  migrate(*connect_to_sqlite(path, Access::write));
  const auto connect = [path](Access access) { return connect_to_sqlite(path, access); };
  return std::make_unique<SqlStore>(connect, random);
}

}  // namespace muster::store
