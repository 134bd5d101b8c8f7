// What a command prints: for people tables and indented text, for scripts JSON.
#pragma once

#include <boost/json/fwd.hpp>
#include <ostream>
#include <span>
#include <string>
#include <string_view>

namespace muster::cli {

/// One line: control characters, which a device may have put into a name or a payload, would reach the terminal.
std::string printable(std::string_view text);

/// As people write it, and nothing lost: "-33.9", "52.0".
std::string number_text(double number);

/// A table's column: its title, and where its value stands in an item ("registration.status").
struct Column {
  std::string_view title;
  std::string_view member;
};

/// Prints to a stream that must outlive it.
class Output {
 public:
  Output(std::ostream& stream, bool json) : stream_(stream), json_(json) {}

  /// For people one line an item, in aligned columns; for scripts one JSON array.
  void items(const boost::json::array& items, std::span<const Column> columns);
  /// For people one line a member; for scripts one JSON object.
  void object(const boost::json::object& object);
  /// A sentence for people; nothing for scripts.
  void sentence(std::string_view text);
  /// What is laid out already, as it is.
  void text(std::string_view text) { stream_ << text; }
  bool is_json() const { return json_; }

 private:
  std::ostream& stream_;
  bool json_;
};

}  // namespace muster::cli
