// What files declare, what they may not say, and what follows from them.
#include "cli/fleet/fleet.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fstream>
#include <iterator>

#include "cli/failure.hpp"
#include "cli/fleet/plan.hpp"
#include "crypto/certificate.hpp"
#include "source_directory.hpp"

namespace muster::cli {
namespace {

namespace json = boost::json;

std::string content_of(const std::string& path) {
  std::ifstream stream(std::string(MUSTER_SOURCE_DIR) + "/" + path);
  if (!stream) throw Failure(ExitCode::input, "there is no file " + path);
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// What a running Muster says of itself.
const Description& description() {
  static const Description made(json::parse(content_of("docs/reference/openapi.json")).as_object());
  return made;
}

Fleet fleet_of(std::vector<std::pair<std::string, std::string>> files) {
  std::vector<FleetFile> parsed;
  for (const auto& [name, text] : files) {
    auto documents = parse_yaml(text);
    if (!documents) throw Failure(ExitCode::input, name + ": " + documents.error().detail());
    parsed.push_back({name, *std::move(documents)});
  }
  return read_fleet(std::move(parsed), description(), content_of);
}
Fleet fleet_of(const std::string& text) { return fleet_of({{"fleet.yaml", text}}); }

std::string refusal_of(const std::string& text) {
  try {
    fleet_of(text);
  } catch (const Failure& failure) {
    return failure.what();
  }
  return "accepted";
}

StoredFleet stored(const std::string& section, const std::string& id, const char* body) {
  StoredThing thing;
  json::object shown = json::parse(body).as_object();
  thing.name = shown.at(id).as_string().c_str();
  thing.entity_tag = "7-1";
  make_canonical(shown);
  thing.body = std::make_shared<const json::object>(std::move(shown));
  StoredFleet fleet;
  fleet[section].emplace(key_of(thing.name), std::move(thing));
  return fleet;
}

std::string summary_of(const std::vector<Step>& plan) {
  std::string summary;
  for (const Step& step : plan) {
    summary += std::string(name_of(step.act)) + " " + step.name;
    for (const auto& member : step.members) summary += " " + member;
    summary += ";";
  }
  return summary;
}

TEST(FleetFiles, RefuseWithFileLineAndMember) {
  const std::pair<const char*, const char*> cases[] = {
      {"[]", "fleet.yaml:1: a document must be a mapping of cas, credential_policies, hubs, groups, enrollments"},
      {"hub:\n  - name: a\n",
       "fleet.yaml:2: 'hub' is not known; there are cas, credential_policies, hubs, groups, enrollments"},
      {"hubs: 1\n", "fleet.yaml:1: 'hubs' is not a list"},
      {"hubs:\n  - a\n", "fleet.yaml:2: hub: is not a mapping of names to values"},
      {"hubs:\n  - weight: 1\n", "fleet.yaml:2: hub: 'name' is missing"},
      {"hubs:\n  - name: 12\n", "fleet.yaml:2: hub: 'name' is not a text: put it into quotation marks"},
      {"hubs:\n  - name: a\n    wieght: 1\n", "fleet.yaml:3: hub 'a': 'wieght' is not known; is it 'weight'?"},
      {"hubs:\n  - name: a\n    weight: 0\n", "fleet.yaml:3: hub 'a': weight is not from 1 to 1000"},
      {"hubs:\n  - name: a\n    accepts_devices: yes\n",
       "fleet.yaml:3: hub 'a': accepts_devices is neither true nor false"},
      {"hubs:\n  - name: a\n    location: 5\n",
       "fleet.yaml:3: hub 'a': location is not a text: put it into quotation marks"},
      {"hubs:\n  - name: a\n  - name: A\n", "fleet.yaml:3: hub 'A': is declared already, at fleet.yaml:2"},
      {"groups:\n  - id: g\n", "fleet.yaml:2: group 'g': 'attestation' is missing"},
      {"groups:\n  - id: g\n    attestation: {}\n", "fleet.yaml:3: group 'g': attestation: 'type' is missing"},
      {"groups:\n  - id: g\n    attestation: {type: x}\n",
       "fleet.yaml:3: group 'g': attestation: there is no type 'x'"},
      {"groups:\n  - id: g\n    attestation:\n      type: symmetric_key\n      primary: 1\n",
       "fleet.yaml:5: group 'g': attestation: 'primary' is not known; is it 'primary_key'?"},
      {"groups:\n  - id: g\n    attestation: {type: symmetric_key, primary_key: '?'}\n",
       "fleet.yaml:2: group 'g': primary_key: is not base64"},
      {"groups:\n  - id: g\n    attestation: {type: symmetric_key}\n    allocation_policy: random\n",
       "fleet.yaml:4: group 'g': allocation_policy is none of hashed, geo_latency, static, custom"},
      {"groups:\n  - id: g\n    attestation: {type: x509, primary_certificate: {file: nowhere.pem}}\n",
       "fleet.yaml:3: there is no file nowhere.pem"},
      {"groups:\n  - id: g\n    attestation: {type: symmetric_key}\n    reprovision_policy: {sticky: true}\n",
       "fleet.yaml:4: group 'g': reprovision_policy: 'sticky' is not known; there are update_hub_assignment, "
       "migrate_device_data"},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(refusal_of(text), expected) << text;
}

TEST(FleetFiles, AreOneFleetTogether) {
  const Fleet fleet = fleet_of({{"one.yaml", "hubs: [{name: a}]\n---\nhubs: [{name: b}]\n"},
                                {"two.json", R"({"hubs":[{"name":"c"}],"enrollments":[]})"}});
  EXPECT_EQ(fleet.things.at("hubs").size(), 3U);
  EXPECT_TRUE(fleet.sections.contains("enrollments"));
  EXPECT_FALSE(fleet.sections.contains("groups"));
  EXPECT_THROW(fleet_of({{"one.yaml", "hubs: [{name: a}]"}, {"two.yaml", "hubs: [{name: a}]"}}), Failure);
}

TEST(FleetFiles, TakeCertificatesFromFilesBesideThem) {
  const Fleet fleet = fleet_of({{"tests/vectors/fleet.yaml",
                                 "groups:\n  - id: g\n    attestation:\n      type: x509\n"
                                 "      primary_certificate: {file: certificates/root.pem}\n"}});
  const json::object& body = *fleet.things.at("groups").at("g").body;
  EXPECT_EQ(std::string(body.at("attestation").at("primary_certificate").as_string()),
            crypto::Certificate::from_text(content_of("tests/vectors/certificates/root.pem"))->pem());
}

TEST(Plan, MakesWhatIsMissing) {
  const auto plan = plan_of(fleet_of("enrollments: [{registration_id: e, attestation: {type: symmetric_key}}]\n"
                                     "hubs: [{name: Hub.example}]\n"),
                            {}, description(), false);
  EXPECT_EQ(summary_of(plan), "create Hub.example;create e;") << "hubs come first";
  EXPECT_EQ(plan[0].body->at("weight").as_int64(), 1);
  EXPECT_TRUE(plan[1].body->at("enabled").as_bool());
}

TEST(Plan, FindsNothingToDoWhereTheServiceHasWhatIsDeclared) {
  const auto plan = plan_of(fleet_of("hubs:\n  - name: A.example\n    tags: [eu]\n"),
                            stored("hubs", "name",
                                   R"({"name":"a.example","kind":"external","weight":1,"accepts_devices":true,
                                       "location":"","tags":["eu"],"created_at":"x","entity_tag":"7-1"})"),
                            description(), false);
  EXPECT_EQ(summary_of(plan), "keep A.example;");
  EXPECT_FALSE(has_changes(plan));
}

TEST(Plan, TakesWholeNumbersAndEmptyTextsForWhatTheyMean) {
  EXPECT_EQ(summary_of(plan_of(fleet_of("hubs: [{name: a, latitude: 52}]"),
                               stored("hubs", "name", R"({"name":"a","latitude":52.0})"), description(), false)),
            "keep a;");
  const char* body = R"({"id":"g","attestation":{"type":"symmetric_key"},
      "custom_allocation":{"webhook_url":"https://a.example","api_version":""}})";
  EXPECT_EQ(summary_of(plan_of(fleet_of("groups:\n  - id: g\n    attestation: {type: symmetric_key}\n"
                                        "    custom_allocation: {webhook_url: 'https://a.example'}\n"),
                               stored("groups", "id", body), description(), false)),
            "keep g;");
}

TEST(Plan, SaysWhichMembersDiffer) {
  const char* body = R"({"id":"g","enabled":false,"hubs":["a.example"],"allocation_policy":"static",
      "attestation":{"type":"symmetric_key"},"reprovision_policy":{"update_hub_assignment":true,
      "migrate_device_data":false},"initial_twin":{"tags":{"a":1}},"capabilities":{"iot_edge":false},
      "custom_allocation":null})";
  const auto plan = plan_of(fleet_of("groups:\n  - id: g\n    hubs: [A.example]\n    initial_twin: {tags: {a: 2}}\n"
                                     "    attestation: {type: symmetric_key}\n"),
                            stored("groups", "id", body), description(), false);
  EXPECT_EQ(summary_of(plan),
            "change g enabled allocation_policy reprovision_policy.migrate_device_data initial_twin.tags.a;");
  EXPECT_EQ(plan[0].entity_tag, "7-1");
  EXPECT_EQ(plan[0].body->at("hubs"), json::value(json::array{"a.example"}));
}

TEST(Plan, ComparesKeysOnlyWhereTheyAreDeclared) {
  const char* with_keys = R"({"id":"g","attestation":{"type":"symmetric_key",
      "primary_key":"AAECAwQFBgcICQoLDA0ODw==","secondary_key":"EBESExQVFhcYGRobHB0eHw=="}})";
  const auto summary = [&](const std::string& attestation) {
    return summary_of(
        plan_of(fleet_of("groups:\n  - id: g\n    attestation: {type: symmetric_key" + attestation + "}\n"),
                stored("groups", "id", with_keys), description(), false));
  };
  EXPECT_EQ(summary(""), "keep g;");
  EXPECT_EQ(summary(", primary_key: 'AAECAwQFBgcICQoL DA0ODw=='"), "keep g;");
  EXPECT_EQ(summary(", primary_key: EBESExQVFhcYGRobHB0eHw=="), "change g attestation.primary_key;");
}

TEST(Plan, ComparesCertificatesByWhatTheyAre) {
  const std::string pem = content_of("tests/vectors/certificates/root.pem");
  const auto certificate = crypto::Certificate::from_text(pem);
  json::object body;
  body["id"] = "g";
  body["attestation"] = json::object{{"type", "x509"},
                                     {"primary_certificate", certificate->pem()},
                                     {"primary_certificate_information", json::object{{"subject", "x"}}}};
  const std::string stored_text = json::serialize(body);
  const auto plan =
      plan_of(fleet_of("groups:\n  - id: g\n    attestation:\n      type: x509\n      primary_certificate: " +
                       base::to_base64(certificate->der()) + "\n"),
              stored("groups", "id", stored_text.c_str()), description(), false);
  EXPECT_EQ(summary_of(plan), "keep g;");
}

TEST(Plan, LeavesAMemberToTheServiceWhoseDefaultNobodyTells) {
  json::object openapi = json::parse(content_of("docs/reference/openapi.json")).as_object();
  openapi["components"].at("schemas").at("Hub").at("properties").as_object()["later"] =
      json::object{{"type", "string"}};
  const Description newer(openapi);
  const auto plan = plan_of(fleet_of("hubs: [{name: a, weight: 2}]"),
                            stored("hubs", "name", R"({"name":"a","later":"kept"})"), newer, false);
  EXPECT_EQ(summary_of(plan), "change a weight;");
  EXPECT_FALSE(plan[0].body->contains("later"));
}

TEST(Plan, DoesNotVouchForTheNextCertificateOfACa) {
  const auto named = [](const std::string& name) {
    return crypto::Certificate::from_text(content_of("tests/vectors/certificates/" + name))->pem();
  };
  const auto plan_for = [&](const std::string& file) {
    return plan_of(
        fleet_of({{"tests/vectors/fleet.yaml",
                   "cas:\n  - name: root\n    certificate: {file: certificates/" + file + "}\n"}}),
        stored("cas", "name",
               json::serialize(json::object{{"name", "root"}, {"certificate", named("root.pem")}, {"verified", true}})
                   .c_str()),
        description(), false);
  };
  EXPECT_EQ(summary_of(plan_for("root.pem")), "keep root;");
  const auto changed = plan_for("intermediate.pem");
  EXPECT_EQ(summary_of(changed), "change root certificate;");
  EXPECT_FALSE(changed[0].body->contains("verified"));
}

TEST(Plan, RemovesOnlyWhereItMayAndOnlyFromSectionsThatAreNamed) {
  StoredFleet both = stored("hubs", "name", R"({"name":"old.example"})");
  both.merge(stored("groups", "id", R"({"id":"old","attestation":{"type":"symmetric_key"}})"));
  EXPECT_EQ(summary_of(plan_of(fleet_of("hubs: [{name: a}]"), both, description(), false)), "create a;");
  EXPECT_EQ(summary_of(plan_of(fleet_of("hubs: [{name: a}]"), both, description(), true)),
            "create a;remove old.example;");
  const auto plan = plan_of(fleet_of("hubs: []\ngroups: []\n"), both, description(), true);
  EXPECT_EQ(summary_of(plan), "remove old;remove old.example;") << "what refers to others goes first";
  EXPECT_EQ(plan[0].entity_tag, "7-1");
}

}  // namespace
}  // namespace muster::cli
