// Places on the earth.
#pragma once

#include <optional>
#include <string>

namespace muster::provisioning {

/// In degrees; north and east are positive.
struct Place {
  double latitude = 0;
  double longitude = 0;
  bool operator==(const Place&) const = default;
};

/// Along the great circle, on a sphere of the earth's mean radius: wrong by half a percent at most.
double distance_kilometres(const Place& one, const Place& other);

/// Finds out where a device is. Safe to call from any thread.
class Locator {
 public:
  virtual ~Locator() = default;
  /// The place of a numeric address, or of this node where nothing is known about the address; nothing where the node's
  /// place is not known either.
  virtual std::optional<Place> locate(const std::string& address) const = 0;
};

}  // namespace muster::provisioning
