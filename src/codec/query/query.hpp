// The language in which enrollments and registrations are asked for: a small part of the one that Azure documents.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/error.hpp"

namespace muster::codec {

/// null, true or false, a number, a text.
using Literal = std::variant<std::nullptr_t, bool, double, std::string>;

/// "member = value". The member is a path with dots, spelled as the query spells it.
struct Condition {
  std::string member;
  Literal value;
};

/// All of the conditions must hold. Without any, everything is meant.
struct Query {
  std::string from;  ///< the collection's name as written; empty for "*" and for an empty text
  std::vector<Condition> conditions;
};

inline constexpr std::size_t query_size_max = 4096;
inline constexpr std::size_t query_conditions_max = 16;

/// Reads `SELECT * FROM name [WHERE member = literal [AND member = literal]...]`; "*" and nothing but white space mean
/// everything. Keywords in either case; texts in single or double quotes, a quote inside written twice; at most 16
/// conditions. Errc::invalid_query otherwise; its detail names the position (in octets, from 1) and what was expected.
base::Result<Query> parse_query(std::string_view text);

}  // namespace muster::codec
