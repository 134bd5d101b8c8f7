#include "base/error.hpp"

#include <gtest/gtest.h>

#include <set>

namespace muster::base {
namespace {

TEST(ErrorCatalog, GivesEachRefusalANameOfItsOwnAndASentence) {
  std::set<std::string_view> names;
  for (const auto& entry : error_catalog()) {
    EXPECT_TRUE(names.insert(entry.name).second) << entry.name;
    EXPECT_EQ(entry.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_"), std::string_view::npos);
    EXPECT_TRUE(entry.sentence.ends_with('.')) << entry.name;
    EXPECT_EQ(&describe(entry.code), &entry);
  }
}

TEST(Error, IsWrittenWithItsDetail) {
  EXPECT_EQ(to_string(Error(Errc::hub_not_found, "north")), "hub_not_found: north");
  EXPECT_EQ(to_string(Error(Errc::hub_not_found)), "hub_not_found");
}

TEST(Result, HoldsAValueOrARefusal) {
  const Result<int> good(7);
  ASSERT_TRUE(good);
  EXPECT_EQ(*good, 7);
  const Result<int> refused(Error(Errc::busy));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Errc::busy);
  EXPECT_THROW(static_cast<void>(*refused), std::bad_variant_access);
}

}  // namespace
}  // namespace muster::base
