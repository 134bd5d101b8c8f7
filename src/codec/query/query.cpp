#include "codec/query/query.hpp"

#include <charconv>
#include <cmath>
#include <optional>

#include "base/bytes.hpp"

namespace muster::codec {
namespace {

using base::Errc;
using base::Error;
using base::Result;

bool is_space(char character) {
  return character == ' ' || character == '\t' || character == '\n' || character == '\r';
}

bool starts_word(char character) {
  return (character >= 'A' && character <= 'Z') || (character >= 'a' && character <= 'z') || character == '_' ||
         character == '$';
}

bool continues_word(char character) {
  return starts_word(character) || (character >= '0' && character <= '9') || character == '-';
}

bool continues_number(char character) {
  return (character >= '0' && character <= '9') || character == '.' || character == '-' || character == '+' ||
         character == 'e' || character == 'E';
}

/// Reads the text from its beginning to its end. Each function first skips white space; what returns an optional has
/// read nothing where it returns nothing.
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Result<Query> query();

 private:
  Result<Condition> condition();
  Result<Literal> literal();
  std::optional<Literal> number();
  Result<std::string> quoted(char quote);
  /// One or more words with dots between them.
  std::optional<std::string> path();
  std::optional<std::string_view> word();
  bool keyword(std::string_view expected);
  bool character(char expected);
  bool at_end();
  void skip_space();
  Error expected(std::string_view what) const;

  std::string_view text_;
  std::size_t position_ = 0;
};

Result<Query> Parser::query() {
  Query query;
  if (at_end()) return query;
  if (character('*')) return at_end() ? Result<Query>(query) : Result<Query>(expected("nothing after \"*\""));

  if (!keyword("select")) return expected("SELECT");
  if (!character('*')) return expected("\"*\"");
  if (!keyword("from")) return expected("FROM");
  const auto from = path();
  if (!from) return expected("the name of a collection");
  query.from = *from;
  if (at_end()) return query;

  if (!keyword("where")) return expected("WHERE or the end");
  do {
    if (query.conditions.size() == query_conditions_max)
      return expected("at most " + std::to_string(query_conditions_max) + " conditions");
    auto next = condition();
    if (!next) return next.error();
    query.conditions.push_back(std::move(*next));
  } while (keyword("and"));
  if (!at_end()) return expected("AND or the end");
  return query;
}

Result<Condition> Parser::condition() {
  auto member = path();
  if (!member) return expected("the name of a member");
  if (!character('=')) return expected("\"=\"");
  auto value = literal();
  if (!value) return value.error();
  return Condition{.member = std::move(*member), .value = std::move(*value)};
}

Result<Literal> Parser::literal() {
  for (const char quote : {'\'', '"'}) {
    if (!character(quote)) continue;
    auto text = quoted(quote);
    if (!text) return text.error();
    return Literal(std::move(*text));
  }
  if (keyword("true")) return Literal(true);
  if (keyword("false")) return Literal(false);
  if (keyword("null")) return Literal(nullptr);
  auto value = number();
  if (!value) return expected("a text in quotes, a number, true, false or null");
  return *value;
}

std::optional<Literal> Parser::number() {
  skip_space();
  std::size_t end = position_;
  while (end < text_.size() && continues_number(text_[end])) ++end;
  const std::string_view digits = text_.substr(position_, end - position_);
  double value = 0;
  const auto [rest, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  const bool whole = rest == digits.data() + digits.size() && (end == text_.size() || !continues_word(text_[end]));
  if (digits.empty() || error != std::errc() || !whole || !std::isfinite(value)) return std::nullopt;
  position_ = end;
  return value;
}

Result<std::string> Parser::quoted(char quote) {
  std::string content;
  for (; position_ < text_.size(); ++position_) {
    if (text_[position_] == quote) {
      ++position_;
      const bool written_twice = position_ < text_.size() && text_[position_] == quote;
      if (!written_twice) return content;
    }
    content.push_back(text_[position_]);
  }
  return expected("the closing quote");
}

std::optional<std::string> Parser::path() {
  const auto first = word();
  if (!first) return std::nullopt;
  std::string joined(*first);
  while (position_ < text_.size() && text_[position_] == '.') {
    const std::size_t dot = position_++;
    const auto next = position_ < text_.size() && starts_word(text_[position_]) ? word() : std::nullopt;
    if (!next) {
      position_ = dot;
      break;
    }
    joined.append(".").append(*next);
  }
  return joined;
}

std::optional<std::string_view> Parser::word() {
  skip_space();
  std::size_t end = position_;
  if (end == text_.size() || !starts_word(text_[end])) return std::nullopt;
  while (end < text_.size() && continues_word(text_[end])) ++end;
  const std::string_view found = text_.substr(position_, end - position_);
  position_ = end;
  return found;
}

bool Parser::keyword(std::string_view expected) {
  skip_space();
  const std::size_t before = position_;
  const auto found = word();
  if (found && base::equal_ignoring_case(*found, expected)) return true;
  position_ = before;
  return false;
}

bool Parser::character(char expected) {
  skip_space();
  if (position_ == text_.size() || text_[position_] != expected) return false;
  ++position_;
  return true;
}

bool Parser::at_end() {
  skip_space();
  return position_ == text_.size();
}

void Parser::skip_space() {
  while (position_ < text_.size() && is_space(text_[position_])) ++position_;
}

Error Parser::expected(std::string_view what) const {
  return Error(Errc::invalid_query,
               "at position " + std::to_string(position_ + 1) + " is expected: " + std::string(what));
}

}  // namespace

Result<Query> parse_query(std::string_view text) {
  if (text.size() > query_size_max)
    return Error(Errc::invalid_query, "the query is longer than " + std::to_string(query_size_max) + " octets");
  return Parser(text).query();
}

}  // namespace muster::codec
