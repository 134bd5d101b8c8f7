// Reading members of a JSON object that Azure's clients send: a member that is null counts as absent, one that is not
// known is passed over, and a refusal names the member by its path.
#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace muster::dialect::azure {

/// One object and what its members are called in refusals: "properties.iotHubs[0]"; empty for the body itself. The
/// object must outlive it.
class JsonMembers {
 public:
  explicit JsonMembers(const boost::json::object& object, std::string path = {})
      : object_(object), path_(std::move(path)) {}

  /// nullptr where absent.
  const boost::json::value* find(std::string_view name) const;
  /// All of these refuse another type, and what is larger than allowed, with invalid_argument.
  base::Result<std::optional<std::string>> text(std::string_view name, std::size_t size_max) const;
  base::Result<std::optional<bool>> flag(std::string_view name) const;
  base::Result<std::optional<std::int64_t>> integer(std::string_view name) const;
  base::Result<const boost::json::object*> object(std::string_view name) const;
  base::Result<const boost::json::array*> array(std::string_view name, std::size_t size_max) const;

  /// "properties.iotHubs[0].location"
  std::string path_of(std::string_view name) const;
  /// invalid_argument: the member's path and the reason.
  base::Error refuse(std::string_view name, const std::string& reason) const;

 private:
  const boost::json::object& object_;
  std::string path_;
};

}  // namespace muster::dialect::azure
