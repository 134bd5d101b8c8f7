#include "server/geo_locator.hpp"

#include <maxminddb.h>

#include <stdexcept>

namespace muster::server {

using provisioning::Place;

/// The file, open.
class GeoLocator::Database {
 public:
  explicit Database(const std::string& file) {
    if (const int error = MMDB_open(file.c_str(), MMDB_MODE_MMAP, &file_); error != MMDB_SUCCESS)
      throw std::runtime_error("geo.database: " + file + " cannot be used: " + MMDB_strerror(error));
  }
  ~Database() { MMDB_close(&file_); }
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  std::optional<Place> find(const std::string& address) const {
    int address_error = 0;
    int file_error = MMDB_SUCCESS;
    MMDB_lookup_result_s found = MMDB_lookup_string(&file_, address.c_str(), &address_error, &file_error);
    if (address_error != 0 || file_error != MMDB_SUCCESS || !found.found_entry) return std::nullopt;
    const auto latitude = degrees(found, "latitude");
    const auto longitude = degrees(found, "longitude");
    if (!latitude || !longitude) return std::nullopt;
    return Place{*latitude, *longitude};
  }

 private:
  static std::optional<double> degrees(MMDB_lookup_result_s& found, const char* name) {
    MMDB_entry_data_s value{};
    const int error = MMDB_get_value(&found.entry, &value, "location", name, nullptr);
    if (error != MMDB_SUCCESS || !value.has_data || value.type != MMDB_DATA_TYPE_DOUBLE) return std::nullopt;
    return value.double_value;
  }

  MMDB_s file_{};
};

GeoLocator::GeoLocator(const std::string& database, std::optional<Place> node) : node_(node) {
  if (!database.empty()) database_ = std::make_unique<Database>(database);
}

GeoLocator::~GeoLocator() = default;

std::optional<Place> GeoLocator::locate(const std::string& address) const {
  if (database_)
    if (const auto place = database_->find(address)) return place;
  return node_;
}

}  // namespace muster::server
