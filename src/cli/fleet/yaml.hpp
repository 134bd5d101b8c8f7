// YAML as a fleet's files need it: what JSON can say, with the line of everything.
#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/error.hpp"

namespace muster::cli {

using YamlScalar = std::variant<std::nullptr_t, bool, std::int64_t, double, std::string>;

struct YamlMember;

/// One value of a document and where it stands.
struct YamlNode {
  enum class Kind { scalar, sequence, mapping };
  Kind kind = Kind::scalar;
  int line = 0;  ///< from 1
  YamlScalar scalar;
  std::vector<YamlNode> items;
  std::vector<YamlMember> members;  ///< in the order of the file; no name twice

  /// A mapping's member; nullptr where it has none of this name.
  const YamlNode* find(std::string_view name) const;
  /// nullptr where it is no text.
  const std::string* text() const { return kind == Kind::scalar ? std::get_if<std::string>(&scalar) : nullptr; }
  bool is_null() const { return kind == Kind::scalar && std::holds_alternative<std::nullptr_t>(scalar); }
};

struct YamlMember {
  std::string name;
  YamlNode value;
};

inline constexpr std::size_t yaml_size_max = 8U * 1024 * 1024;
inline constexpr std::size_t yaml_depth_max = 32;
inline constexpr std::size_t yaml_nodes_max = 200'000;
inline constexpr std::size_t yaml_documents_max = 64;

/// The documents of a text, YAML 1.2 or JSON. Scalars mean what the core schema says (YAML 1.2.2 section 10.3): `yes`
/// is a text. Anchors, aliases and tags are refused, and so are a name that stands twice in a mapping, a name that is
/// no scalar, and whatever is larger than the limits above. invalid_argument; the detail begins with "line N: ".
base::Result<std::vector<YamlNode>> parse_yaml(std::string_view text);

boost::json::value to_json(const YamlNode& node);

}  // namespace muster::cli
