#include "store/mapping.hpp"

#include <algorithm>

namespace muster::store {
namespace {

std::string parameter(std::size_t index) { return "$" + std::to_string(index + 1); }

std::string where_key_and_revision(const NameFields& fields, std::size_t revision_parameter) {
  std::string where = " WHERE ";
  for (std::size_t i = 0; i < fields.keys(); ++i) where += fields.names()[i] + " = " + parameter(i) + " AND ";
  return where + "revision = " + parameter(revision_parameter);
}

}  // namespace

Statements make_statements(std::string_view table, const NameFields& fields) {
  const std::string name(table);
  const std::vector<std::string>& columns = fields.names();
  std::string list;
  std::string parameters;
  std::string assignments;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    list += columns[i] + ", ";
    parameters += parameter(i) + ", ";
    if (i >= fields.keys()) assignments += columns[i] + " = " + parameter(i) + ", ";
  }
  // A row that was removed and made again begins at revision 1, too.
  const std::string made_at = std::ranges::count(columns, "created_at") == 0
                                  ? std::string()
                                  : " AND created_at = " + parameter(fields.keys() + 1);
  return {
      .insert = "INSERT INTO " + name + " (" + list + "revision) VALUES (" + parameters + "1) ON CONFLICT DO NOTHING",
      .update = "UPDATE " + name + " SET " + assignments + "revision = revision + 1" +
                where_key_and_revision(fields, columns.size()),
      .remove = "DELETE FROM " + name + where_key_and_revision(fields, fields.keys()),
      .keep = "SELECT revision FROM " + name + where_key_and_revision(fields, fields.keys()) + made_at,
      .select = "SELECT " + list + "revision FROM " + name};
}

}  // namespace muster::store
