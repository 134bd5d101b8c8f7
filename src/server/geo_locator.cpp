#include "server/geo_locator.hpp"

#include <maxminddb.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace muster::server {

using provisioning::Place;

/// A copy of the file, mapped. A file that is written over, and first made shorter, would change under look-ups and end
/// the process (mmap(2), SIGBUS).
class GeoLocator::Database {
 public:
  /// The file itself is of no use, now and later.
  struct Refused : std::runtime_error {
    using std::runtime_error::runtime_error;
  };

  explicit Database(const std::string& file) {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> copy(std::tmpfile(), &std::fclose);
    if (!copy) throw not_copied(file, std::generic_category().message(errno));
    // libmaxminddb opens names only.
    const std::string name = "/proc/self/fd/" + std::to_string(::fileno(copy.get()));
    std::error_code failure;
    std::filesystem::copy_file(file, name, std::filesystem::copy_options::overwrite_existing, failure);
    if (failure) throw not_copied(file, failure.message());
    if (const int error = MMDB_open(name.c_str(), MMDB_MODE_MMAP, &file_); error != MMDB_SUCCESS)
      throw Refused("geo.database: " + file + " cannot be used: " + MMDB_strerror(error));
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
  static std::runtime_error not_copied(const std::string& file, const std::string& reason) {
    return std::runtime_error("geo.database: " + file +
                              " cannot be read, or not be copied to the folder for temporary files: " + reason);
  }

  static std::optional<double> degrees(MMDB_lookup_result_s& found, const char* name) {
    MMDB_entry_data_s value{};
    const int error = MMDB_get_value(&found.entry, &value, "location", name, nullptr);
    if (error != MMDB_SUCCESS || !value.has_data || value.type != MMDB_DATA_TYPE_DOUBLE) return std::nullopt;
    return value.double_value;
  }

  MMDB_s file_{};
};

GeoLocator::GeoLocator(std::string database, std::optional<Place> node) : file_(std::move(database)), node_(node) {
  if (file_.empty()) return;
  seen_ = tried_ = stamp_of(file_);
  database_ = std::make_shared<const Database>(file_);
}

GeoLocator::~GeoLocator() = default;

GeoLocator::Stamp GeoLocator::stamp_of(const std::string& file) {
  struct stat found {};
  if (::stat(file.c_str(), &found) != 0) return {};
  // Not when its content was made (st_mtim): tools that fetch such files set that back to what the sender says.
  return {.device = found.st_dev,
          .inode = found.st_ino,
          .size = found.st_size,
          .changed_seconds = found.st_ctim.tv_sec,
          .changed_nanoseconds = found.st_ctim.tv_nsec};
}

std::shared_ptr<const GeoLocator::Database> GeoLocator::current() const {
  const std::lock_guard lock(mutex_);
  return database_;
}

std::optional<Place> GeoLocator::locate(const std::string& address) const {
  if (const auto database = current())
    if (const auto place = database->find(address)) return place;
  return node_;
}

bool GeoLocator::take_up_replaced() {
  if (file_.empty()) return false;
  const Stamp now = stamp_of(file_);
  const bool has_settled = now == std::exchange(seen_, now);
  if (!has_settled || now == tried_) return false;
  std::shared_ptr<const Database> database;
  try {
    database = std::make_shared<const Database>(file_);
  } catch (const Database::Refused&) {
    tried_ = now;
    throw;
  } catch (const std::exception&) {
    // A file that is there and cannot be copied now may be copied a minute later.
    if (now == Stamp{}) tried_ = now;
    throw;
  }
  tried_ = now;
  if (stamp_of(file_) != now) return false;  // written, or replaced once more, while it was copied
  const std::lock_guard lock(mutex_);
  database_.swap(database);
  return true;
}

}  // namespace muster::server
