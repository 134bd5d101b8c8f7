#include "dialect/azure/route.hpp"

#include <gtest/gtest.h>

#include "dialect/azure/device_api.hpp"
#include "dialect/azure/service_api.hpp"

namespace muster::dialect::azure {
namespace {

using base::Errc;
using Segments = std::vector<std::string>;

TEST(AzureRoute, CutsAPathIntoDecodedSegments) {
  const std::pair<const char*, Segments> cases[] = {
      {"/0ne00000001/registrations/dev-1/register", {"0ne00000001", "registrations", "dev-1", "register"}},
      {"/enrollments/", {"enrollments"}},
      {"/enrollments", {"enrollments"}},
      {"/enrollments/a%3Ab", {"enrollments", "a:b"}},
      {"/enrollments/a%3ab", {"enrollments", "a:b"}},
      {"/enrollments/a%2Fb", {"enrollments", "a/b"}},
      {"/enrollments//query", {"enrollments", "", "query"}},
      {"/enrollments//", {"enrollments", ""}},
      {"/a/b/c/d/e/f/g/h", {"a", "b", "c", "d", "e", "f", "g", "h"}},
      {"/a/b/c/d/e/f/g/h/", {"a", "b", "c", "d", "e", "f", "g", "h"}},
  };
  for (const auto& [path, expected] : cases) {
    const auto segments = segments_of(path);
    ASSERT_TRUE(segments) << path;
    EXPECT_EQ(*segments, expected) << path;
  }
}

TEST(AzureRoute, RefusesPathsThatNoCallHas) {
  const std::pair<const char*, Errc> cases[] = {
      {"/", Errc::unknown_route},
      {"", Errc::unknown_route},
      {"/a/b/c/d/e/f/g/h/i/j/k/l/m", Errc::unknown_route},
      {"/enrollments/%", Errc::malformed_request},
      {"/enrollments/%4", Errc::malformed_request},
      {"/enrollments/%zz", Errc::malformed_request},
      {"/enrollments/a%00", Errc::malformed_request},
  };
  for (const auto& [path, refusal] : cases) {
    const auto segments = segments_of(path);
    ASSERT_FALSE(segments) << path;
    EXPECT_EQ(segments.error().code(), refusal) << path;
  }
}

TEST(AzureRoute, BelongsToTheSideWhoseLiteralsItHasInAnyCase) {
  EXPECT_TRUE(ServiceApi::takes({"enrollments"}));
  EXPECT_TRUE(ServiceApi::takes({"Enrollments", "x"}));
  EXPECT_TRUE(ServiceApi::takes({"enrollmentgroups", "x", "attestationmechanism"}));
  EXPECT_TRUE(ServiceApi::takes({"enrollmentGroups"}));
  EXPECT_TRUE(ServiceApi::takes({"REGISTRATIONS", "x"}));
  EXPECT_FALSE(ServiceApi::takes({"enrollment"}));
  EXPECT_FALSE(ServiceApi::takes({"0ne00000001", "registrations", "x"}));

  EXPECT_TRUE(DeviceApi::takes({"0ne00000001", "registrations", "x"}));
  EXPECT_TRUE(DeviceApi::takes({"0ne00000001", "Registrations", "x", "REGISTER"}));
  EXPECT_FALSE(DeviceApi::takes({"0ne00000001", "registrations"}));
  EXPECT_FALSE(DeviceApi::takes({"0ne00000001", "registration", "x"}));
}

TEST(AzureRoute, FitsAPathSegmentBySegment) {
  EXPECT_TRUE(fits("enrollments", {"Enrollments"}));
  EXPECT_TRUE(fits("enrollments/{id}", {"enrollments", "a/b"}));
  EXPECT_TRUE(fits("{scope}/registrations/{id}", {"0ne00000001", "REGISTRATIONS", "a"}));
  EXPECT_FALSE(fits("enrollments/{id}", {"enrollments"}));
  EXPECT_FALSE(fits("enrollments/{id}", {"enrollments", "a", "b"}));
  EXPECT_FALSE(fits("enrollments/query", {"enrollments", "quer"}));
  EXPECT_FALSE(fits("enrollments", {}));
}

TEST(AzureApiVersion, IsADateWithOrWithoutPreview) {
  for (const char* query : {"api-version=2019-03-31", "api-version=2021-06-01", "api-version=2018-04-01",
                            "API-Version=2021-10-01", "x=1&api-version=2025-07-01-preview",
                            "api-version=2025-07-01-Preview&forceRegistration=true", "api-version=2021%2D10%2D01"})
    EXPECT_TRUE(check_api_version(query)) << query;
}

TEST(AzureApiVersion, RefusesWhatIsNone) {
  for (const char* query : {"", "x=1", "api-version", "api-version=", "api-version=2019", "api-version=2019-03-3",
                            "api-version=2019-03-311", "api-version=2019/03/31", "api-version=2o19-03-31",
                            "api-version=2019-03-31-beta", "api-version=%"}) {
    const auto checked = check_api_version(query);
    ASSERT_FALSE(checked) << query;
    EXPECT_EQ(checked.error().code(), Errc::malformed_request) << query;
  }
}

}  // namespace
}  // namespace muster::dialect::azure
