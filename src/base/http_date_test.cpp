#include "base/http_date.hpp"

#include <gtest/gtest.h>

namespace muster::base {
namespace {

TEST(HttpDate, IsTheOneOfRfc9110) {
  EXPECT_EQ(to_http_date(from_unix_seconds(784111777)), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(to_http_date(from_unix_microseconds(784111777'999'999)), "Sun, 06 Nov 1994 08:49:37 GMT");
}

// The example of Azure's management reference.
TEST(HttpDate, IsWhatAzureWritesForCertificates) {
  EXPECT_EQ(to_http_date(from_unix_seconds(1507836290)), "Thu, 12 Oct 2017 19:24:50 GMT");
}

}  // namespace
}  // namespace muster::base
