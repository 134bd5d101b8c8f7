#include "dialect/azure/json_filter.hpp"

#include <gtest/gtest.h>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

namespace muster::dialect::azure {
namespace {

const auto thing = boost::json::parse(R"({"status":"Assigned","count":7,"half":0.5,"on":true,"none":null,
  "capabilities":{"iotEdge":false,"deep":{"er":"x"}}})")
                       .as_object();

bool matches_where(const std::string& conditions) {
  const auto query = codec::parse_query("SELECT * FROM things" + (conditions.empty() ? "" : " WHERE " + conditions));
  EXPECT_TRUE(query) << conditions;
  return query && matches(thing, *query);
}

TEST(AzureJsonFilter, ComparesMembersWithLiteralsOfTheirKind) {
  for (const char* holds :
       {"", "status = 'Assigned'", "STATUS = 'Assigned'", "count = 7", "half = 0.5", "on = true", "none = null",
        "missing = null", "capabilities.iotEdge = false", "Capabilities.IOTEDGE = false", "capabilities.deep.er = 'x'",
        "on = true AND count = 7", "status.inner = null", "missing.inner = null"})
    EXPECT_TRUE(matches_where(holds)) << holds;
  for (const char* fails :
       {"status = 'assigned'", "status = 'Assigned '", "status = null", "count = '7'", "count = 8", "on = false",
        "on = 'true'", "none = 0", "missing = ''", "missing = false", "capabilities = true",
        "capabilities.iotEdge = true", "on = true AND count = 8", "status.inner = 'Assigned'"})
    EXPECT_FALSE(matches_where(fails)) << fails;
}

TEST(AzureJsonFilter, RefusesConditionsOnMembersThatNothingHas) {
  constexpr std::string_view known[] = {"status", "capabilities"};
  EXPECT_TRUE(check_members(*codec::parse_query("*"), known));
  EXPECT_TRUE(
      check_members(*codec::parse_query("SELECT * FROM x WHERE Status = 1 AND capabilities.any.depth = 1"), known));
  const auto refused = check_members(*codec::parse_query("SELECT * FROM x WHERE status = 1 AND sttus = 1"), known);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), base::Errc::invalid_query);
  EXPECT_NE(refused.error().detail().find("sttus"), std::string::npos);
}

}  // namespace
}  // namespace muster::dialect::azure
