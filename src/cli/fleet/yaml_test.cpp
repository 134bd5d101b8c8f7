#include "cli/fleet/yaml.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "cli/fleet/yaml_writer.hpp"

namespace muster::cli {
namespace {

namespace json = boost::json;

std::string refusal_of(std::string_view text) {
  const auto parsed = parse_yaml(text);
  return parsed ? "accepted" : parsed.error().detail();
}

json::value only(std::string_view text) {
  const auto parsed = parse_yaml(text);
  if (!parsed) throw std::runtime_error(parsed.error().detail());
  return to_json(parsed->at(0));
}

TEST(Yaml, ReadsScalarsByTheCoreSchema) {
  const std::pair<const char*, const char*> cases[] = {
      {"a: text", R"({"a":"text"})"},
      {"a: 'true'", R"({"a":"true"})"},
      {"a: \"12\"", R"({"a":"12"})"},
      {"a: true", R"({"a":true})"},
      {"a: yes", R"({"a":"yes"})"},
      {"a: 12", R"({"a":12})"},
      {"a: -12", R"({"a":-12})"},
      {"a: 0x1f", R"({"a":31})"},
      {"a: 0o17", R"({"a":15})"},
      {"a: 1.5", R"({"a":1.5})"},
      {"a: 1e3", R"({"a":1000.0})"},
      {"a: .nan", R"({"a":".nan"})"},
      {"a: inf", R"({"a":"inf"})"},
      {"a: 2026-11-23", R"({"a":"2026-11-23"})"},
      {"a:", R"({"a":null})"},
      {"a: ~", R"({"a":null})"},
      {"a: []", R"({"a":[]})"},
      {"12: b", R"({"12":"b"})"},
      {"a: |\n  one\n  two\n", R"({"a":"one\ntwo\n"})"},
      {R"({"a":{"b":[1,"\u00e4",null]}})", R"({"a":{"b":[1,"ä",null]}})"},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(only(text), json::parse(expected)) << text;
}

TEST(Yaml, KnowsTheLineOfEverything) {
  const auto parsed = parse_yaml("a: 1\nb:\n  - x\n  - y: z\n---\nc: 2\n");
  ASSERT_TRUE(parsed);
  ASSERT_EQ(parsed->size(), 2U);
  EXPECT_EQ(parsed->at(0).find("b")->items.at(1).find("y")->line, 4);
  EXPECT_EQ(parsed->at(1).find("c")->line, 6);
}

TEST(Yaml, RefusesWhatAFleetsFileDoesNotNeed) {
  const std::pair<const char*, const char*> cases[] = {
      {"a: &x 1\nb: *x\n", "line 1: anchors (&name) are not taken"},
      {"a: 1\nb: &x [1]\n", "line 2: anchors (&name) are not taken"},
      {"a: 1\na: 2\n", "line 2: 'a' stands twice in one mapping"},
      {"? [1]\n: 2\n", "line 1: a member's name must be a text"},
      {"a: !!binary aGk=\n", "line 1: tags (!name) are not taken"},
      {"\na: [1\n", "line 3: end of sequence flow not found"},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(refusal_of(text), expected) << text;
}

TEST(Yaml, StopsAtItsLimits) {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_EQ(refusal_of(nested(yaml_depth_max)), "accepted");
  EXPECT_EQ(refusal_of(nested(yaml_depth_max + 1)), "line 1: nested deeper than 32 levels");
  EXPECT_NE(refusal_of(nested(100'000)), "accepted");

  std::string documents;
  for (std::size_t i = 0; i < yaml_documents_max; ++i) documents += "--- 1\n";
  EXPECT_EQ(refusal_of(documents), "accepted");
  EXPECT_EQ(refusal_of(documents + "--- 1\n"), "line 65: more than 64 documents");

  std::string values = "[";
  for (std::size_t i = 2; i < yaml_nodes_max; ++i) values += "1,";
  EXPECT_EQ(refusal_of(values + "1]"), "accepted");
  EXPECT_EQ(refusal_of(values + "1,1]"), "line 1: more than 200000 values");

  EXPECT_EQ(refusal_of(std::string(yaml_size_max, ' ')), "accepted");
  EXPECT_EQ(refusal_of(std::string(yaml_size_max + 1, ' ')), "line 1: the text is larger than 8 MiB");
}

TEST(YamlWriter, WritesWhatPeopleLikeToRead) {
  const json::value value = json::parse(
      R"({"hubs":[{"name":"hub-1.example","weight":3,"tags":["eu","on"],"location":""}],
          "groups":[{"id":"line-3","attestation":{"certificate":"-----BEGIN-----\nAAAA\n-----END-----\n"}}],
          "cas":[],"twin":{}})");
  EXPECT_EQ(to_yaml(value.as_object()),
            "hubs:\n"
            "  - name: hub-1.example\n"
            "    weight: 3\n"
            "    tags:\n"
            "      - eu\n"
            "      - \"on\"\n"
            "    location: \"\"\n"
            "groups:\n"
            "  - id: line-3\n"
            "    attestation:\n"
            "      certificate: |\n"
            "        -----BEGIN-----\n"
            "        AAAA\n"
            "        -----END-----\n"
            "cas: []\n"
            "twin: {}\n");
}

TEST(YamlWriter, WritesNothingThatReadsAsSomethingElse) {
  const char* cases[] = {
      R"({"a":"true","b":"12","c":"null","d":"a: b","e":"# no comment","f":"- x","g":"*x","h":"&x","i":"!x"})",
      R"({"a":"0x1f","b":"1e3","c":"","d":" x ","e":"x\ty","f":"\u0000\u001b","g":"ä","h":"a\\b\"c","i":"~"})",
      R"({"a":"one\ntwo","b":"one\n\ntwo\n","c":"\none\n","d":" one\ntwo\n","e":"one\n\n","f":"\n"})",
      R"({"a":[[1,[2,[]]],{"b":[{}]},[{"c":1,"d":[2]}]],"e":1.5,"f":-7,"g":true,"h":null,"on":1,"a b":2,"12":3})",
  };
  for (const char* text : cases) {
    const json::value value = json::parse(text);
    const std::string written = to_yaml(value.as_object());
    EXPECT_EQ(only(written), value) << written;
  }
}

TEST(YamlWriter, WritesNumbersAsPeopleDo) {
  const json::value value = {{"latitude", -33.9}, {"longitude", 151.2}, {"whole", 52.0},   {"count", 52},
                             {"tiny", 1e-300},    {"huge", 1.5e300},    {"third", 1.0 / 3}};
  const std::string written = to_yaml(value.as_object());
  EXPECT_TRUE(written.starts_with("latitude: -33.9\nlongitude: 151.2\nwhole: 52.0\ncount: 52\n")) << written;
  EXPECT_EQ(only(written), value) << written;
}

TEST(YamlWriter, WritesNamesThatAreTooLongForOneLine) {
  const std::string name(1100, 'n');
  const json::value value = {{name, {{name, 1}}}, {"items", {{{name, "x"}, {"b", 2}}}}};
  const std::string written = to_yaml(value.as_object());
  EXPECT_EQ(only(written), value) << written;
}

}  // namespace
}  // namespace muster::cli
