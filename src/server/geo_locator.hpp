// Where addresses are: a MaxMind DB file that the operator brings, and replaces now and then.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "provisioning/place.hpp"

namespace muster::server {

/// Looks an address up in the file and falls back to the node's own place, where either is configured. What is looked
/// up is a copy of the file without a name: whatever is done to the file, no look-up sees it half done.
class GeoLocator final : public provisioning::Locator {
 public:
  /// `database`: a file of the MaxMind DB format 2 whose records have location.latitude and location.longitude, as
  /// GeoLite2 City and its like; empty: none. Throws std::runtime_error with one sentence where it cannot be used.
  GeoLocator(std::string database, std::optional<provisioning::Place> node);
  ~GeoLocator() override;

  /// Safe to call from any thread.
  std::optional<provisioning::Place> locate(const std::string& address) const override;

  /// Takes the file up where it was replaced and has stayed as it is since the call before, so that nobody is still
  /// writing it: to be called once in a while, by one thread. Returns whether it did. Throws as the constructor, once
  /// for each state in which the file is found; look-ups go on in what was taken up last.
  bool take_up_replaced();

 private:
  class Database;
  /// What tells one state of a file from the next; all zero where there is none.
  struct Stamp {
    dev_t device = 0;
    ino_t inode = 0;
    off_t size = 0;
    std::int64_t changed_seconds = 0;
    std::int64_t changed_nanoseconds = 0;
    bool operator==(const Stamp&) const = default;
  };
  static Stamp stamp_of(const std::string& file);
  std::shared_ptr<const Database> current() const;

  std::string file_;
  std::optional<provisioning::Place> node_;
  Stamp seen_;
  Stamp tried_;
  mutable std::mutex mutex_;  // held for a copy of the pointer only
  std::shared_ptr<const Database> database_;
};

}  // namespace muster::server
