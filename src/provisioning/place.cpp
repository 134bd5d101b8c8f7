#include "provisioning/place.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace muster::provisioning {
namespace {

// The mean radius R1 of the International Union of Geodesy and Geophysics.
constexpr double earth_radius_kilometres = 6371.0088;

double radians(double degrees) { return degrees * std::numbers::pi / 180; }

double squared_half_sine(double angle) { return std::pow(std::sin(angle / 2), 2); }

}  // namespace

double distance_kilometres(const Place& one, const Place& other) {
  // The haversine formula (Sinnott, "Virtues of the Haversine", 1984): exact for near places too.
  const double latitude = radians(other.latitude - one.latitude);
  const double longitude = radians(other.longitude - one.longitude);
  const double half_chord = squared_half_sine(latitude) + std::cos(radians(one.latitude)) *
                                                              std::cos(radians(other.latitude)) *
                                                              squared_half_sine(longitude);
  return 2 * earth_radius_kilometres * std::asin(std::sqrt(std::clamp(half_chord, 0.0, 1.0)));
}

}  // namespace muster::provisioning
