// Where addresses are: a MaxMind DB file that the operator brings.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "provisioning/place.hpp"

namespace muster::server {

/// Looks an address up in the file and falls back to the node's own place, where either is configured. The file is
/// mapped and stays open: a new one is read with the next start.
class GeoLocator final : public provisioning::Locator {
 public:
  /// `database`: a file of the MaxMind DB format 2 whose records have location.latitude and location.longitude, as
  /// GeoLite2 City and its like; empty: none. Throws std::runtime_error with one sentence where it cannot be used.
  GeoLocator(const std::string& database, std::optional<provisioning::Place> node);
  ~GeoLocator() override;

  std::optional<provisioning::Place> locate(const std::string& address) const override;

 private:
  class Database;
  std::unique_ptr<Database> database_;
  std::optional<provisioning::Place> node_;
};

}  // namespace muster::server
