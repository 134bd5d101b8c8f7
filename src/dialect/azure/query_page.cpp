#include "dialect/azure/query_page.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <charconv>

#include "codec/json.hpp"
#include "dialect/azure/errors.hpp"
#include "dialect/azure/json_filter.hpp"

namespace muster::dialect::azure {

using base::Errc;
using base::Error;
using base::Result;

namespace {

constexpr std::size_t items_limit = 1000;
constexpr std::size_t scan_page = 250;
constexpr std::size_t scanned_max = 5000;

}  // namespace

Result<QueryPage> read_query(const net::HttpRequest& request, std::span<const std::string_view> known) {
  QueryPage page;
  std::string text;
  if (!request.body.empty()) {
    const auto body = codec::parse_json(request.body);
    if (!body) return body.error();
    if (!body->is_object()) return Error(Errc::malformed_json, "the body is not an object");
    const auto* member = body->get_object().if_contains("query");
    if (member != nullptr && member->is_string())
      text = std::string(member->get_string());
    else if (member != nullptr && !member->is_null())
      return Error(Errc::invalid_query, "query is not a text");
  }
  auto query = codec::parse_query(text);
  if (!query) return query.error();
  page.query = std::move(*query);
  if (auto members = check_members(page.query, known); !members) return members.error();

  if (const auto count = request.header("x-ms-max-item-count"); count && !count->empty()) {
    const auto [end, fault] = std::from_chars(count->data(), count->data() + count->size(), page.items_max);
    if (fault != std::errc{} || end != count->data() + count->size() || page.items_max == 0 ||
        page.items_max > items_limit)
      return Error(Errc::invalid_argument, "x-ms-max-item-count is not a number from 1 to 1000");
  }
  if (const auto continuation = request.header("x-ms-continuation"); continuation && !continuation->empty()) {
    const auto after = base::from_base64(*continuation);
    if (!after || after->size() > 1024) return Error(Errc::invalid_argument, "x-ms-continuation is none of ours");
    page.after = std::string(base::text_view(*after));
  }
  return page;
}

base::Task<net::HttpResponse> answer_query(QueryPage page, QuerySource source, std::string item_type,
                                           std::string request_id) {
  boost::json::array items;
  std::string after = page.after;
  bool exhausted = false;
  for (std::size_t scanned = 0; items.size() < page.items_max && scanned < scanned_max && !exhausted;) {
    const std::size_t limit = page.query.conditions.empty() ? page.items_max - items.size() : scan_page;
    provisioning::Page wanted{.after = after, .limit = limit};
    boost::json::array found;
    const auto keys = co_await source(std::move(wanted), found);
    scanned += keys.size();
    exhausted = keys.size() < limit;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      if (items.size() == page.items_max) {
        exhausted = false;
        break;
      }
      after = keys[i];
      if (found[i].is_object() && matches(found[i].get_object(), page.query)) items.push_back(std::move(found[i]));
    }
  }
  auto response = json_response(200, boost::json::serialize(items), request_id);
  response.headers.emplace_back("x-ms-item-type", item_type);
  if (!exhausted) response.headers.emplace_back("x-ms-continuation", base::to_base64(base::view(after)));
  co_return response;
}

}  // namespace muster::dialect::azure
