#include "cli/fleet/yaml_writer.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "cli/output.hpp"

namespace muster::cli {

namespace json = boost::json;

namespace {

constexpr std::size_t indentation = 2;
/// YAML 1.2 section 7.4.2 gives a name on one line with its colon at most 1024 characters.
constexpr std::size_t short_name_max = 1000;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Words that some version of YAML takes for something else than text.
bool is_reserved(std::string_view text) {
  constexpr std::string_view words[] = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"};
  std::string folded(text);
  std::ranges::transform(folded, folded.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
  return std::ranges::find(words, folded) != std::end(words);
}

/// Whether a text needs no quotation marks: it begins with a letter and holds nothing that has a meaning in YAML.
bool is_plain(std::string_view text) {
  if (text.empty() || !is_letter(text.front()) || is_reserved(text)) return false;
  return std::ranges::all_of(
      text, [](char c) { return is_letter(c) || is_digit(c) || c == '-' || c == '_' || c == '.' || c == '/'; });
}

/// Whether a literal block says the text as it is: lines that end in one line feed, without anything that a reader
/// would strip or refuse.
bool is_block(std::string_view text) {
  if (text.find('\n') + 1 >= text.size() || !text.ends_with('\n') || text.ends_with("\n\n")) return false;
  if (text.front() == ' ' || text.front() == '\n') return false;
  return std::ranges::all_of(text, [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); });
}

std::string scalar(const json::value& value) {
  if (const double* number = value.if_double()) return number_text(*number);
  const json::string* text = value.if_string();
  if (text == nullptr) return json::serialize(value);
  const std::string_view plain(text->data(), text->size());
  return is_plain(plain) ? std::string(plain) : json::serialize(value);
}

std::string spaces(std::size_t depth) { return std::string(depth * indentation, ' '); }

void write(const json::value& value, std::size_t depth, std::string& out);

void write_object(const json::object& object, std::size_t depth, std::string& out) {
  for (const auto& member : object) {
    const std::string name = scalar(json::value(member.key()));
    if (name.size() > short_name_max)
      out += spaces(depth) + "? " + name + "\n" + spaces(depth) + ":";
    else
      out += spaces(depth) + name + ":";
    write(member.value(), depth + 1, out);
  }
}

/// Items stand as deep as the dash of their sequence says; an object's first member stands behind the dash.
void write_array(const json::array& array, std::size_t depth, std::string& out) {
  for (const json::value& item : array) {
    out += spaces(depth) + "-";
    const json::object* object = item.if_object();
    if (object == nullptr || object->empty()) {
      write(item, depth + 1, out);
      continue;
    }
    std::string members;
    write_object(*object, depth + 1, members);
    members.erase(0, (depth + 1) * indentation - 1);
    out += members;
  }
}

/// What stands behind a name or a dash.
void write(const json::value& value, std::size_t depth, std::string& out) {
  if (const json::object* object = value.if_object(); object != nullptr && !object->empty()) {
    out += "\n";
    write_object(*object, depth, out);
  } else if (const json::array* array = value.if_array(); array != nullptr && !array->empty()) {
    out += "\n";
    write_array(*array, depth, out);
  } else if (const json::string* text = value.if_string(); text != nullptr && is_block({text->data(), text->size()})) {
    out += " |\n";
    std::string_view rest(text->data(), text->size());
    while (!rest.empty()) {
      const std::string_view line = rest.substr(0, rest.find('\n'));
      if (!line.empty()) out += spaces(depth) + std::string(line);
      out += "\n";
      rest.remove_prefix(line.size() + 1);
    }
  } else {
    out += " " + scalar(value) + "\n";
  }
}

}  // namespace

std::string to_yaml(const json::object& object) {
  if (object.empty()) return "{}\n";
  std::string out;
  write_object(object, 0, out);
  return out;
}

}  // namespace muster::cli
