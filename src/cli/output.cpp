#include "cli/output.hpp"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <charconv>
#include <vector>

namespace muster::cli {

namespace json = boost::json;

namespace {

constexpr std::string_view nothing = "-";
constexpr std::size_t indentation = 2;

bool is_plain(const json::value& value) { return !value.is_array() && !value.is_object(); }

std::string plain_text(const json::value& value) {
  if (value.is_null()) return std::string(nothing);
  if (const json::string* text = value.if_string()) {
    if (text->starts_with("-----BEGIN CERTIFICATE-----")) return "PEM (--json shows it)";
    return text->empty() ? std::string(nothing) : printable({text->data(), text->size()});
  }
  if (const bool* flag = value.if_bool()) return *flag ? "yes" : "no";
  if (const double* number = value.if_double()) return number_text(*number);
  return printable(json::serialize(value));
}

std::string text_of(const json::value& value) {
  const json::array* array = value.if_array();
  if (array == nullptr || !std::ranges::all_of(*array, is_plain)) return plain_text(value);
  std::string line;
  for (const json::value& item : *array) line += (line.empty() ? "" : ", ") + plain_text(item);
  return line.empty() ? std::string(nothing) : line;
}

/// What stands at "a.b" in an item.
std::string cell(const json::value& item, std::string_view member) {
  const json::value* value = &item;
  while (!member.empty()) {
    const json::object* object = value->if_object();
    const std::size_t dot = std::min(member.find('.'), member.size());
    value = object == nullptr ? nullptr : object->if_contains(member.substr(0, dot));
    if (value == nullptr) return std::string(nothing);
    member.remove_prefix(std::min(dot + 1, member.size()));
  }
  return text_of(*value);
}

/// Characters, as far as UTF-8 tells.
std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80; }));
}

void print_row(std::ostream& stream, const std::vector<std::string>& cells, const std::vector<std::size_t>& widths) {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    line += cells[i];
    if (i + 1 < cells.size()) line.append(widths[i] - width(cells[i]) + 2, ' ');
  }
  stream << line << '\n';
}

void print_object(std::ostream& stream, const json::object& object, std::size_t depth);

void print_array(std::ostream& stream, const json::array& array, std::size_t depth) {
  bool first = true;
  for (const json::value& item : array) {
    if (!first) stream << '\n';
    first = false;
    if (const json::object* object = item.if_object())
      print_object(stream, *object, depth);
    else
      stream << std::string(depth * indentation, ' ') << text_of(item) << '\n';
  }
}

void print_object(std::ostream& stream, const json::object& object, std::size_t depth) {
  std::size_t widest = 0;
  for (const auto& member : object) widest = std::max(widest, member.key().size());
  for (const auto& member : object) {
    const json::value& value = member.value();
    std::string name(member.key().data(), member.key().size());
    std::ranges::replace(name, '_', ' ');
    stream << std::string(depth * indentation, ' ') << name;
    const json::array* array = value.if_array();
    const bool is_list = array != nullptr && !std::ranges::all_of(*array, is_plain);
    if (is_list || (value.is_object() && !value.get_object().empty())) {
      stream << '\n';
      if (is_list)
        print_array(stream, *array, depth + 1);
      else
        print_object(stream, value.get_object(), depth + 1);
    } else {
      stream << std::string(widest - name.size() + 2, ' ') << text_of(value) << '\n';
    }
  }
}

}  // namespace

std::string printable(std::string_view text) {
  const std::size_t end = text.find_first_of("\r\n");
  std::string line(text.substr(0, end));
  std::ranges::replace_if(
      line, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, '?');
  if (end != std::string_view::npos && end + 1 < text.size()) line += " …";
  return line;
}

std::string number_text(double number) {
  std::array<char, 32> shortest{};  // no double takes more (std::to_chars)
  const auto [end, fault] = std::to_chars(shortest.data(), shortest.data() + shortest.size(), number);
  std::string text(shortest.data(), end);
  // Without a point it would read as an integer.
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

void Output::items(const json::array& items, std::span<const Column> columns) {
  if (json_) {
    stream_ << json::serialize(items) << '\n';
    return;
  }
  std::vector<std::vector<std::string>> rows(1);
  for (const Column& column : columns) rows.front().emplace_back(column.title);
  for (const json::value& item : items) {
    auto& row = rows.emplace_back();
    for (const Column& column : columns) row.push_back(cell(item, column.member));
  }
  std::vector<std::size_t> widths(columns.size());
  for (const auto& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width(row[i]));
  for (const auto& row : rows) print_row(stream_, row, widths);
}

void Output::object(const json::object& object) {
  if (json_)
    stream_ << json::serialize(object) << '\n';
  else
    print_object(stream_, object, 0);
}

void Output::sentence(std::string_view text) {
  if (!json_) stream_ << text << '\n';
}

}  // namespace muster::cli
