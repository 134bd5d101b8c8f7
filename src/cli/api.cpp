#include "cli/api.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "cli/failure.hpp"
#include "codec/percent_encoding.hpp"

namespace muster::cli {

namespace json = boost::json;

namespace {

constexpr std::size_t page_size = 500;
constexpr std::size_t answer_depth_max = 64;

std::string text_of(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  const json::string* text = value == nullptr ? nullptr : value->if_string();
  return text == nullptr ? std::string() : std::string(text->data(), text->size());
}

[[noreturn]] void fail_unknown(long status) {
  throw Failure(ExitCode::connection,
                "the answer (status " + std::to_string(status) + ") is not one of Muster's: is the URL right?");
}

/// The service's reason in one line.
[[noreturn]] void fail_refused(const json::value& answer, long status) {
  const json::object* outer = answer.if_object();
  const json::value* error = outer == nullptr ? nullptr : outer->if_contains("error");
  if (error == nullptr || !error->is_object()) fail_unknown(status);
  const json::object& reason = error->get_object();
  std::string line = text_of(reason, "message") + " (" + text_of(reason, "code");
  if (const std::string detail = text_of(reason, "detail"); !detail.empty()) line += ": " + detail;
  throw Failure(ExitCode::refused, line + ")");
}

}  // namespace

std::string path_of(std::string_view resource, std::string_view id, std::string_view rest) {
  return std::string(resource) + "/" + codec::percent_encode(id) + std::string(rest);
}

json::object Api::call(std::string_view method, const std::string& path, const std::string& query,
                       const std::string& body, const std::vector<std::string>& headers) {
  std::string target = "/muster/v1/" + path;
  char separator = '?';
  if (!query.empty()) {
    target += separator + query;
    separator = '&';
  }
  if (!tenant_.empty()) target += separator + ("tenant=" + codec::percent_encode(tenant_));

  const Reply reply = server_.send(method, target, body, headers);
  if (reply.status == 204) return {};
  boost::system::error_code wrong;
  // Stored JSON may be nested as deep as a request may be, and stands a few levels down in an answer.
  json::parse_options options;
  options.max_depth = answer_depth_max;
  const json::value answer = json::parse(reply.body, wrong, {}, options);
  if (wrong) fail_unknown(reply.status);
  if (reply.status != 200 && reply.status != 201) fail_refused(answer, reply.status);
  const json::object* object = answer.if_object();
  if (object == nullptr) fail_unknown(reply.status);
  return *object;
}

json::object Api::get(const std::string& path) { return call("GET", path, {}, {}, {}); }

json::array Api::list(const std::string& path, const std::string& query, std::optional<std::size_t> limit) {
  json::array items;
  std::string after;
  do {
    const std::size_t wanted = limit ? std::min(page_size, *limit - items.size()) : page_size;
    std::string page_query = "limit=" + std::to_string(wanted);
    if (!query.empty()) page_query += "&" + query;
    if (!after.empty()) page_query += "&after=" + codec::percent_encode(after);
    json::object page = call("GET", path, page_query, {}, {});
    const json::value* found = page.if_contains("items");
    if (found == nullptr || !found->is_array()) fail_unknown(200);
    for (const json::value& item : found->get_array()) items.push_back(item);
    after = text_of(page, "next");
  } while (!after.empty() && (!limit || items.size() < *limit));
  return items;
}

json::object Api::post(const std::string& path, const json::object& body) {
  return call("POST", path, {}, json::serialize(body), {});
}

json::object Api::put(const std::string& path, const json::object& body, const std::string& precondition) {
  std::vector<std::string> headers;
  if (!precondition.empty()) headers.push_back(precondition);
  return call("PUT", path, {}, json::serialize(body), headers);
}

void Api::remove(const std::string& path, const std::string& query, const std::string& precondition) {
  std::vector<std::string> headers;
  if (!precondition.empty()) headers.push_back(precondition);
  call("DELETE", path, query, {}, headers);
}

}  // namespace muster::cli
