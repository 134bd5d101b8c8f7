#include "provisioning/entity_tag.hpp"

#include <gtest/gtest.h>

#include <set>

namespace muster::provisioning {
namespace {

TEST(EntityTag, DiffersByTimeAndRevision) {
  const TimePoint noon = base::from_unix_seconds(1764000000);
  const std::set<std::string> tags = {entity_tag(noon, 1), entity_tag(noon, 2), entity_tag(noon, 0x10),
                                      entity_tag(noon + std::chrono::microseconds(1), 1)};
  EXPECT_EQ(tags.size(), 4U);
  EXPECT_EQ(entity_tag(noon, 1), entity_tag(noon, 1));
}

TEST(EntityTag, NeedsNoQuotingInAHeader) {
  const std::string tag = entity_tag(base::from_unix_seconds(253402300799), 9223372036854775807);
  EXPECT_EQ(tag.find_first_not_of("0123456789abcdef-"), std::string::npos);
  EXPECT_LT(tag.size(), 40U);
}

}  // namespace
}  // namespace muster::provisioning
