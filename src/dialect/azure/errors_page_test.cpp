// docs/reference/azure-errors.md is printed from the catalogue, the dialect's own table and what stands here. After a
// change: MUSTER_WRITE_REFERENCE=1 dialect_test --gtest_filter=AzureErrorsPage.*
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "dialect/azure/errors.hpp"
#include "dialect/error_advice.hpp"
#include "source_directory.hpp"

namespace muster::dialect::azure {
namespace {

std::string print_page() {
  std::string page =
      "# Azure errors\n"
      "\n"
      "What Muster answers where it refuses a request of the Azure API. The body is `{\"errorCode\", \"trackingId\",\n"
      "\"message\", \"timestampUtc\"}`; the header `x-ms-error-code` repeats the code, and `x-ms-request-id` is what "
      "the log\n"
      "and `trackingId` have. The sentence says no more than a stranger may know: why exactly a device was refused "
      "stands in\n"
      "the refusal's detail, under the name in the third column: `muster device why ID` shows it, and so do the log "
      "and "
      "the\n"
      "audit trail. Where a retry may help without anybody acting, the answer has a `Retry-After`.\n"
      "\n"
      "Several names share a code, because Azure's clients know only that one.\n"
      "\n"
      "| Code | Status | Name | Sentence | Retry | Cause | What to do |\n"
      "|---|---|---|---|---|---|---|\n";
  for (const auto& entry : base::error_catalog()) {
    const ErrorAdvice& advice = advice_of(entry.code);
    page += "| " + std::to_string(error_code(entry.code)) + " | " + std::to_string(http_status(entry.code)) + " | `" +
            std::string(entry.name) + "` | " + std::string(entry.sentence) + " | " + (entry.retry ? "yes" : "no") +
            " | " + advice.cause + " | " + advice.cure + " |\n";
  }
  return page;
}

constexpr const char* page_file = MUSTER_SOURCE_DIR "/docs/reference/azure-errors.md";

TEST(AzureErrorsPage, EqualsWhatTheTablesPrint) {
  if (std::getenv("MUSTER_WRITE_REFERENCE") != nullptr) std::ofstream(page_file, std::ios::binary) << print_page();
  std::ifstream file(page_file, std::ios::binary);
  ASSERT_TRUE(file) << page_file;
  const std::string committed{std::istreambuf_iterator<char>(file), {}};
  EXPECT_EQ(committed, print_page());
}

}  // namespace
}  // namespace muster::dialect::azure
