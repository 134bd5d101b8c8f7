#include "dialect/admin/resource.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <charconv>

#include "codec/json.hpp"

namespace muster::dialect::admin {

namespace json = boost::json;
using base::Errc;
using base::Error;
using provisioning::Precondition;

namespace {

constexpr std::size_t page_limit_max = 1000;
// What is stored was within the limits of the dialect that it came in by.
constexpr std::size_t stored_json_size_max = 1024 * 1024;

bool is_json(std::string_view content_type) {
  const std::string_view media_type = content_type.substr(0, content_type.find_first_of("; "));
  return base::equal_ignoring_case(media_type, "application/json");
}

/// Without white space around it and without the quotation marks that RFC 9110 section 8.8.3 asks for.
std::string_view unquoted(std::string_view tag) {
  while (tag.starts_with(' ')) tag.remove_prefix(1);
  while (tag.ends_with(' ')) tag.remove_suffix(1);
  if (tag.size() >= 2 && tag.front() == '"' && tag.back() == '"') tag = tag.substr(1, tag.size() - 2);
  return tag;
}

}  // namespace

provisioning::Actor Call::actor() const {
  return {"principal:" + principal.name, request.peer ? request.peer->address : std::string()};
}

Answer answer(const json::object& body, bool created) {
  Answer made;
  made.status = created ? 201 : 200;
  made.body = json::serialize(body);
  if (const json::value* tag = body.if_contains("entity_tag")) made.entity_tag = tag->as_string().c_str();
  return made;
}

Answer no_content() {
  Answer made;
  made.status = 204;
  return made;
}

Answer page_answer(json::array items, const std::string& next) {
  json::object page;
  page["items"] = std::move(items);
  page["next"] = next.empty() ? json::value(nullptr) : json::value(next);
  return answer(page);
}

Result<json::object> body_of(const Call& call) {
  const auto content_type = call.request.header("Content-Type");
  if (content_type && !is_json(*content_type))
    return Error(Errc::unsupported_media_type, "the body must be application/json");
  auto parsed = codec::parse_json(call.request.body);
  if (!parsed) return parsed.error();
  json::object* object = parsed->if_object();
  if (object == nullptr) return Error(Errc::malformed_json, "the body is not an object");
  return std::move(*object);
}

Result<provisioning::Page> page_of(const Call& call) {
  provisioning::Page page;
  if (const auto limit = net::query_parameter(call.request.query, "limit")) {
    const auto read = std::from_chars(limit->data(), limit->data() + limit->size(), page.limit);
    if (read.ec != std::errc() || read.ptr != limit->data() + limit->size() || page.limit < 1 ||
        page.limit > page_limit_max)
      return Error(Errc::invalid_argument, "limit is not a number from 1 to 1000");
  }
  if (auto after = net::query_parameter(call.request.query, "after")) page.after = std::move(*after);
  return page;
}

Result<Precondition> precondition_of(const Call& call) {
  const auto if_match = call.request.header("If-Match");
  const auto if_none_match = call.request.header("If-None-Match");
  Precondition precondition;
  if (if_match && if_none_match) return Error(Errc::invalid_argument, "both If-Match and If-None-Match are given");
  if (if_none_match) {
    if (unquoted(*if_none_match) != "*") return Error(Errc::invalid_argument, "If-None-Match takes * only");
    precondition.kind = Precondition::Kind::must_not_exist;
  }
  if (if_match) {
    const std::string_view tag = unquoted(*if_match);
    if (tag.empty()) return Error(Errc::invalid_argument, "If-Match is empty");
    precondition.kind = tag == "*" ? Precondition::Kind::must_exist : Precondition::Kind::must_match;
    if (tag != "*") precondition.entity_tag = tag;
  }
  return precondition;
}

json::value stored_json(const provisioning::JsonText& text) {
  if (text.empty()) return nullptr;
  auto parsed = codec::parse_json(text, stored_json_size_max);
  if (!parsed) return nullptr;
  return std::move(*parsed);
}

}  // namespace muster::dialect::admin
