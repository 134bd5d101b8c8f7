#include "codec/query/query.hpp"

#include <gtest/gtest.h>

namespace muster::codec {
namespace {

using base::Errc;

Literal literal_of(const std::string& text) {
  const auto query = parse_query("SELECT * FROM enrollments WHERE a = " + text);
  if (!query) throw std::runtime_error(query.error().detail());
  return query->conditions.at(0).value;
}

TEST(Query, MeansEverythingWithoutConditions) {
  for (const char* text : {"", "  \n", "*", " * ", "SELECT * FROM enrollments", "select*from enrollments"}) {
    const auto query = parse_query(text);
    ASSERT_TRUE(query) << text << ": " << query.error().detail();
    EXPECT_TRUE(query->conditions.empty()) << text;
  }
  EXPECT_EQ(parse_query("SELECT * FROM enrollmentGroups")->from, "enrollmentGroups");
  EXPECT_EQ(parse_query("*")->from, "");
}

TEST(Query, ReadsConditions) {
  const auto query =
      parse_query("select * From enrollments WHERE attestation.type='tpm' and provisioningStatus = \"enabled\"");
  ASSERT_TRUE(query) << query.error().detail();
  ASSERT_EQ(query->conditions.size(), 2U);
  EXPECT_EQ(query->conditions[0].member, "attestation.type");
  EXPECT_EQ(query->conditions[0].value, Literal("tpm"));
  EXPECT_EQ(query->conditions[1].member, "provisioningStatus");
  EXPECT_EQ(query->conditions[1].value, Literal("enabled"));
}

TEST(Query, ReadsEveryKindOfLiteral) {
  EXPECT_EQ(literal_of("'it''s'"), Literal("it's"));
  EXPECT_EQ(literal_of("\"say \"\"x\"\" it's\""), Literal("say \"x\" it's"));
  EXPECT_EQ(literal_of("''"), Literal(""));
  EXPECT_EQ(literal_of("TRUE"), Literal(true));
  EXPECT_EQ(literal_of("false"), Literal(false));
  EXPECT_EQ(literal_of("null"), Literal(nullptr));
  EXPECT_EQ(literal_of("-12.5e1"), Literal(-125.0));
  EXPECT_EQ(literal_of("0"), Literal(0.0));
}

TEST(Query, NamesPositionAndWhatItExpected) {
  const std::pair<const char*, const char*> cases[] = {
      {"DELETE", "at position 1 is expected: SELECT"},
      {"SELECT a FROM b", "at position 8 is expected: \"*\""},
      {"SELECT * enrollments", "at position 10 is expected: FROM"},
      {"SELECT * FROM", "at position 14 is expected: the name of a collection"},
      {"SELECT * FROM a ORDER", "at position 17 is expected: WHERE or the end"},
      {"SELECT * FROM a WHERE", "at position 22 is expected: the name of a member"},
      {"SELECT * FROM a WHERE b", "at position 24 is expected: \"=\""},
      {"SELECT * FROM a WHERE b > 1", "at position 25 is expected: \"=\""},
      {"SELECT * FROM a WHERE b = c", "at position 27 is expected: a text in quotes, a number, true, false or null"},
      {"SELECT * FROM a WHERE b = 'c", "at position 29 is expected: the closing quote"},
      {"SELECT * FROM a WHERE b = 1 OR c = 2", "at position 29 is expected: AND or the end"},
      {"SELECT * FROM a WHERE b = 1 AND", "at position 32 is expected: the name of a member"},
      {"* x", "at position 3 is expected: nothing after \"*\""},
  };
  for (const auto& [text, detail] : cases) {
    const auto query = parse_query(text);
    ASSERT_FALSE(query) << text;
    EXPECT_EQ(query.error().code(), Errc::invalid_query);
    EXPECT_EQ(query.error().detail(), detail) << text;
  }
}

TEST(Query, RefusesWhatOnlyLooksRight) {
  for (const char* text :
       {"SELECT * FROM a WHERE b. = 1", "SELECT * FROM a WHERE .b = 1", "SELECT * FROM a WHERE b..c = 1",
        "SELECT * FROM a WHERE b = 1x", "SELECT * FROM a WHERE b = 1e999", "SELECT * FROM a WHERE b = nan",
        "SELECT * FROM a WHERE b = +1", "SELECT * FROM a WHERE b = truely", "SELECT * FROM a; DROP TABLE b",
        "SELECT * FROM a WHERE b = 'c'x", "SELECTED * FROM a", "SELECT * FROMa"})
    EXPECT_FALSE(parse_query(text)) << text;
}

TEST(Query, HasLimits) {
  EXPECT_TRUE(parse_query("*" + std::string(query_size_max - 1, ' ')));
  EXPECT_FALSE(parse_query("*" + std::string(query_size_max, ' ')));

  std::string text = "SELECT * FROM a WHERE b = 1";
  for (std::size_t count = 1; count < query_conditions_max; ++count) text += " AND b = 1";
  EXPECT_TRUE(parse_query(text));
  EXPECT_FALSE(parse_query(text + " AND b = 1"));
}

}  // namespace
}  // namespace muster::codec
