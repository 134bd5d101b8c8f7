#include "dialect/azure/json_members.hpp"

#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

namespace muster::dialect::azure {
namespace {

TEST(JsonMembers, ReadWhatIsThere) {
  const auto object = boost::json::parse(R"({"t":"x","f":true,"i":-3,"o":{},"a":[1,2],"n":null})").as_object();
  const JsonMembers members(object);
  EXPECT_EQ(members.text("t", 1)->value(), "x");
  EXPECT_TRUE(members.flag("f")->value());
  EXPECT_EQ(members.integer("i")->value(), -3);
  EXPECT_NE(*members.object("o"), nullptr);
  EXPECT_EQ((*members.array("a", 2))->size(), 2U);
  for (const char* absent : {"n", "none"}) {
    EXPECT_FALSE(members.text(absent, 1)->has_value());
    EXPECT_FALSE(members.flag(absent)->has_value());
    EXPECT_FALSE(members.integer(absent)->has_value());
    EXPECT_EQ(*members.object(absent), nullptr);
    EXPECT_EQ(*members.array(absent, 0), nullptr);
  }
}

TEST(JsonMembers, NameTheMemberThatIsWrong) {
  const auto object = boost::json::parse(R"({"t":"xy","a":[1,2],"i":1.5,"u":9223372036854775808})").as_object();
  const JsonMembers members(object, "properties.iotHubs[0]");
  EXPECT_EQ(members.text("t", 1).error().detail(), "properties.iotHubs[0].t is longer than 1 octets");
  EXPECT_EQ(members.text("a", 1).error().detail(), "properties.iotHubs[0].a is not a text");
  EXPECT_EQ(members.flag("t").error().detail(), "properties.iotHubs[0].t is neither true nor false");
  EXPECT_EQ(members.integer("i").error().detail(), "properties.iotHubs[0].i is not an integer");
  EXPECT_EQ(members.integer("u").error().detail(), "properties.iotHubs[0].u is not an integer");
  EXPECT_EQ(members.object("t").error().detail(), "properties.iotHubs[0].t is not an object");
  EXPECT_EQ(members.array("t", 1).error().detail(), "properties.iotHubs[0].t is not an array");
  EXPECT_EQ(members.array("a", 1).error().detail(), "properties.iotHubs[0].a has more than 1 items");
  EXPECT_EQ(JsonMembers(object).refuse("t", "is odd").detail(), "t is odd");
}

}  // namespace
}  // namespace muster::dialect::azure
