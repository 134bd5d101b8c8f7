#include "server/geo_locator.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace muster::server {
namespace {

using provisioning::Place;

// tests/vectors/make_places.pl made the file, with MaxMind's own writer.
const std::string places = std::string(MUSTER_SOURCE_DIR) + "/tests/vectors/places.mmdb";
constexpr Place berlin{52.52, 13.4};
constexpr Place sydney{-33.87, 151.21};
constexpr Place paris{48.86, 2.35};

TEST(GeoLocator, FindsThePlaceOfAnAddressInTheFile) {
  const GeoLocator locator(places, paris);
  EXPECT_EQ(locator.locate("198.51.100.9"), berlin);
  EXPECT_EQ(locator.locate("203.0.113.200"), sydney);
  EXPECT_EQ(locator.locate("2001:db8:1::5"), berlin);
  EXPECT_EQ(locator.locate("2001:db8:2:ffff::"), sydney);
}

TEST(GeoLocator, TakesTheNodesPlaceForWhatTheFileDoesNotKnow) {
  const GeoLocator locator(places, paris);
  for (const char* address : {"10.0.0.1", "8.8.8.8", "::1", "fe80::1%eth0", "no address", "", "192.0.2.1"})
    EXPECT_EQ(locator.locate(address), paris) << address;
  EXPECT_EQ(GeoLocator({}, paris).locate("198.51.100.9"), paris);
}

TEST(GeoLocator, KnowsNothingWhereNothingIsConfigured) {
  EXPECT_EQ(GeoLocator({}, std::nullopt).locate("198.51.100.9"), std::nullopt);
  EXPECT_EQ(GeoLocator(places, std::nullopt).locate("10.0.0.1"), std::nullopt);
}

TEST(GeoLocator, RefusesAFileThatItCannotUse) {
  EXPECT_THROW(GeoLocator("/nowhere/places.mmdb", paris), std::runtime_error);
  EXPECT_THROW(GeoLocator(std::string(MUSTER_SOURCE_DIR) + "/README.md", paris), std::runtime_error);
}

}  // namespace
}  // namespace muster::server
