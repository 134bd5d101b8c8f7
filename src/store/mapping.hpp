// From rows to tables. Each row type is described once, by a Mapping; the SQL that writes it, the values that are
// bound and the way back are made from that description.
//
//     template <>
//     struct Mapping<Hub> {
//       static constexpr std::string_view table = "hub";
//       template <class Fields, class Row>
//       static void each(Fields& fields, Row& row) {
//         fields.key("tenant", row.tenant);       // keys come first
//         fields.column("weight", row.weight);    // `revision` is added by itself
//       }
//     };
#pragma once

#include <array>
#include <forward_list>

#include "store/value.hpp"

namespace muster::store {

/// Specialised in rows_*.hpp.
template <class Row>
struct Mapping;

/// Collects the names of columns.
class NameFields {
 public:
  template <class T>
  void key(std::string_view name, const T&) {
    ++keys_;
    names_.emplace_back(name);
  }
  template <class T>
  void column(std::string_view name, const T&) {
    names_.emplace_back(name);
  }
  template <class T>
  void nullable(std::string_view name, const T*) {
    names_.emplace_back(name);
  }
  void derived_key(std::string_view name, const std::string&) {
    ++keys_;
    names_.emplace_back(name);
  }
  void derived(std::string_view name, const std::string&) { names_.emplace_back(name); }

  const std::vector<std::string>& names() const { return names_; }
  std::size_t keys() const { return keys_; }

 private:
  std::vector<std::string> names_;
  std::size_t keys_ = 0;
};

/// Collects the values of a row, which must outlive it.
class ValueFields {
 public:
  ValueFields() { values_.reserve(32); }

  template <class T>
  void key(std::string_view, const T& member) {
    values_.push_back(to_value(member));
    ++keys_;
  }
  template <class T>
  void column(std::string_view, const T& member) {
    if constexpr (IsList<T>::value) {
      std::vector<Bytes> items;
      for (const auto& item : member) items.push_back(item_octets(item));
      values_.emplace_back(ByteView(lists_.emplace_front(encode_list(items))));
    } else {
      values_.push_back(to_value(member));
    }
  }
  template <class T>
  void nullable(std::string_view name, const T* member) {
    if (member != nullptr)
      column(name, *member);
    else
      values_.emplace_back(nullptr);
  }
  void derived_key(std::string_view, const std::string& text) {
    values_.emplace_back(std::string_view(text));
    ++keys_;
  }
  void derived(std::string_view, const std::string& text) { values_.emplace_back(std::string_view(text)); }

  void add(Value value) { values_.push_back(value); }
  /// Leaves the key alone.
  void keep_keys() { values_.resize(keys_); }
  Values values() const { return values_; }

 private:
  std::vector<Value> values_;
  std::forward_list<Bytes> lists_;  // what some of the values are views of
  std::size_t keys_ = 0;
};

/// Fills a row from a record whose columns stand in the order of its description.
class ReadFields {
 public:
  explicit ReadFields(const Record& record) : record_(record) {}

  template <class T>
  void key(std::string_view name, T& member) {
    column(name, member);
  }
  template <class T>
  void column(std::string_view, T& member) {
    const int index = next_++;
    if constexpr (IsList<T>::value) {
      member.clear();
      for (Bytes& item : decode_list(record_.blob(index))) from_octets(std::move(item), member.emplace_back());
    } else {
      from_column(record_, index, member);
    }
  }
  template <class T>
  void nullable(std::string_view name, T* member) {
    if (member != nullptr)
      column(name, *member);
    else
      ++next_;
  }
  void derived_key(std::string_view, const std::string&) { ++next_; }
  void derived(std::string_view, const std::string&) { ++next_; }

 private:
  const Record& record_;
  int next_ = 0;
};

/// The SQL of one row type. Parameters: $1 … are the columns in their order, then the expected revision; `remove`
/// and `keep` have the keys and the expected revision only.
struct Statements {
  std::string insert;
  std::string update;
  std::string remove;
  std::string keep;  ///< as of `remove`, and `created_at` where there is one; gives a record where the row is that one
  std::string select;  ///< up to and including the table's name
};
Statements make_statements(std::string_view table, const NameFields& fields);

template <class Row>
const Statements& statements_of() {
  static const Statements statements = [] {
    NameFields fields;
    const Row row;
    Mapping<Row>::each(fields, row);
    return make_statements(Mapping<Row>::table, fields);
  }();
  return statements;
}

/// "SELECT … FROM table" and what follows.
template <class Row>
std::string select_from(std::string_view rest) {
  return statements_of<Row>().select + " " + std::string(rest);
}

template <class Row>
Row read_row(const Record& record) {
  Row row;
  ReadFields fields(record);
  Mapping<Row>::each(fields, row);
  fields.column("revision", row.revision);
  return row;
}

template <class Row, class... Arguments>
std::vector<Row> select_all(Database& database, const std::string& sql, const Arguments&... arguments) {
  const std::array<Value, sizeof...(arguments)> values{to_value(arguments)...};
  std::vector<Row> rows;
  const auto take = [&rows](const Record& record) { rows.push_back(read_row<Row>(record)); };
  database.query(sql, values, take);
  return rows;
}

template <class Row, class... Arguments>
std::optional<Row> select_one(Database& database, const std::string& sql, const Arguments&... arguments) {
  const std::array<Value, sizeof...(arguments)> values{to_value(arguments)...};
  std::optional<Row> row;
  const auto take = [&row](const Record& record) { row = read_row<Row>(record); };
  database.query(sql, values, take);
  return row;
}

}  // namespace muster::store
