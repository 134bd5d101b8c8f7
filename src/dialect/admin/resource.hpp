// What the resources of the admin API are made of.
#pragma once

#include <boost/json/fwd.hpp>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/task.hpp"
#include "net/http.hpp"
#include "provisioning/access.hpp"
#include "provisioning/enrollments.hpp"
#include "provisioning/store.hpp"

namespace muster::dialect::admin {

using base::Result;
using base::Task;
using base::TenantId;

/// One request of somebody who was found to be allowed to make it.
struct Call {
  net::HttpRequest request;
  provisioning::Principal principal;
  TenantId tenant;  ///< the one that is worked on
  std::string id;   ///< what stands for {id} in the route, decoded; empty where the route has none

  provisioning::Actor actor() const;
};

/// What is answered where nothing is refused.
struct Answer {
  int status = 200;
  std::string body;        ///< JSON; empty with status 204
  std::string entity_tag;  ///< empty: none
};

using Handler = std::function<Task<Result<Answer>>(Call)>;

enum class ScopeCheck {
  refuse_scoped,  ///< what it touches belongs to no enrollment group: principals with a scope are refused
  by_handler      ///< the handler shows only what belongs to the principal's scope, and refuses the rest
};

struct Route {
  std::string_view method;
  std::string_view path;  ///< below /muster/v1/, such as "groups/{id}/keys"
  provisioning::Action action;
  ScopeCheck scope = ScopeCheck::refuse_scoped;
  Handler handler;
};

/// A part of the API. It must outlive the routes that it gives.
class Resource {
 public:
  virtual ~Resource() = default;
  virtual std::vector<Route> routes() = 0;
};

/// 200, or 201 for what has just been made.
Answer answer(const boost::json::object& body, bool created = false);
Answer no_content();
/// {"items":[…],"next":…}; `next` is what the following page's `after` is, empty: null, this was the last page.
Answer page_answer(boost::json::array items, const std::string& next);

/// The body as an object. unsupported_media_type, malformed_json, body_too_large.
Result<boost::json::object> body_of(const Call& call);
/// `limit` (1 to 1000, 100 where absent) and `after` of the query. invalid_argument.
Result<provisioning::Page> page_of(const Call& call);
/// If-Match: a tag or *; If-None-Match: *. invalid_argument for anything else and for both at once.
Result<provisioning::Precondition> precondition_of(const Call& call);

/// What a JSON text that Muster stores says; null where it is empty.
boost::json::value stored_json(const provisioning::JsonText& text);

}  // namespace muster::dialect::admin
