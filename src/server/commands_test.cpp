#include "server/commands.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <csignal>
#include <sstream>

#include "server/fixture_test.hpp"

namespace muster::server {
namespace {

struct Ran {
  int status = 0;
  std::string out;
  std::string err;
};

template <class Command>
Ran run(const Command& command) {
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  Ran ran;
  ran.status = command();
  ran.out = testing::internal::GetCapturedStdout();
  ran.err = testing::internal::GetCapturedStderr();
  return ran;
}

class Commands : public ::testing::Test {
 protected:
  Ran run_init(std::vector<std::string> hosts = {"dps.example"}) {
    return run([&] { return init({.data = data, .hosts = hosts, .ports = {}, .json = true}); });
  }
  Ran run_verify(const std::string& file = {}, const std::string& signer = {}) {
    return run([&] { return audit_verify({.data = file.empty() ? data : "", .file = file, .signer = signer}); });
  }
  /// Serves until the signal that is already waiting.
  Ran run_serve_and_stop() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    raise(SIGTERM);
    constexpr std::uint16_t any = 0;
    return run([&] {
      return serve(
          {.data = data, .bind = {}, .ports = {.https = any, .mqtt = any, .amqp = any}, .hosts = {"dps.example"}});
    });
  }
  std::vector<std::string> lines_of_export() {
    run([&] { return audit_export({.data = data, .out = exported}); });
    std::istringstream in(read_text(exported));
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
  }
  void write_lines(const std::vector<std::string>& lines) {
    std::string text;
    for (const auto& line : lines) text += line + "\n";
    write_text(exported, text);
  }

  base::TemporaryDirectory temporary;
  const std::string data = (temporary.path() / "data").string();
  const std::string exported = (temporary.path() / "trail.jsonl").string();
};

TEST_F(Commands, InitHandsOverWhatClientsNeedOnce) {
  const auto first = run_init();
  ASSERT_EQ(first.status, 0) << first.err;
  const auto shown = boost::json::parse(first.out).as_object();
  EXPECT_TRUE(shown.at("idScope").as_string().starts_with("0ne"));
  EXPECT_EQ(shown.at("serviceEndpoint").as_string(), "https://dps.example:8443");
  EXPECT_TRUE(
      shown.at("serviceConnectionString")
          .as_string()
          .starts_with("HostName=dps.example:8443;SharedAccessKeyName=provisioningserviceowner;SharedAccessKey="));
  EXPECT_TRUE(std::filesystem::exists(std::string(shown.at("caCertificateFile").as_string())));

  const auto second = run_init();
  EXPECT_EQ(second.status, 2);
  EXPECT_EQ(second.out, "");
  EXPECT_NE(second.err.find("is initialized already"), std::string::npos);
}

TEST_F(Commands, InitHandsOutWhereDevicesFindMqttAndAmqp) {
  const auto ran = run([&] {
    return init({.data = data,
                 .hosts = {"2001:db8::1"},
                 .ports = {.https = {}, .mqtt = std::uint16_t{1884}, .amqp = {}},
                 .json = true});
  });
  ASSERT_EQ(ran.status, 0) << ran.err;
  const auto shown = boost::json::parse(ran.out).as_object();
  EXPECT_EQ(shown.at("mqttEndpoint").as_string(), "mqtts://[2001:db8::1]:1884");
  EXPECT_EQ(shown.at("amqpEndpoint").as_string(), "amqps://[2001:db8::1]:5671");
  EXPECT_EQ(read_configuration(data + "/muster.toml").mqtt.port, 1884);
}

TEST_F(Commands, InitHandsOutNoPortThatIsNotEnabled) {
  std::filesystem::create_directory(data);
  std::filesystem::permissions(data, std::filesystem::perms::owner_all);
  write_text(data + "/muster.toml", "[mqtt]\nenabled = false\n[amqp]\nenabled = false\n");
  const auto ran = run_init();
  ASSERT_EQ(ran.status, 0) << ran.err;
  const auto shown = boost::json::parse(ran.out).as_object();
  EXPECT_FALSE(shown.contains("mqttEndpoint"));
  EXPECT_FALSE(shown.contains("amqpEndpoint"));
}

TEST_F(Commands, InitHandsOutAndWritesDownThePort) {
  for (const auto& [port, endpoint] : {std::pair<std::uint16_t, const char*>{443, "https://dps.example"},
                                       std::pair<std::uint16_t, const char*>{9443, "https://dps.example:9443"}}) {
    const std::string directory = data + std::to_string(port);
    const auto ran = run([&] {
      return init({.data = directory,
                   .hosts = {"dps.example"},
                   .ports = {.https = port, .mqtt = {}, .amqp = {}},
                   .json = true});
    });
    ASSERT_EQ(ran.status, 0) << ran.err;
    EXPECT_EQ(boost::json::parse(ran.out).at("deviceEndpoint").as_string(), endpoint);
    EXPECT_EQ(read_configuration(directory + "/muster.toml").https.port, port);
  }
}

TEST_F(Commands, LeaveEverythingToTheOwnerAlone) {
  run_init();
  EXPECT_EQ(mode_of(data), 0700U);
  for (const char* file : {"master.key", "muster.toml", "muster.db"})
    EXPECT_EQ(mode_of(std::filesystem::path(data) / file) & 077U, 0U) << file;
}

TEST_F(Commands, InitRefusesWhatIsNoHost) {
  const auto ran = run_init({"a b"});
  EXPECT_EQ(ran.status, 2);
  EXPECT_EQ(ran.err, "muster: hosts holds \"a b\", neither name nor address\n");
  EXPECT_FALSE(std::filesystem::exists(data));
}

TEST_F(Commands, NeedADataDirectory) {
  for (const auto& ran : {run([&] { return token({.data = data, .name = "anna"}); }), run_verify(),
                          run([&] { return audit_export({.data = data, .out = {}}); })}) {
    EXPECT_EQ(ran.status, 2);
    EXPECT_NE(ran.err.find("is not a data directory; `muster init"), std::string::npos) << ran.err;
  }
}

TEST_F(Commands, TokenMakesAnotherOperator) {
  const auto shown = boost::json::parse(run_init().out).as_object();
  const auto ran = run([&] { return token({.data = data, .name = "anna"}); });
  EXPECT_EQ(ran.status, 0);
  EXPECT_EQ(ran.out.size(), shown.at("adminToken").as_string().size() + 1);
  EXPECT_NE(ran.out, std::string(shown.at("adminToken").as_string()) + "\n");
}

TEST_F(Commands, TokenMakesAPlatformPrincipalOrAnotherTenantsOperator) {
  run_init();
  EXPECT_EQ(run([&] { return token({.data = data, .name = "root", .tenant = {}, .platform = true}); }).status, 0);
  const auto unknown = run([&] { return token({.data = data, .name = "anna", .tenant = "plant-2"}); });
  EXPECT_EQ(unknown.status, 2);
  EXPECT_EQ(unknown.err, "muster: there is no tenant plant-2\n");
  EXPECT_EQ(run([&] { return token({.data = data, .name = "anna", .tenant = "Default"}); }).status, 0);
  EXPECT_EQ(run([&] { return token({.data = data, .name = "b", .tenant = "default", .platform = true}); }).status, 2);
}

TEST_F(Commands, ServeInitializesStopsAndSignsACheckpoint) {
  const auto ran = run_serve_and_stop();
  ASSERT_EQ(ran.status, 0) << ran.err;
  EXPECT_NE(ran.out.find("Muster is initialized"), std::string::npos);
  EXPECT_NE(ran.err.find("stopped"), std::string::npos);
  const auto verified = run_verify();
  EXPECT_EQ(verified.status, 0) << verified.out;
  EXPECT_EQ(verified.out.find(" 0 checkpoints"), std::string::npos) << verified.out;

  const auto again = run_serve_and_stop();
  EXPECT_EQ(again.status, 0) << again.err;
  EXPECT_EQ(again.out, "");
}

TEST_F(Commands, ServeGoesOnWithAFirstStartThatWasCutOff) {
  base::SystemRandom random;
  prepare_directory(DataDirectory(data), {}, random);
  const auto ran = run_serve_and_stop();
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_NE(ran.out.find("Muster is initialized"), std::string::npos);
}

TEST_F(Commands, ServeRefusesADirectoryThatOthersCanRead) {
  run_init();
  std::filesystem::permissions(data, std::filesystem::perms::others_read, std::filesystem::perm_options::add);
  // Refused before it waits for a signal.
  const auto ran = run([&] { return serve({.data = data, .bind = {}, .ports = {}, .hosts = {}}); });
  EXPECT_EQ(ran.status, 2);
  EXPECT_NE(ran.err.find("others can read it"), std::string::npos);
}

TEST_F(Commands, ServeSaysInOneLineWhatIsWrongWithTheConfiguration) {
  run_init();
  write_text(data + "/muster.toml", "threds = 1\n");
  const auto ran = run([&] { return serve({.data = data, .bind = {}, .ports = {}, .hosts = {}}); });
  EXPECT_EQ(ran.status, 2);
  EXPECT_EQ(ran.err, "muster: " + data + "/muster.toml:1: threds is not a key that Muster knows\n");
}

TEST_F(Commands, AnExportedTrailVerifiesAgainstItsSigner) {
  run_init();
  ASSERT_GE(lines_of_export().size(), 3U);
  EXPECT_EQ(run_verify(exported, data + "/audit.pem").status, 0);
  EXPECT_EQ(run_verify(exported).status, 0);
  EXPECT_EQ(run_verify(exported, data + "/ca.pem").status, 1);
  EXPECT_EQ(run_verify(exported, data + "/muster.toml").status, 2);
  EXPECT_EQ(run_verify(exported + ".missing").status, 2);
}

TEST_F(Commands, ATrailThatWasChangedDoesNotVerify) {
  run_init();
  const auto whole = lines_of_export();
  auto changed = whole;
  const std::size_t at = changed[0].find("\"system\"");
  changed[0].replace(at, 8, "\"nobody\"");
  write_lines(changed);
  EXPECT_EQ(run_verify(exported).status, 1);

  auto without_checkpoint = whole;
  without_checkpoint.pop_back();
  write_lines(without_checkpoint);
  const auto ran = run_verify(exported);
  EXPECT_EQ(ran.status, 1);
  EXPECT_NE(ran.out.find("there is no checkpoint"), std::string::npos);
}

}  // namespace
}  // namespace muster::server
