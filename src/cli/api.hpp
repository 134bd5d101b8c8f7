// The admin API, spoken by the command line: JSON in, JSON out, refusals as Failure.
#pragma once

#include <boost/json/fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/server.hpp"

namespace muster::cli {

/// Calls /muster/v1. Every function throws Failure: `refused` with the service's own words where it says no,
/// `connection` where it cannot be reached or does not answer as the API does. Paths are below /muster/v1/ and are
/// made with `path`.
class Api {
 public:
  /// `tenant`: empty for the principal's own.
  Api(Server& server, std::string tenant) : server_(server), tenant_(std::move(tenant)) {}

  boost::json::object get(const std::string& path);
  /// All items of all pages, at most `limit` where given. `query` is "" or "name=value".
  boost::json::array list(const std::string& path, const std::string& query, std::optional<std::size_t> limit);
  boost::json::object post(const std::string& path, const boost::json::object& body);
  /// `precondition` is "" or a header line: "If-None-Match: *", "If-Match: \"…\"".
  boost::json::object put(const std::string& path, const boost::json::object& body, const std::string& precondition);
  void remove(const std::string& path, const std::string& query = {}, const std::string& precondition = {});

 private:
  boost::json::object call(std::string_view method, const std::string& path, const std::string& query,
                           const std::string& body, const std::vector<std::string>& headers);

  Server& server_;
  std::string tenant_;
};

/// "enrollments/device%3A1": the id percent-encoded, `rest` ("/keys") behind it.
std::string path_of(std::string_view resource, std::string_view id, std::string_view rest = {});

}  // namespace muster::cli
