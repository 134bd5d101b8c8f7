#include "server/geo_locator.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <bit>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <stdexcept>

#include "base/temporary_directory_test.hpp"
#include "source_directory.hpp"

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

/// A file of the operator's that begins as a copy of `places`.
class ReplacedGeoDatabase : public ::testing::Test {
 protected:
  static std::string content_of(const std::string& name) {
    std::ifstream in(name, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  /// Written over where it is there.
  void write(const std::string& content, const char* name = "places.mmdb") const {
    std::ofstream(directory.path() / name, std::ios::binary | std::ios::trunc) << content;
  }
  void rename_into_place(const std::string& content) const {
    write(content, "new.mmdb");
    std::filesystem::rename(directory.path() / "new.mmdb", file);
  }
  /// Berlin lies elsewhere in it; the format has numbers in big-endian order.
  static std::string with_berlin_at(double latitude) {
    const auto octets = [](double number) {
      auto bits = std::bit_cast<std::uint64_t>(number);
      std::string text(sizeof bits, 0);
      for (auto octet = text.rbegin(); octet != text.rend(); ++octet, bits >>= 8U) *octet = static_cast<char>(bits);
      return text;
    };
    std::string content = content_of(places);
    content.replace(content.find(octets(berlin.latitude)), sizeof latitude, octets(latitude));
    return content;
  }
  double latitude() const { return locator.locate("198.51.100.9")->latitude; }

  base::TemporaryDirectory directory;
  std::string file = (directory.path() / "places.mmdb").string();
  GeoLocator locator{(write(content_of(places)), file), paris};
};

TEST_F(ReplacedGeoDatabase, IsTakenUpOnceItHasSettled) {
  EXPECT_FALSE(locator.take_up_replaced());
  rename_into_place(with_berlin_at(60));
  EXPECT_FALSE(locator.take_up_replaced());
  EXPECT_EQ(latitude(), berlin.latitude);
  EXPECT_TRUE(locator.take_up_replaced());
  EXPECT_EQ(latitude(), 60);
  EXPECT_FALSE(locator.take_up_replaced());
}

TEST_F(ReplacedGeoDatabase, IsSeenByNobodyWhileItIsWritten) {
  const std::string whole = with_berlin_at(60);
  for (std::size_t size = 0; size < whole.size(); size += whole.size() / 4) {
    write(whole.substr(0, size));
    EXPECT_FALSE(locator.take_up_replaced()) << size;
    EXPECT_EQ(latitude(), berlin.latitude) << size;
  }
  write(whole);
  EXPECT_FALSE(locator.take_up_replaced());
  EXPECT_TRUE(locator.take_up_replaced());
  EXPECT_EQ(latitude(), 60);
}

TEST_F(ReplacedGeoDatabase, StaysInUseWhereTheNewOneIsOfNoUse) {
  const std::string whole = with_berlin_at(60);
  const std::function<void()> damages[] = {[&] { rename_into_place(whole.substr(0, whole.size() / 2)); },
                                           [&] { write("no database"); }, [&] { std::filesystem::remove(file); }};
  for (const auto& damage : damages) {
    damage();
    EXPECT_FALSE(locator.take_up_replaced());
    EXPECT_THROW(locator.take_up_replaced(), std::runtime_error);
    EXPECT_FALSE(locator.take_up_replaced()) << "it was told once";
    EXPECT_EQ(latitude(), berlin.latitude);
  }
  rename_into_place(whole);
  EXPECT_FALSE(locator.take_up_replaced());
  EXPECT_TRUE(locator.take_up_replaced());
  EXPECT_EQ(latitude(), 60);
}

TEST_F(ReplacedGeoDatabase, IsTriedAgainWhereItCouldNotBeCopied) {
  rename_into_place(with_berlin_at(60));
  EXPECT_FALSE(locator.take_up_replaced());
  rlimit files{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &files), 0);
  rlimit none = files;
  none.rlim_cur = 0;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  EXPECT_THROW(locator.take_up_replaced(), std::runtime_error);
  EXPECT_THROW(locator.take_up_replaced(), std::runtime_error);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &files), 0);
  EXPECT_TRUE(locator.take_up_replaced());
  EXPECT_EQ(latitude(), 60);
}

TEST(GeoLocator, RefusesAFileThatItCannotUse) {
  EXPECT_THROW(GeoLocator("/nowhere/places.mmdb", paris), std::runtime_error);
  EXPECT_THROW(GeoLocator(std::string(MUSTER_SOURCE_DIR) + "/README.md", paris), std::runtime_error);
}

}  // namespace
}  // namespace muster::server
