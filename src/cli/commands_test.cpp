// What the commands send, and what they print.
#include "cli/commands.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <deque>
#include <iterator>
#include <sstream>

#include "cli/cli.hpp"
#include "cli/command_line.hpp"
#include "cli/failure.hpp"

namespace muster::cli {
namespace {

namespace json = boost::json;

struct Sent {
  std::string method;
  std::string target;
  std::string body;
  std::vector<std::string> headers;
};

/// Answers from a list, and remembers what it was asked.
class FakeServer final : public Server {
 public:
  Reply send(std::string_view method, const std::string& target, const std::string& body,
             const std::vector<std::string>& headers) override {
    sent.push_back({std::string(method), target, body, headers});
    Reply reply{200, "{}"};
    if (!replies.empty()) {
      reply = replies.front();
      replies.pop_front();
    }
    return reply;
  }

  std::deque<Reply> replies;
  std::vector<Sent> sent;
};

class CommandLineTest : public ::testing::Test {
 protected:
  /// Runs a command against the fake server; the exit status of the parser where it ends there.
  int type(std::vector<std::string> words) {
    words.insert(words.begin(), "muster");
    std::vector<char*> argv;
    for (auto& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    const Parsed parsed = parse_command_line(static_cast<int>(words.size()), argv.data(), {});
    if (!parsed.command) return parsed.exit_code;
    Api api(server, parsed.tenant);
    Output output(printed, parsed.json);
    Session session{api, output};
    parsed.command(session);
    return 0;
  }

  json::value body(std::size_t index = 0) const { return json::parse(server.sent.at(index).body); }

  FakeServer server;
  std::ostringstream printed;
};

TEST_F(CommandLineTest, SendsAnEnrollmentOnlyWhereNoneExists) {
  type({"enrollment", "add", "device:1", "--attestation", "tpm", "--endorsement-key", "AAECAw==", "--hub", "a.example",
        "--hub", "b.example", "--reprovision", "never", "--disabled"});
  ASSERT_EQ(server.sent.size(), 1U);
  EXPECT_EQ(server.sent[0].method, "PUT");
  EXPECT_EQ(server.sent[0].target, "/muster/v1/enrollments/device%3A1");
  EXPECT_EQ(server.sent[0].headers, std::vector<std::string>{"If-None-Match: *"});
  EXPECT_EQ(body().at("attestation"), json::value({{"type", "tpm"}, {"endorsement_key", "AAECAw=="}}));
  EXPECT_EQ(body().at("hubs"), json::value(json::array{"a.example", "b.example"}));
  EXPECT_EQ(body().at("reprovision_policy"),
            json::value({{"update_hub_assignment", false}, {"migrate_device_data", false}}));
  EXPECT_FALSE(body().at("enabled").as_bool());
}

TEST_F(CommandLineTest, TakesTheIdBehindTheOptionsToo) {
  type({"group", "add", "--attestation", "symmetric-key", "--hub", "a.example", "line-3", "--replace"});
  ASSERT_EQ(server.sent.size(), 1U);
  EXPECT_EQ(server.sent[0].target, "/muster/v1/groups/line-3");
  EXPECT_TRUE(server.sent[0].headers.empty());
  EXPECT_EQ(body().at("attestation"), json::value({{"type", "symmetric_key"}}));
}

TEST_F(CommandLineTest, ChangesAThingOnlyAsItWasRead) {
  server.replies = {{200, R"({"registration_id":"a","enabled":true,"entity_tag":"7-1"})"}, {200, "{}"}};
  type({"enrollment", "disable", "a"});
  ASSERT_EQ(server.sent.size(), 2U);
  EXPECT_EQ(server.sent[1].headers, std::vector<std::string>{"If-Match: \"7-1\""});
  EXPECT_FALSE(body(1).at("enabled").as_bool());
  EXPECT_EQ(printed.str(), "Disabled the enrollment a.\n");
}

TEST_F(CommandLineTest, ChangesOfAHubOnlyWhatIsGiven) {
  server.replies = {{200, R"({"name":"a","weight":3,"location":"Berlin","entity_tag":"7-1"})"}, {200, "{}"}};
  type({"hub", "set", "a", "--no-new-devices"});
  EXPECT_EQ(body(1).at("weight").as_int64(), 3);
  EXPECT_EQ(body(1).at("location").as_string(), "Berlin");
  EXPECT_FALSE(body(1).at("accepts_devices").as_bool());
}

TEST_F(CommandLineTest, MakesATenantWithLimitsAndRules) {
  type({"tenant", "add", "plant-2", "--hub", "hub-2.example", "--devices-max", "5000", "--tag", "line=3", "--ip-rule",
        "v6=accept:2001:db8::/32", "--ip-rule", "others=reject:0.0.0.0/0:service-api"});
  ASSERT_EQ(server.sent.size(), 1U);
  EXPECT_EQ(server.sent[0].method, "POST");
  EXPECT_EQ(server.sent[0].target, "/muster/v1/tenants");
  EXPECT_EQ(body().at("id").as_string(), "plant-2");
  EXPECT_EQ(body().at("hub").as_string(), "hub-2.example");
  EXPECT_EQ(body().at("limits"), json::value({{"devices_max", 5000}}));
  EXPECT_EQ(body().at("tags"), json::value({{"line", "3"}}));
  EXPECT_EQ(body().at("ip_rules").at(0),
            json::value({{"name", "v6"}, {"action", "accept"}, {"target", "all"}, {"network", "2001:db8::/32"}}));
  EXPECT_EQ(
      body().at("ip_rules").at(1),
      json::value({{"name", "others"}, {"action", "reject"}, {"target", "service_api"}, {"network", "0.0.0.0/0"}}));
}

TEST_F(CommandLineTest, SendsSettingsAndLimitsOfATenantApart) {
  server.replies = {{200, R"({"id":"a","location":"Berlin","entity_tag":"7-1"})"},
                    {200, R"({"id":"a","entity_tag":"7-2"})"},
                    {200, R"({"id":"a","entity_tag":"7-3"})"}};
  type({"tenant", "set", "a", "--name", "Plant", "--hubs-max", "3"});
  ASSERT_EQ(server.sent.size(), 3U);
  EXPECT_EQ(server.sent[1].target, "/muster/v1/tenants/a");
  EXPECT_EQ(server.sent[1].headers, std::vector<std::string>{"If-Match: \"7-1\""});
  EXPECT_EQ(body(1).at("location").as_string(), "Berlin");
  EXPECT_EQ(server.sent[2].target, "/muster/v1/tenants/a/limits");
  EXPECT_EQ(server.sent[2].headers, std::vector<std::string>{"If-Match: \"7-2\""});
  EXPECT_EQ(body(2), json::value({{"hubs_max", 3}}));
}

TEST_F(CommandLineTest, RemovesATenantWithItsIdTwice) {
  EXPECT_EQ(type({"tenant", "remove", "a"}), static_cast<int>(ExitCode::usage));
  EXPECT_TRUE(server.sent.empty());
  type({"tenant", "remove", "a", "--confirm", "a"});
  EXPECT_EQ(server.sent.at(0).method, "DELETE");
  EXPECT_EQ(server.sent.at(0).target, "/muster/v1/tenants/a?confirm=a");
}

TEST_F(CommandLineTest, RefusesTenantOptionsThatSayNothing) {
  server.replies = {{200, R"({"id":"a","entity_tag":"7-1"})"}};
  EXPECT_THROW(type({"tenant", "set", "a"}), Failure);
  EXPECT_THROW(type({"tenant", "add", "a", "--ip-rule", "x=accept"}), Failure);
  EXPECT_THROW(type({"tenant", "add", "a", "--tag", "x"}), Failure);
}

TEST_F(CommandLineTest, SaysOfAHubWhereItIsAndWhatItTakes) {
  server.replies = {{200, R"({"name":"a","devices_max":3,"healthy":true,"entity_tag":"7-1"})"}, {200, "{}"}};
  type({"hub", "set", "a", "--unhealthy", "--no-allocation", "--devices-max", "none", "--latitude=-33.9", "--longitude",
        "151.2"});
  EXPECT_FALSE(body(1).at("healthy").as_bool());
  EXPECT_FALSE(body(1).at("in_allocation").as_bool());
  EXPECT_TRUE(body(1).at("devices_max").is_null());
  EXPECT_EQ(body(1).at("latitude").as_double(), -33.9);
  EXPECT_EQ(body(1).at("longitude").as_double(), 151.2);

  server.sent.clear();
  server.replies = {{201, "{}"}};
  type({"hub", "add", "b", "--healthy", "--allocation", "--devices-max", "50"});
  EXPECT_EQ(body().at("devices_max").as_int64(), 50);
  EXPECT_TRUE(body().at("healthy").as_bool());
  EXPECT_TRUE(body().at("in_allocation").as_bool());
}

TEST_F(CommandLineTest, TriesAWebhook) {
  type({"webhook", "test", "--group", "line-1", "--registration-id", "pump-1"});
  ASSERT_EQ(server.sent.size(), 1U);
  EXPECT_EQ(server.sent[0].method, "POST");
  EXPECT_EQ(server.sent[0].target, "/muster/v1/webhook/test");
  EXPECT_EQ(body(), json::value({{"group", "line-1"}, {"registration_id", "pump-1"}}));
}

TEST_F(CommandLineTest, ShowsStoredJsonThatIsNestedAsDeepAsARequestMayBe) {
  const std::string nested = std::string(32, '[') + std::string(32, ']');
  server.replies = {
      {200, R"({"items":[{"registration_id":"a","registration":{"payload":)" + nested + R"(}}],"next":null})"}};
  type({"device", "list", "--json"});
  EXPECT_NE(printed.str().find(nested), std::string::npos);
}

TEST_F(CommandLineTest, ListsAllPagesAndStopsAtTheLimit) {
  server.replies = {{200, R"({"items":[{"registration_id":"a"},{"registration_id":"b"}],"next":"b c"})"},
                    {200, R"({"items":[{"registration_id":"d"}],"next":null})"}};
  type({"device", "list", "--group", "line 3", "--json"});
  ASSERT_EQ(server.sent.size(), 2U);
  EXPECT_EQ(server.sent[1].target, "/muster/v1/devices?limit=500&group=line%203&after=b%20c");
  EXPECT_EQ(json::parse(printed.str()).as_array().size(), 3U);

  server.sent.clear();
  server.replies = {{200, R"({"items":[{},{}],"next":"b"})"}};
  type({"device", "list", "--limit", "2"});
  ASSERT_EQ(server.sent.size(), 1U);
  EXPECT_EQ(server.sent[0].target, "/muster/v1/devices?limit=2");
}

TEST_F(CommandLineTest, TellsWhyADeviceWasRefused) {
  const char* report = R"({"registration_id":"device:1","refusals":[],"device":null,"enrollment":null})";
  server.replies = {{200, report}, {200, report}};
  type({"device", "why", "device:1"});
  EXPECT_EQ(server.sent[0].target, "/muster/v1/devices/device%3A1/refusals");
  EXPECT_EQ(printed.str().substr(0, 22), "No refusal of device:1");
  printed.str({});
  type({"device", "why", "device:1", "--json"});
  EXPECT_EQ(json::parse(printed.str()), json::parse(report));
}

TEST_F(CommandLineTest, PrintsTablesWithAlignedColumns) {
  server.replies = {{200, R"({"items":[
      {"name":"a.example","kind":"external","weight":1,"accepts_devices":true,"location":"Köln","tags":["x","y"]},
      {"name":"longer.example","kind":"external","weight":1000,"accepts_devices":false,"location":"","tags":[]}],
      "next":null})"}};
  type({"hub", "list"});
  EXPECT_EQ(printed.str(),
            "NAME            KIND      WEIGHT  ACCEPTS  HEALTHY  LOCATION  TAGS\n"
            "a.example       external  1       yes      -        Köln      x, y\n"
            "longer.example  external  1000    no       -        -         -\n");
}

TEST_F(CommandLineTest, LetsNoControlCharacterReachTheTerminal) {
  server.replies = {{200, R"({"registration_id":"a","registration":{"payload":"\u001b[2J"},"pem":"first\nsecond"})"}};
  type({"device", "show", "a"});
  EXPECT_EQ(printed.str(), "registration id  a\nregistration\n  payload  ?[2J\npem              first …\n");
}

TEST_F(CommandLineTest, WorksInTheTenantThatIsNamed) {
  type({"hub", "remove", "a", "--tenant", "t 1"});
  EXPECT_EQ(server.sent.at(0).target, "/muster/v1/hubs/a?tenant=t%201");
}

TEST_F(CommandLineTest, SplitsRightsAtCommas) {
  type({"policy", "add", "--rights", "EnrollmentRead,ServiceConfig", "reader"});
  EXPECT_EQ(body(), json::value({{"name", "reader"}, {"rights", json::array{"EnrollmentRead", "ServiceConfig"}}}));
}

TEST_F(CommandLineTest, SaysInOneLineWhyTheServiceRefused) {
  server.replies = {{412, R"({"error":{"code":"etag_mismatch","message":"The ETag is not the current one.",
                              "detail":"a has 7-2","retry":false,"request_id":"r"}})"}};
  try {
    type({"hub", "remove", "a"});
    FAIL() << "not refused";
  } catch (const Failure& failure) {
    EXPECT_EQ(failure.code(), ExitCode::refused);
    EXPECT_STREQ(failure.what(), "The ETag is not the current one. (etag_mismatch: a has 7-2)");
  }
}

TEST_F(CommandLineTest, TellsAForeignServerFromARefusal) {
  for (const auto& reply : {Reply{200, "<html>"}, Reply{404, "{}"}, Reply{200, "[]"}, Reply{302, ""}}) {
    server.replies = {reply};
    try {
      type({"status"});
      FAIL() << reply.body;
    } catch (const Failure& failure) {
      EXPECT_EQ(failure.code(), ExitCode::connection);
    }
  }
}

TEST_F(CommandLineTest, EndsWithOneWhereTheWordsAreWrong) {
  const std::vector<std::vector<std::string>> cases = {
      {},
      {"nothing"},
      {"enrollment"},
      {"enrollment", "add", "a"},
      {"enrollment", "add", "a", "--attestation", "magic"},
      {"hub", "add", "a", "--weight", "0"},
      {"hub", "set", "a", "--accept-devices", "--no-new-devices"},
      {"hub", "set", "a", "--healthy", "--unhealthy"},
      {"hub", "set", "a", "--devices-max", "many"},
      {"hub", "set", "a", "--latitude", "91"},
      {"webhook", "test", "--registration-id", "a"},
      {"webhook", "test", "--url", "https://a", "--group", "b", "--registration-id", "a"},
      {"webhook", "test", "--url", "https://a"},
      {"device", "list", "--limit", "0"},
      {"completion", "tcsh"}};
  for (const auto& words : cases) {
    testing::internal::CaptureStderr();
    EXPECT_EQ(type(words), 1);
    EXPECT_FALSE(testing::internal::GetCapturedStderr().empty());
  }
}

TEST_F(CommandLineTest, RefusesAnAttestationThatLacksItsProof) {
  const std::pair<const char*, const char*> cases[] = {
      {"enrollment", "tpm"}, {"enrollment", "x509"}, {"group", "tpm-vendor"}};
  for (const auto& [noun, kind] : cases) {
    try {
      type({noun, "add", "a", "--attestation", kind});
      FAIL() << kind;
    } catch (const Failure& failure) {
      EXPECT_EQ(failure.code(), ExitCode::usage);
    }
  }
}

/// Walks the completion words, which come from the grammar itself, so that no command is forgotten.
TEST_F(CommandLineTest, ShowsAnExampleInTheHelpOfEveryCommand) {
  testing::internal::CaptureStdout();
  ASSERT_EQ(type({"completion", "bash"}), 0);
  std::istringstream script(testing::internal::GetCapturedStdout());
  int commands = 0;
  for (std::string line; std::getline(script, line);) {
    const std::string start = "    \"muster ";
    if (!line.starts_with(start)) continue;
    std::istringstream path(line.substr(start.size(), line.find("\")") - start.size()));
    std::vector<std::string> words{std::istream_iterator<std::string>(path), {}};
    words.emplace_back("--help");
    testing::internal::CaptureStdout();
    EXPECT_EQ(type(words), 0);
    EXPECT_NE(testing::internal::GetCapturedStdout().find("Example:\n  muster "), std::string::npos) << line;
    ++commands;
  }
  EXPECT_GT(commands, 35);
}

TEST(LocalCommands, GetWhatWasTypedForTheirOptions) {
  LocalArguments got;
  const LocalCommand commands[] = {{"serve",
                                    "Serve",
                                    "muster serve",
                                    {{"--data", "", LocalOption::Kind::text, true},
                                     {"--host", "", LocalOption::Kind::repeated},
                                     {"--https", "", LocalOption::Kind::port},
                                     {"--json", "", LocalOption::Kind::flag}},
                                    [&got](const LocalArguments& arguments) {
                                      got = arguments;
                                      return 7;
                                    }}};
  const auto type = [&](std::vector<std::string> words) {
    words.insert(words.begin(), "muster");
    std::vector<char*> argv;
    for (auto& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    return run(static_cast<int>(words.size()), argv.data(), commands);
  };
  EXPECT_EQ(type({"serve", "--data", "d", "--host", "a", "--host", "b", "--https", "8443", "--json"}), 7);
  const LocalArguments expected = {{"--data", {"d"}}, {"--host", {"a", "b"}}, {"--https", {"8443"}}, {"--json", {}}};
  EXPECT_EQ(got, expected);
  testing::internal::CaptureStderr();
  EXPECT_EQ(type({"serve"}), 1);
  EXPECT_EQ(type({"serve", "--data", "d", "--https", "65536"}), 1);
  EXPECT_EQ(type({"serve", "--data", "d", "--data", "e"}), 1);
  EXPECT_EQ(type({"serve", "--data", "d", "extra"}), 1);
  testing::internal::GetCapturedStderr();
}

}  // namespace
}  // namespace muster::cli
