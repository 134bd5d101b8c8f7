#include "cli/fleet/description.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <numeric>
#include <optional>
#include <vector>

#include "cli/failure.hpp"
#include "cli/output.hpp"

namespace muster::cli {

namespace json = boost::json;

namespace {

using Kind = YamlNode::Kind;

constexpr std::string_view reference_prefix = "#/components/schemas/";
constexpr std::size_t name_size_max = 64;

std::string_view text_of(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  const json::string* text = value == nullptr ? nullptr : value->if_string();
  return text == nullptr ? std::string_view() : std::string_view(text->data(), text->size());
}

const json::object* object_of(const json::object* object, std::string_view name) {
  const json::value* value = object == nullptr ? nullptr : object->if_contains(name);
  return value == nullptr ? nullptr : value->if_object();
}

bool flag_of(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_bool() && value->get_bool();
}

/// How many letters lie between two names (Levenshtein's distance).
std::size_t distance(std::string_view one, std::string_view other) {
  std::vector<std::size_t> row(other.size() + 1);
  std::iota(row.begin(), row.end(), 0U);
  for (std::size_t i = 0; i < one.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < other.size(); ++j) {
      const std::size_t changed = diagonal + (one[i] == other[j] ? 0U : 1U);
      diagonal = row[j + 1];
      row[j + 1] = std::min({changed, row[j + 1] + 1, row[j] + 1});
    }
  }
  return row.back();
}

/// "; is it 'enabled'?", or what there is where nothing comes near.
std::string hint(std::string_view name, const json::object& properties) {
  std::string_view nearest;
  // A name that long is misspelt in more than a few letters.
  std::size_t nearest_distance = name.size() > name_size_max ? 0 : name.size() / 2 + 1;
  std::string all;
  for (const auto& property : properties) {
    const std::string_view known(property.key().data(), property.key().size());
    if (const auto* schema = property.value().if_object(); schema != nullptr && flag_of(*schema, "readOnly")) continue;
    all += (all.empty() ? "" : ", ") + std::string(known);
    if (nearest_distance == 0) continue;
    // A name that was cut short is nearer than its length tells.
    if (const std::size_t found = known.starts_with(name) ? 1 : distance(name, known); found < nearest_distance) {
      nearest = known;
      nearest_distance = found;
    }
  }
  return nearest.empty() ? "; there are " + all : "; is it '" + std::string(nearest) + "'?";
}

/// What a scalar is, and whether that is what is asked for.
bool has_type(const YamlNode& node, std::string_view type) {
  if (type == "object") return node.kind == Kind::mapping;
  if (type == "array") return node.kind == Kind::sequence;
  if (node.kind != Kind::scalar) return false;
  const bool is_integer = std::holds_alternative<std::int64_t>(node.scalar);
  if (type == "string") return node.text() != nullptr;
  if (type == "boolean") return std::holds_alternative<bool>(node.scalar);
  if (type == "integer") return is_integer;
  if (type == "number") return is_integer || std::holds_alternative<double>(node.scalar);
  return true;
}

std::string asked_for(std::string_view type, const YamlNode& node) {
  if (type == "string" && node.kind == Kind::scalar) return "is not a text: put it into quotation marks";
  if (type == "boolean") return "is neither true nor false";
  if (type == "integer") return "is not a whole number";
  if (type == "array") return "is not a list";
  if (type == "object") return "is not a mapping of names to values";
  return "is not a " + std::string(type);
}

std::optional<std::int64_t> limit_of(const json::object& schema, std::string_view name) {
  const json::value* value = schema.if_contains(name);
  return value != nullptr && value->is_int64() ? std::optional(value->get_int64()) : std::nullopt;
}

/// What is wrong with a value of the right type; empty: nothing.
std::string complaint_of(const YamlNode& node, const json::object& schema) {
  if (const json::value* choices = schema.if_contains("enum"); choices != nullptr && choices->is_array()) {
    const json::array& list = choices->get_array();
    if (std::ranges::find(list, to_json(node)) == list.end()) {
      std::string all;
      for (const json::value& choice : list)
        if (choice.is_string()) all += (all.empty() ? "" : ", ") + std::string(choice.get_string());
      return "is none of " + all;
    }
  }
  if (const auto* number = std::get_if<std::int64_t>(&node.scalar)) {
    const auto min = limit_of(schema, "minimum");
    const auto max = limit_of(schema, "maximum");
    if ((min && *number < *min) || (max && *number > *max))
      return "is not from " + (min ? std::to_string(*min) : "any") + " to " + (max ? std::to_string(*max) : "any");
  }
  if (const auto max = limit_of(schema, "maxLength");
      max && node.text() != nullptr && node.text()->size() > static_cast<std::size_t>(*max))
    return "is longer than " + std::to_string(*max) + " octets";
  if (const auto max = limit_of(schema, "maxItems"); max && node.items.size() > static_cast<std::size_t>(*max))
    return "has more than " + std::to_string(*max) + " items";
  return {};
}

/// What a member is where nobody says it; nothing where the description does not tell.
std::optional<json::value> default_of(const json::object& schema) {
  if (const json::value* given = schema.if_contains("default")) return *given;
  if (flag_of(schema, "nullable")) return json::value(nullptr);
  if (text_of(schema, "type") == "array") return json::value(json::array());
  return std::nullopt;
}

}  // namespace

Description::Description(const json::object& openapi) : openapi_(std::make_shared<const json::object>(openapi)) {}

const json::object* Description::schema_of(std::string_view path) const {
  const json::object* paths = object_of(openapi_.get(), "paths");
  const json::object* call = object_of(object_of(paths, "/muster/v1/" + std::string(path) + "/{id}"), "put");
  const json::object* content = object_of(object_of(call, "requestBody"), "content");
  const json::object* schema = object_of(object_of(content, "application/json"), "schema");
  return schema == nullptr ? nullptr : resolve(*schema, {});
}

const json::object* Description::resolve(const json::object& schema, std::string_view discriminator) const {
  const json::object* found = &schema;
  std::string_view reference = text_of(*found, "$ref");
  // A description refers a few times at most; one that refers in a circle is no description.
  for (int step = 0; step < 8 && found != nullptr; ++step) {
    if (reference.empty()) {
      const json::object* mapping = object_of(object_of(found, "discriminator"), "mapping");
      if (mapping == nullptr || discriminator.empty()) return found;
      reference = text_of(*mapping, discriminator);
      if (reference.empty()) return nullptr;
    }
    if (!reference.starts_with(reference_prefix)) return nullptr;
    reference.remove_prefix(reference_prefix.size());
    found = object_of(object_of(object_of(openapi_.get(), "components"), "schemas"), reference);
    reference = found == nullptr ? std::string_view() : text_of(*found, "$ref");
  }
  return found;
}

std::string Description::discriminator_of(const json::object& schema) const {
  const json::object* resolved = resolve(schema, {});
  const json::object* discriminator = object_of(resolved, "discriminator");
  return discriminator == nullptr ? std::string() : std::string(text_of(*discriminator, "propertyName"));
}

void Description::check(const YamlNode& node, const json::object& schema, const std::string& file,
                        const std::string& where) const {
  const auto refuse = [&](int line, const std::string& reason) {
    throw Failure(ExitCode::input, file + ":" + std::to_string(line) + ": " + printable(where + reason));
  };
  std::string kind;
  if (const std::string by = discriminator_of(schema); !by.empty()) {
    const YamlNode* named = node.find(by);
    if (named == nullptr || named->text() == nullptr) refuse(node.line, ": '" + by + "' is missing");
    kind = *named->text();
    if (resolve(schema, kind) == nullptr) refuse(named->line, ": there is no " + by + " '" + kind + "'");
  }
  const json::object* found = resolve(schema, kind);
  if (found == nullptr) return;
  if (node.is_null() && flag_of(*found, "nullable")) return;
  const std::string_view type = text_of(*found, "type");
  if (!type.empty() && !has_type(node, type)) refuse(node.line, " " + asked_for(type, node));
  if (const std::string complaint = complaint_of(node, *found); !complaint.empty()) refuse(node.line, " " + complaint);

  if (const json::object* item = object_of(found, "items"))
    for (const YamlNode& element : node.items) check(element, *item, file, where);
  const json::object* properties = object_of(found, "properties");
  if (properties == nullptr || node.kind != Kind::mapping) return;
  for (const auto& [name, member] : node.members) {
    const json::object* property = object_of(properties, name);
    if (property == nullptr)
      refuse(member.line, ": '" + name.substr(0, name_size_max) + "' is not known" + hint(name, *properties));
    // An answer of the service may be pasted as it is; null says the same as nothing.
    if (flag_of(*property, "readOnly") || member.is_null()) continue;
    check(member, *property, file, where + ": " + name);
  }
  if (const json::value* required = found->if_contains("required"); required != nullptr && required->is_array())
    for (const json::value& name : required->get_array())
      if (name.is_string() && node.find(name.get_string().c_str()) == nullptr)
        refuse(node.line, ": '" + std::string(name.get_string().c_str()) + "' is missing");
}

json::value Description::with_defaults(const json::value& value, const json::object& schema) const {
  std::string kind;
  if (const json::object* object = value.if_object())
    if (const std::string by = discriminator_of(schema); !by.empty()) kind = text_of(*object, by);
  const json::object* found = resolve(schema, kind);
  // 52 and 52.0 are one number, but two JSON values.
  if (found != nullptr && text_of(*found, "type") == "number" && value.is_int64())
    return static_cast<double>(value.get_int64());
  const json::object* properties = object_of(found, "properties");
  if (properties == nullptr || (!value.is_object() && !value.is_null())) return value;
  if (value.is_null() && flag_of(*found, "nullable")) return value;

  const json::object none;
  const json::object& given = value.is_object() ? value.get_object() : none;
  json::object complete;
  for (const auto& property : *properties) {
    const json::object* member = property.value().if_object();
    if (member == nullptr || flag_of(*member, "readOnly")) continue;
    const json::value* own = given.if_contains(property.key());
    if (own != nullptr && !own->is_null()) {
      complete[property.key()] = with_defaults(*own, *member);
    } else if (auto otherwise = default_of(*member)) {
      complete[property.key()] = *std::move(otherwise);
    } else if (object_of(member, "properties") != nullptr) {
      complete[property.key()] = with_defaults(nullptr, *member);
    }
  }
  return complete;
}

}  // namespace muster::cli
