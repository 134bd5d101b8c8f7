#include "base/random.hpp"

#include <gtest/gtest.h>

#include <set>

namespace muster::base {
namespace {

TEST(SystemRandom, FillsEverySizeAndRepeatsNothing) {
  SystemRandom random;
  std::set<Bytes> drawn;
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(drawn.insert(random.bytes(16)).second);
  EXPECT_TRUE(random.bytes(0).empty());
  EXPECT_EQ(random.bytes(1000).size(), 1000U);
}

TEST(SequenceRandom, RepeatsItselfForOneSeed) {
  SequenceRandom first(5);
  SequenceRandom second(5);
  SequenceRandom other(6);
  const Bytes drawn = first.bytes(32);
  EXPECT_EQ(second.bytes(32), drawn);
  EXPECT_NE(other.bytes(32), drawn);
}

}  // namespace
}  // namespace muster::base
