#include "provisioning/place.hpp"

#include <gtest/gtest.h>

namespace muster::provisioning {
namespace {

TEST(Distance, IsTheGreatCircles) {
  // Sinnott's and Williams's ("Aviation Formulary", worked example LAX to JFK: 0.623585 radians).
  const Place los_angeles{33.95, -118.4};
  const Place new_york{40.0 + 38.0 / 60, -(73.0 + 47.0 / 60)};
  EXPECT_NEAR(distance_kilometres(los_angeles, new_york), 0.623585 * 6371.0088, 0.1);
  EXPECT_NEAR(distance_kilometres(new_york, los_angeles), 0.623585 * 6371.0088, 0.1);

  const Place pole{90, 0};
  const Place equator{0, 42};
  EXPECT_NEAR(distance_kilometres(pole, equator), 10007.557, 0.01);  // a quarter of a great circle
  EXPECT_NEAR(distance_kilometres({0, 179.5}, {0, -179.5}), 111.195, 0.01);
  EXPECT_NEAR(distance_kilometres({0, 0}, {0, 180}), 20015.115, 0.01);
  EXPECT_EQ(distance_kilometres(pole, pole), 0);
}

}  // namespace
}  // namespace muster::provisioning
