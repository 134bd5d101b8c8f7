// What a service says that its API takes: its OpenAPI description, as far as comparing needs it.
#pragma once

#include <boost/json/fwd.hpp>
#include <memory>
#include <string>
#include <string_view>

#include "cli/fleet/yaml.hpp"

namespace muster::cli {

/// Names members, their types and defaults in the words of the service itself, so that a member that a later release
/// adds needs nothing new here.
class Description {
 public:
  explicit Description(const boost::json::object& openapi);

  /// The schema of what a PUT of "/muster/v1/PATH/{id}" takes; nullptr where the service has no such call.
  const boost::json::object* schema_of(std::string_view path) const;

  /// Holds a node against a schema: names, types, choices and limits. Throws Failure (input) with `where`, the line,
  /// the member, and for a name that is not known the nearest one. `file` names the file in it.
  void check(const YamlNode& node, const boost::json::object& schema, const std::string& file,
             const std::string& where) const;

  /// A value as the service would store it, as far as its description tells: without members that only answers have,
  /// and with the default of what is absent.
  boost::json::value with_defaults(const boost::json::value& value, const boost::json::object& schema) const;

 private:
  /// Follows a reference, and of several kinds takes the one that the value's discriminator names; nullptr where it
  /// names none.
  const boost::json::object* resolve(const boost::json::object& schema, std::string_view discriminator) const;
  std::string discriminator_of(const boost::json::object& schema) const;

  std::shared_ptr<const boost::json::object> openapi_;
};

}  // namespace muster::cli
