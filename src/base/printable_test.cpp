#include "base/printable.hpp"

#include <gtest/gtest.h>

namespace muster::base {
namespace {

TEST(Printable, LeavesPlainTextAlone) { EXPECT_EQ(printable("CN=a, O=\"b\"", 100), "CN=a, O=\"b\""); }

TEST(Printable, EscapesEveryOtherOctet) {
  EXPECT_EQ(printable(std::string_view("a\0\n\x7f\xff\xc3\xa4\\", 8), 100), "a\\x00\\x0a\\x7f\\xff\\xc3\\xa4\\x5c");
}

TEST(Printable, CutsWhatIsTooLongBetweenTwoCharacters) {
  EXPECT_EQ(printable(std::string(50, 'x'), 10), "xxxxxxx...");
  EXPECT_EQ(printable("\xff\xff\xff", 11), "\\xff\\xff...");
  EXPECT_EQ(printable("xxxxxxx", 10), "xxxxxxx");
}

}  // namespace
}  // namespace muster::base
