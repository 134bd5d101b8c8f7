// One page of a query of the service API: what it asks for, and where it goes on.
#pragma once

#include <boost/json/fwd.hpp>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "codec/query/query.hpp"
#include "net/http.hpp"
#include "provisioning/store.hpp"

namespace muster::dialect::azure {

struct QueryPage {
  codec::Query query;
  std::size_t items_max = 100;  ///< x-ms-max-item-count, 1 to 1000
  std::string after;            ///< from x-ms-continuation
};

/// Reads the body ({"query": text}; none asks for everything) and the headers. `known`: the members that a condition
/// may begin with. invalid_query, malformed_json, invalid_argument.
base::Result<QueryPage> read_query(const net::HttpRequest& request, std::span<const std::string_view> known);

/// Gives stored things in order, after a key: appends an object for each (null for one that is not to be shown) and
/// returns their keys. Fewer than the limit: there are no more.
using QuerySource = std::function<base::Task<std::vector<std::string>>(provisioning::Page, boost::json::array& items)>;

/// Fills a page with what matches. A selective query over many things ends a page early, with a continuation, so that
/// no request looks at more than some thousands. `item_type` is what x-ms-item-type says.
base::Task<net::HttpResponse> answer_query(QueryPage page, QuerySource source, std::string item_type,
                                           std::string request_id);

}  // namespace muster::dialect::azure
