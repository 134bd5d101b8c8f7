#include "cli/fleet/yaml.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <charconv>
#include <cmath>
#include <optional>
#include <set>
#include <sstream>

namespace muster::cli {

namespace json = boost::json;
using base::Errc;
using base::Error;
using base::Result;

namespace {

/// Leaves the library's parser, which only an exception does.
struct Refusal {
  int line;
  std::string reason;
};

Error error_at(int line, const std::string& reason) {
  return {Errc::invalid_argument, "line " + std::to_string(line) + ": " + reason};
}

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::ranges::find(words, text) != words.end();
}

/// Digits after a sign, or behind 0x and 0o, which take none.
std::optional<std::int64_t> integer_of(std::string_view text) {
  int base = 10;
  if (text.starts_with("0x") || text.starts_with("0o")) {
    base = text[1] == 'x' ? 16 : 8;
    text.remove_prefix(2);
    if (text.starts_with('-')) return std::nullopt;
  } else if (text.starts_with('+')) {
    text.remove_prefix(1);
    if (text.starts_with('-')) return std::nullopt;
  }
  std::int64_t number = 0;
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (wrong != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<double> number_of(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  // The library's reader also takes "inf" and "nan", which JSON has no words for.
  if (text.empty() || text.find_first_not_of("0123456789+-.eE") != std::string_view::npos ||
      text.find_first_of("0123456789") == std::string_view::npos)
    return std::nullopt;
  double number = 0;
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (wrong != std::errc() || end != text.data() + text.size() || !std::isfinite(number)) return std::nullopt;
  return number;
}

/// A plain scalar by the core schema.
YamlScalar value_of(const std::string& text) {
  if (is_one_of(text, {"", "~", "null", "Null", "NULL"})) return nullptr;
  if (is_one_of(text, {"true", "True", "TRUE"})) return true;
  if (is_one_of(text, {"false", "False", "FALSE"})) return false;
  if (const auto integer = integer_of(text)) return *integer;
  if (const auto number = number_of(text)) return *number;
  return text;
}

/// Builds nodes from the parser's events, and refuses before anything grows.
class Builder final : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark& mark) override {
    if (documents_.size() >= yaml_documents_max)
      throw Refusal{line_of(mark), "more than " + std::to_string(yaml_documents_max) + " documents"};
    root_.reset();
  }
  void OnDocumentEnd() override {
    if (root_) documents_.push_back(*std::move(root_));
    root_.reset();
  }
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { add_scalar(mark, "?", anchor, {}); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override {
    throw Refusal{line_of(mark), "aliases (*name) are not taken"};
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    add_scalar(mark, tag, anchor, value);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    open(mark, tag, anchor, YamlNode::Kind::sequence);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    open(mark, tag, anchor, YamlNode::Kind::mapping);
  }
  void OnMapEnd() override { close(); }

  std::vector<YamlNode> take() { return std::move(documents_); }

 private:
  /// A sequence or a mapping that is not closed yet.
  struct Open {
    YamlNode node;
    std::optional<std::string> name;  ///< of a mapping's member whose value comes next
    std::set<std::string, std::less<>> names;
  };

  static int line_of(const YAML::Mark& mark) { return mark.line + 1; }

  void check(const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor != 0) throw Refusal{line_of(mark), "anchors (&name) are not taken"};
    if (++nodes_ > yaml_nodes_max)
      throw Refusal{line_of(mark), "more than " + std::to_string(yaml_nodes_max) + " values"};
  }

  void add_scalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, const std::string& text) {
    check(mark, anchor);
    // "?" is a plain scalar, "!" a quoted one.
    if (!is_one_of(tag, {"?", "!", ""})) throw Refusal{line_of(mark), "tags (!name) are not taken"};
    if (is_name_next()) {
      Open& mapping = open_.back();
      if (!mapping.names.insert(text).second)
        throw Refusal{line_of(mark), "'" + text.substr(0, 64) + "' stands twice in one mapping"};
      mapping.name = text;
      return;
    }
    YamlNode node;
    node.line = line_of(mark);
    node.scalar = tag == "?" ? value_of(text) : YamlScalar(text);
    place(std::move(node));
  }

  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YamlNode::Kind kind) {
    check(mark, anchor);
    if (!is_one_of(tag, {"?", "!", ""})) throw Refusal{line_of(mark), "tags (!name) are not taken"};
    if (is_name_next()) throw Refusal{line_of(mark), "a member's name must be a text"};
    if (open_.size() >= yaml_depth_max)
      throw Refusal{line_of(mark), "nested deeper than " + std::to_string(yaml_depth_max) + " levels"};
    Open opened;
    opened.node.kind = kind;
    opened.node.line = line_of(mark);
    open_.push_back(std::move(opened));
  }

  void close() {
    YamlNode node = std::move(open_.back().node);
    open_.pop_back();
    place(std::move(node));
  }

  bool is_name_next() const {
    return !open_.empty() && open_.back().node.kind == YamlNode::Kind::mapping && !open_.back().name;
  }

  void place(YamlNode node) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Open& into = open_.back();
    if (into.node.kind == YamlNode::Kind::sequence) {
      into.node.items.push_back(std::move(node));
      return;
    }
    into.node.members.push_back({*std::move(into.name), std::move(node)});
    into.name.reset();
  }

  std::vector<YamlNode> documents_;
  std::optional<YamlNode> root_;
  std::vector<Open> open_;
  std::size_t nodes_ = 0;
};

}  // namespace

const YamlNode* YamlNode::find(std::string_view name) const {
  const auto found = std::ranges::find(members, name, &YamlMember::name);
  return found == members.end() ? nullptr : &found->value;
}

Result<std::vector<YamlNode>> parse_yaml(std::string_view text) {
  if (text.size() > yaml_size_max) return error_at(1, "the text is larger than 8 MiB");
  Builder builder;
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const Refusal& refusal) {
    return error_at(refusal.line, refusal.reason);
  } catch (const YAML::Exception& wrong) {
    return error_at(wrong.mark.line + 1, wrong.msg);
  }
  return builder.take();
}

json::value to_json(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::scalar:
      return std::visit([](const auto& scalar) { return json::value(scalar); }, node.scalar);
    case YamlNode::Kind::sequence: {
      json::array array;
      for (const auto& item : node.items) array.push_back(to_json(item));
      return array;
    }
    case YamlNode::Kind::mapping: {
      json::object object;
      for (const auto& [name, member] : node.members) object[name] = to_json(member);
      return object;
    }
  }
  return nullptr;
}

}  // namespace muster::cli
