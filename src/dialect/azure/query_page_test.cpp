#include "dialect/azure/query_page.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "base/run_task.hpp"

namespace muster::dialect::azure {
namespace {

using base::Errc;

constexpr std::string_view known[] = {"id", "even"};

net::HttpRequest asking(std::string body, std::vector<net::Header> headers = {}) {
  net::HttpRequest request;
  request.body = std::move(body);
  request.headers = std::move(headers);
  return request;
}

Errc refusal_of(const net::HttpRequest& request) {
  const auto page = read_query(request, known);
  return page ? Errc::internal_error : page.error().code();
}

std::string key_of(int number) {
  std::string digits = std::to_string(number);
  return std::string(6 - digits.size(), '0') + digits;
}

/// Numbered things; those below `hidden` are not to be shown. Counts how often it is asked, and for how much.
struct Source {
  int count = 0;
  int hidden = 0;
  int calls = 0;
  std::size_t limit_max = 0;

  base::Task<std::vector<std::string>> operator()(provisioning::Page page, boost::json::array& items) {
    ++calls;
    limit_max = std::max(limit_max, page.limit);
    std::vector<std::string> keys;
    for (int i = page.after.empty() ? 0 : std::stoi(page.after) + 1; i < count && keys.size() < page.limit; ++i) {
      if (i < hidden)
        items.emplace_back(nullptr);
      else
        items.push_back(boost::json::object{{"id", i}, {"even", i % 2 == 0}});
      keys.push_back(key_of(i));
    }
    co_return keys;
  }
};

struct Answer {
  std::vector<int> ids;
  std::string continuation;
};

Answer ask(Source& source, const std::string& query, const std::string& count, const std::string& continuation) {
  auto page = read_query(
      asking(R"({"query":")" + query + "\"}", {{"x-ms-max-item-count", count}, {"x-ms-continuation", continuation}}),
      known);
  if (!page) throw std::runtime_error(base::to_string(page.error()));
  const auto response = base::run_task(answer_query(std::move(*page), std::ref(source), "Thing", "request-1"));
  Answer answer;
  EXPECT_EQ(response.status, 200);
  const auto items = boost::json::parse(response.body);
  for (const auto& item : items.as_array()) answer.ids.push_back(item.at("id").to_number<int>());
  for (const auto& [name, value] : response.headers) {
    if (name == "x-ms-continuation") answer.continuation = value;
    EXPECT_TRUE(name != "x-ms-item-type" || value == "Thing");
  }
  return answer;
}

/// All pages of a query; stops after `pages_max`.
std::vector<Answer> ask_for_all(Source& source, const std::string& query, const std::string& count, int pages_max) {
  std::vector<Answer> pages;
  std::string continuation;
  do {
    pages.push_back(ask(source, query, count, continuation));
    continuation = pages.back().continuation;
  } while (!continuation.empty() && static_cast<int>(pages.size()) < pages_max);
  return pages;
}

std::vector<int> numbers(int from, int to, int step = 1) {
  std::vector<int> all;
  for (int i = from; i < to; i += step) all.push_back(i);
  return all;
}

std::vector<int> joined(const std::vector<Answer>& pages) {
  std::vector<int> all;
  for (const auto& page : pages) all.insert(all.end(), page.ids.begin(), page.ids.end());
  return all;
}

TEST(AzureQuery, AsksForEverythingWhereItSaysNothing) {
  for (const char* body : {"", "{}", R"({"query":null})", R"({"query":""})", R"({"query":"*"})",
                           R"({"query":"SELECT * FROM enrollments"})"}) {
    const auto page = read_query(asking(body), known);
    ASSERT_TRUE(page) << body;
    EXPECT_TRUE(page->query.conditions.empty()) << body;
    EXPECT_EQ(page->items_max, 100U);
    EXPECT_EQ(page->after, "");
  }
}

TEST(AzureQuery, RefusesBodiesThatAreNone) {
  EXPECT_EQ(refusal_of(asking("[]")), Errc::malformed_json);
  EXPECT_EQ(refusal_of(asking("{")), Errc::malformed_json);
  EXPECT_EQ(refusal_of(asking(R"({"query":1})")), Errc::invalid_query);
  EXPECT_EQ(refusal_of(asking(R"({"query":"DROP TABLE"})")), Errc::invalid_query);
  EXPECT_EQ(refusal_of(asking(R"({"query":"SELECT * FROM x WHERE unknown = 1"})")), Errc::invalid_query);
}

TEST(AzureQuery, TakesOneToAThousandItems) {
  const auto with_count = [](const char* count) { return asking("", {{"x-ms-max-item-count", count}}); };
  EXPECT_EQ(read_query(with_count("1"), known)->items_max, 1U);
  EXPECT_EQ(read_query(with_count("1000"), known)->items_max, 1000U);
  EXPECT_EQ(read_query(with_count(""), known)->items_max, 100U);
  for (const char* count : {"0", "1001", "-1", "ten", "1x", " 1", "99999999999999999999999"})
    EXPECT_EQ(refusal_of(with_count(count)), Errc::invalid_argument) << count;
}

TEST(AzureQuery, RefusesForeignContinuations) {
  const auto with = [](const std::string& text) { return asking("", {{"x-ms-continuation", text}}); };
  EXPECT_EQ(read_query(with("YWJj"), known)->after, "abc");
  EXPECT_EQ(refusal_of(with("?")), Errc::invalid_argument);
  EXPECT_EQ(refusal_of(with(base::to_base64(base::Bytes(1025, 'a')))), Errc::invalid_argument);
}

TEST(AzureQuery, PagesThroughEverythingOnce) {
  Source source{.count = 25};
  const auto pages = ask_for_all(source, "*", "10", 10);
  ASSERT_EQ(pages.size(), 3U);
  EXPECT_EQ(pages[0].ids, numbers(0, 10));
  EXPECT_EQ(pages[1].ids, numbers(10, 20));
  EXPECT_EQ(pages[2].ids, numbers(20, 25));
  EXPECT_EQ(pages[2].continuation, "");
}

TEST(AzureQuery, OfNothingIsAnEmptyLastPage) {
  Source source;
  const auto answer = ask(source, "*", "", "");
  EXPECT_TRUE(answer.ids.empty());
  EXPECT_EQ(answer.continuation, "");
}

TEST(AzureQuery, FiltersAndStillFillsItsPages) {
  Source source{.count = 1000};
  const auto pages = ask_for_all(source, "SELECT * FROM things WHERE even = true", "200", 10);
  EXPECT_EQ(joined(pages), numbers(0, 1000, 2));
  for (std::size_t i = 0; i + 1 < pages.size(); ++i) EXPECT_EQ(pages[i].ids.size(), 200U);
}

TEST(AzureQuery, LeavesOutWhatIsNotToBeShown) {
  Source source{.count = 30, .hidden = 12};
  EXPECT_EQ(joined(ask_for_all(source, "*", "5", 20)), numbers(12, 30));
}

TEST(AzureQuery, EndsAPageEarlyRatherThanLookAtEverything) {
  Source source{.count = 20000};
  const std::string query = "SELECT * FROM things WHERE id = 19999";
  const auto first = ask(source, query, "", "");
  EXPECT_TRUE(first.ids.empty());
  EXPECT_NE(first.continuation, "");
  EXPECT_EQ(source.calls, 20);
  EXPECT_EQ(source.limit_max, 250U);
  EXPECT_EQ(joined(ask_for_all(source, query, "", 10)), (std::vector<int>{19999}));
}

}  // namespace
}  // namespace muster::dialect::azure
