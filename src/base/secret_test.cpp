#include "base/secret.hpp"

#include <gtest/gtest.h>

namespace muster::base {
namespace {

TEST(Secret, ComparesEqualOctetsOnly) {
  EXPECT_TRUE(equal_in_constant_time(view("secret"), view("secret")));
  EXPECT_TRUE(equal_in_constant_time({}, {}));
  for (const char* other : {"secres", "Secret", "secret1", "secre", ""})
    EXPECT_FALSE(equal_in_constant_time(view("secret"), view(other))) << other;
}

TEST(Secret, OverwritesWhatItWipes) {
  Bytes octets = to_bytes("secret");
  wipe(octets);
  EXPECT_EQ(octets, Bytes(6));
  std::string text = "secret";
  wipe(text);
  EXPECT_TRUE(text.empty());
}

TEST(Secret, LeavesNothingBehindWhereItWasMovedFrom) {
  Secret from(to_bytes("secret"));
  const Secret to(std::move(from));
  EXPECT_TRUE(from.empty());  // NOLINT(bugprone-use-after-move): that is the promise
  EXPECT_EQ(text_view(to.reveal()), "secret");
}

TEST(Secret, IsCopiedWhole) {
  const Secret first(to_bytes("secret"));
  Secret second(to_bytes("another"));
  second = first;
  EXPECT_EQ(text_view(second.reveal()), "secret");
  EXPECT_EQ(second.size(), 6U);
}

}  // namespace
}  // namespace muster::base
