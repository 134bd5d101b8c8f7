#include "dialect/azure/route.hpp"

#include <algorithm>

#include "net/http.hpp"

namespace muster::dialect::azure {

using base::Errc;
using base::Error;

namespace {

constexpr std::size_t segments_max = 12;  // verify of a certificate has 11

}  // namespace

base::Result<std::vector<std::string>> segments_of(std::string_view path) {
  std::vector<std::string> segments;
  while (!path.empty()) {
    path.remove_prefix(1);  // the slash in front
    const std::size_t end = path.find('/');
    const std::string_view encoded = path.substr(0, end);
    path = end == std::string_view::npos ? std::string_view{} : path.substr(end);
    if (encoded.empty() && path.empty()) break;  // a slash at the end
    auto segment = net::percent_decode(encoded);
    if (!segment) return Error(Errc::malformed_request, "the path does not decode");
    if (segments.size() == segments_max) return Error(Errc::unknown_route, "more than 12 segments");
    segments.push_back(std::move(*segment));
  }
  if (segments.empty()) return Error(Errc::unknown_route, "no path");
  return segments;
}

bool fits(std::string_view route, const std::vector<std::string>& segments) {
  for (const auto& segment : segments) {
    if (route.empty()) return false;
    const std::string_view word = route.substr(0, route.find('/'));
    if (!word.starts_with('{') && !base::equal_ignoring_case(word, segment)) return false;
    route.remove_prefix(std::min(route.size(), word.size() + 1));
  }
  return route.empty();
}

base::Status check_api_version(std::string_view query) {
  const auto version = net::query_parameter(query, "api-version");
  if (!version) return Error(Errc::malformed_request, "api-version is missing");
  constexpr std::string_view form = "dddd-dd-dd";
  const std::string_view date = std::string_view(*version).substr(0, form.size());
  const bool is_date =
      date.size() == form.size() && std::equal(form.begin(), form.end(), date.begin(),
                                               [](char f, char c) { return f == 'd' ? c >= '0' && c <= '9' : c == f; });
  const std::string_view rest = std::string_view(*version).substr(std::min(version->size(), form.size()));
  if (!is_date || (!rest.empty() && !base::equal_ignoring_case(rest, "-preview")))
    return Error(Errc::malformed_request, "api-version " + *version + " is not a date");
  return base::Done{};
}

}  // namespace muster::dialect::azure
