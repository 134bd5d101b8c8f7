// Reading a JSON object's members with their types and limits.
#pragma once

#include <boost/json/fwd.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/secret.hpp"

namespace muster::dialect::admin {

/// Reads the members of one object that must outlive it. A member that is null counts as absent. The first member
/// that is not as it should be is kept, what was read of it is empty, and `finish` reports it: so a reader reads
/// straight through and asks once.
class Fields {
 public:
  /// `where` is put before the names in refusals: "" or "attestation.".
  explicit Fields(const boost::json::object& object, std::string where = {});

  bool has(std::string_view name);
  std::string text(std::string_view name, std::size_t size_max);
  bool flag(std::string_view name, bool otherwise);
  int integer(std::string_view name, int otherwise, int min, int max);
  /// Nothing where absent.
  std::optional<double> number(std::string_view name, double min, double max);
  /// Strings, each of `size_max` octets at most.
  std::vector<std::string> texts(std::string_view name, std::size_t count_max, std::size_t size_max);
  /// Base64, white space ignored.
  base::Bytes base64(std::string_view name, std::size_t size_max);
  /// RFC 3339.
  std::optional<base::TimePoint> time(std::string_view name);
  /// nullptr where absent.
  const boost::json::object* object(std::string_view name);
  /// Objects in an array; empty where absent.
  std::vector<const boost::json::object*> objects(std::string_view name, std::size_t count_max);
  /// Any object, as JSON text; empty where absent.
  std::string object_text(std::string_view name);

  /// A member that answers have and requests may send back.
  void read_only(std::string_view name);
  /// Says what is wrong with a member that has the right type.
  void refuse(std::string_view name, std::string reason);

  /// invalid_argument with the name and the reason; also where a member is left that nobody asked for, because it is
  /// more likely misspelt than superfluous.
  base::Status finish() const;

 private:
  const boost::json::value* find(std::string_view name);

  const boost::json::object& object_;
  std::string where_;
  std::set<std::string, std::less<>> known_;
  std::optional<std::string> wrong_;
};

}  // namespace muster::dialect::admin
