// What apply sends, when it asks, and what it says where it cannot go on. tests/integration/apply_test.sh does the same
// to a real server.
#include "cli/fleet/apply.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <deque>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include "cli/failure.hpp"
#include "source_directory.hpp"

namespace muster::cli {
namespace {

namespace json = boost::json;

/// Answers from a list, after the description of the API.
class ListedServer final : public Server {
 public:
  ListedServer() {
    std::ifstream stream(MUSTER_SOURCE_DIR "/docs/reference/openapi.json");
    replies.push_back({200, std::string(std::istreambuf_iterator<char>(stream), {})});
  }
  Reply send(std::string_view method, const std::string& target, const std::string& body,
             const std::vector<std::string>& headers) override {
    if (method != "GET") sent.push_back(std::string(method) + " " + target + " " + headers.at(0));
    last_body = body;
    Reply reply = replies.at(0);
    replies.pop_front();
    return reply;
  }
  /// A list of hubs, as the API shows them.
  void has_hubs(const std::string& items) { replies.push_back({200, R"({"items":[)" + items + R"(],"next":null})"}); }

  std::deque<Reply> replies;
  std::vector<std::string> sent;
  std::string last_body;
};

class ApplyTest : public ::testing::Test {
 protected:
  ApplyTest()
      : file_(std::filesystem::temp_directory_path() / ("muster-apply-" + std::to_string(::getpid()) + ".yaml")) {
    std::ofstream(file_) << "hubs:\n  - name: a.example\n    weight: 2\n  - name: b.example\n";
  }
  ~ApplyTest() override { std::filesystem::remove(file_); }

  /// The failure's line, or "done".
  std::string run(ApplyOptions options, bool json_wanted = false) {
    options.files = {file_.string()};
    Api api(server, {});
    Output output(printed, json_wanted);
    Session session{api, output};
    try {
      apply(session, options, [this](const std::string& question) {
        asked = question;
        return answer;
      });
    } catch (const Failure& failure) {
      return std::string(failure.what()) + " (" + std::to_string(static_cast<int>(failure.code())) + ")";
    }
    return "done";
  }

  const std::string old_a = R"({"name":"a.example","weight":1,"entity_tag":"7-1"})";
  const std::string stored_hub = R"({"name":"a.example"})";
  std::filesystem::path file_;
  ListedServer server;
  std::ostringstream printed;
  std::string asked;
  bool answer = true;
};

TEST_F(ApplyTest, ShowsThePlanAsksAndChangesOnlyWhatThePlanSaw) {
  server.has_hubs(old_a);
  server.has_hubs(old_a);
  for (int i = 0; i < 2; ++i) server.replies.push_back({200, stored_hub});
  EXPECT_EQ(run({}), "done");
  EXPECT_EQ(asked, "Make these 2 changes?");
  EXPECT_EQ(server.sent, (std::vector<std::string>{"PUT /muster/v1/hubs/a.example If-Match: \"7-1\"",
                                                   "PUT /muster/v1/hubs/b.example If-None-Match: *"}));
  EXPECT_EQ(printed.str(),
            "~ change hub a.example: weight\n"
            "+ create hub b.example\n"
            "0 things unchanged.\n"
            "Done: ~ change hub a.example: weight\n"
            "Done: + create hub b.example\n"
            "2 changes made.\n");
}

TEST_F(ApplyTest, DoesNothingWithoutConsent) {
  answer = false;
  server.has_hubs(old_a);
  EXPECT_EQ(run({}), "nothing was changed (1)");
  EXPECT_TRUE(server.sent.empty());
}

TEST_F(ApplyTest, DoesNothingWhereThingsChangedWhileItAsked) {
  server.has_hubs(old_a);
  server.has_hubs(R"({"name":"a.example","weight":1,"entity_tag":"7-2"})");
  EXPECT_EQ(run({}), "somebody changed things meanwhile and nothing was done: look at the plan again (4)");
  EXPECT_TRUE(server.sent.empty());
}

TEST_F(ApplyTest, OnlyShowsThePlanOfADryRun) {
  server.has_hubs(old_a);
  EXPECT_EQ(run({.dry_run = true}, true), "done");
  EXPECT_EQ(asked, "");
  EXPECT_TRUE(server.sent.empty());
  const json::value plan = json::parse(printed.str()).at("plan");
  EXPECT_EQ(plan.at(0), json::value({{"action", "change"},
                                     {"kind", "hub"},
                                     {"name", "a.example"},
                                     {"members", json::array{"weight"}},
                                     {"done", false}}));
}

TEST_F(ApplyTest, SaysWhatWasDoneWhereItCannotGoOn) {
  server.has_hubs(old_a + R"(,{"name":"old.example","entity_tag":"7-9"})");
  server.replies.push_back({200, stored_hub});
  server.replies.push_back(
      {403, R"({"error":{"code":"quota_exceeded","message":"The limit is reached.","detail":""}})"});
  EXPECT_EQ(
      run({.yes = true, .prune = true}),
      "1 of 3 changes done; at hub b.example: The limit is reached. (quota_exceeded); what follows in the plan was "
      "not tried (4)");
  EXPECT_NE(printed.str().find("Done: ~ change hub a.example"), std::string::npos);
}

TEST_F(ApplyTest, RemovesOnlyTheVersionThatThePlanSaw) {
  std::ofstream(file_) << "hubs: []\n";
  server.has_hubs(old_a);
  server.replies.push_back({204, ""});
  EXPECT_EQ(run({.yes = true, .prune = true}), "done");
  EXPECT_EQ(server.sent, std::vector<std::string>{"DELETE /muster/v1/hubs/a.example If-Match: \"7-1\""});
}

TEST_F(ApplyTest, TakesNothingOfAFileThatIsWrongInOnePlace) {
  std::ofstream(file_) << "hubs:\n  - name: a\n  - name: b\n    weight: none\n";
  EXPECT_EQ(run({.yes = true}), file_.string() + ":4: hub 'b': weight is not a whole number (2)");
  EXPECT_TRUE(server.sent.empty());
}

}  // namespace
}  // namespace muster::cli
