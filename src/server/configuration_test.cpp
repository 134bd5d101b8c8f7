#include "server/configuration.hpp"

#include "server/fixture_test.hpp"

namespace muster::server {
namespace {

class ConfigurationFile : public ::testing::Test {
 protected:
  Configuration read(const std::string& text) {
    write_text(file, text);
    return read_configuration(file);
  }
  /// What is said about a file that cannot be used, without the directory's name in front.
  std::string refusal_of(const std::string& text) {
    std::string said;
    try {
      read(text);
    } catch (const ConfigurationError& error) {
      said = error.what();
    }
    const std::string prefix = temporary.path().string() + "/";
    return said.starts_with(prefix) ? said.substr(prefix.size()) : said;
  }

  base::TemporaryDirectory temporary;
  const std::filesystem::path file = temporary.path() / "muster.toml";
};

TEST_F(ConfigurationFile, MayBeEmptyAndThenHasTheDefaults) {
  const auto configuration = read("");
  EXPECT_EQ(configuration.hosts, (std::vector<std::string>{"localhost"}));
  EXPECT_EQ(configuration.https.bind, "127.0.0.1");
  EXPECT_EQ(configuration.https.port, 8443);
  EXPECT_EQ(configuration.mqtt.bind, "127.0.0.1");
  EXPECT_EQ(configuration.mqtt.port, 8883);
  EXPECT_EQ(configuration.amqp.bind, "127.0.0.1");
  EXPECT_EQ(configuration.amqp.port, 5671);
  EXPECT_TRUE(configuration.azure.answer_at_once);
}

TEST_F(ConfigurationFile, SetsEveryKey) {
  const auto c = read(R"(
hosts = ["dps.example", "192.0.2.1", "2001:db8::1"]
threads = 3
drain_seconds = 4
[connections]
ask_for_client_certificates = false
do_not_ask_names = ["console.example"]
ask_names = ["devices.example"]
proxies = ["10.0.0.0/8", "2001:db8::/32"]
max = 5
handshake_seconds = 8
[https]
bind = "::"
port = 443
request_seconds = 6
idle_seconds = 7
[mqtt]
bind = "0.0.0.0"
port = 1884
[amqp]
enabled = false
bind = "127.0.0.2"
port = 5672
[azure]
answer_at_once = false
retry_after_seconds = 9
[log]
format = "json"
level = "warning"
[audit]
checkpoint_minutes = 11
)");
  EXPECT_EQ(c.hosts, (std::vector<std::string>{"dps.example", "192.0.2.1", "2001:db8::1"}));
  EXPECT_EQ(c.threads, 3);
  EXPECT_EQ(c.drain_seconds, 4);
  EXPECT_EQ(c.https.bind, "::");
  EXPECT_EQ(c.https.port, 443);
  EXPECT_TRUE(c.https.enabled);
  EXPECT_EQ(c.mqtt.bind, "0.0.0.0");
  EXPECT_EQ(c.mqtt.port, 1884);
  EXPECT_TRUE(c.mqtt.enabled);
  EXPECT_EQ(c.amqp.bind, "127.0.0.2");
  EXPECT_EQ(c.amqp.port, 5672);
  EXPECT_FALSE(c.amqp.enabled);
  EXPECT_FALSE(c.connections.ask_for_client_certificates);
  EXPECT_EQ(c.connections.do_not_ask_names, (std::vector<std::string>{"console.example"}));
  EXPECT_EQ(c.connections.ask_names, (std::vector<std::string>{"devices.example"}));
  EXPECT_EQ(c.connections.proxies, (std::vector<std::string>{"10.0.0.0/8", "2001:db8::/32"}));
  EXPECT_EQ(c.connections.max, 5);
  EXPECT_EQ(c.https.request_seconds, 6);
  EXPECT_EQ(c.https.idle_seconds, 7);
  EXPECT_EQ(c.connections.handshake_seconds, 8);
  EXPECT_FALSE(c.azure.answer_at_once);
  EXPECT_EQ(c.azure.retry_after_seconds, 9);
  EXPECT_EQ(c.log.format, "json");
  EXPECT_EQ(c.log.level, "warning");
  EXPECT_EQ(c.audit.checkpoint_minutes, 11);
}

TEST_F(ConfigurationFile, SaysWhereAndWhatInOneLine) {
  const std::pair<const char*, const char*> cases[] = {
      {"\nhots = []", "muster.toml:2: hots is not a key that Muster knows"},
      {"[https]\n\nprot = 1", "muster.toml:3: https.prot is not a key that Muster knows"},
      {"[htps]\nport = 1", "muster.toml:1: htps is not a table that Muster knows"},
      {"[hosts]\na = 1", "muster.toml:1: hosts is not a table that Muster knows"},
      {"https = 1", "muster.toml:1: https is not a key that Muster knows"},
      {"hosts = \"a\"", "muster.toml:1: hosts must be a list of texts"},
      {"hosts = [1]", "muster.toml:1: hosts must be a list of texts"},
      {"threads = \"2\"", "muster.toml:1: threads must be a number from 0 to 256"},
      {"threads = 2.0", "muster.toml:1: threads must be a number from 0 to 256"},
      {"threads = -1", "muster.toml:1: threads must be a number from 0 to 256"},
      {"[https]\nport = 0", "muster.toml:2: https.port must be a number from 1 to 65535"},
      {"[https]\nport = 65536", "muster.toml:2: https.port must be a number from 1 to 65535"},
      {"[connections]\nask_for_client_certificates = 1",
       "muster.toml:2: connections.ask_for_client_certificates must be true or false"},
      {"[https]\nbind = 1", "muster.toml:2: https.bind must be a text"},
      {"[audit]\ncheckpoint_minutes = 0", "muster.toml:2: audit.checkpoint_minutes must be a number from 1 to 1440"},
      {"threads = 1\nhosts = []", "muster.toml:2: hosts needs 1 to 100 names"},
      {"hosts = [\"a b\"]", "muster.toml:1: hosts holds \"a b\", neither name nor address"},
      {"[https]\nbind = \"localhost\"", "muster.toml:2: https.bind must be a numeric address"},
      {"[mqtt]\nbind = \"localhost\"", "muster.toml:2: mqtt.bind must be a numeric address"},
      {"[amqp]\nport = 0", "muster.toml:2: amqp.port must be a number from 1 to 65535"},
      {"[mqtt]\nproxies = []", "muster.toml:2: mqtt.proxies is not a key that Muster knows"},
      {"[connections]\nproxies = [\"10.0.0.0/8\", \"ten\"]",
       "muster.toml:2: connections.proxies holds \"ten\", no network"},
      {"https.enabled = false\nmqtt.enabled = false\namqp.enabled = false",
       "muster.toml:1: https.enabled must be true where no other port is enabled"},
      {"[webhook]\ntimeout_seconds = 61", "muster.toml:2: webhook.timeout_seconds must be a number from 1 to 60"},
      {"[webhook]\nattempts_max = 0", "muster.toml:2: webhook.attempts_max must be a number from 1 to 10"},
      {"[geo]\nlatitude = 90.1\nlongitude = 0", "muster.toml:2: geo.latitude must be a number from -90 to 90"},
      {"[geo]\nlatitude = nan\nlongitude = 0", "muster.toml:2: geo.latitude must be a number from -90 to 90"},
      {"[geo]\nlatitude = 9\nlongitude = \"0\"", "muster.toml:3: geo.longitude must be a number from -180 to 180"},
      {"[geo]\nlatitude = 9", "muster.toml:2: geo.latitude needs the other one of latitude and longitude"},
      {"[geo]\nlongitude = 9", "muster.toml:2: geo.longitude needs the other one of latitude and longitude"},
      {"[log]\nformat = \"xml\"", "muster.toml:2: log.format must be plain or json"},
      {"\n\n[log]\nlevel = \"loud\"", "muster.toml:4: log.level must be debug, info, warning or error"},
  };
  for (const auto& [text, said] : cases) EXPECT_EQ(refusal_of(text), said) << text;
}

TEST_F(ConfigurationFile, PlacesTheNode) {
  const auto c = read("[geo]\ndatabase = \"/places.mmdb\"\nlatitude = -33\nlongitude = 151.25\n");
  EXPECT_EQ(c.geo.database, "/places.mmdb");
  EXPECT_EQ(c.geo.latitude, -33.0);
  EXPECT_EQ(c.geo.longitude, 151.25);
  EXPECT_FALSE(read("").geo.latitude);
}

TEST_F(ConfigurationFile, MayKeepConnectionSettingsWhereTheyStoodWhenHttpsWasTheOnlyPort) {
  const auto c = read(R"(
[https]
ask_for_client_certificates = false
do_not_ask_names = ["console.example"]
ask_names = ["devices.example"]
proxies = ["10.0.0.0/8"]
connections_max = 5
handshake_seconds = 8
)");
  EXPECT_FALSE(c.connections.ask_for_client_certificates);
  EXPECT_EQ(c.connections.do_not_ask_names, (std::vector<std::string>{"console.example"}));
  EXPECT_EQ(c.connections.ask_names, (std::vector<std::string>{"devices.example"}));
  EXPECT_EQ(c.connections.proxies, (std::vector<std::string>{"10.0.0.0/8"}));
  EXPECT_EQ(c.connections.max, 5);
  EXPECT_EQ(c.connections.handshake_seconds, 8);
  EXPECT_EQ(refusal_of("[https]\nproxies = [\"ten\"]"), "muster.toml:2: connections.proxies holds \"ten\", no network");
  EXPECT_EQ(refusal_of("[connections]\nmax = 1\n[https]\nconnections_max = 2"),
            "muster.toml:4: https.connections_max is set twice: its name is connections.max now");
}

TEST_F(ConfigurationFile, SaysWhereItDoesNotParse) {
  for (const char* text : {"\nhosts = [", "\nhosts", "\na = 1\na = 2"}) {
    const std::string said = refusal_of(text);
    EXPECT_TRUE(said.starts_with("muster.toml:")) << text << ": " << said;
    EXPECT_EQ(said.find('\n'), std::string::npos) << said;
  }
}

TEST_F(ConfigurationFile, ThatIsMissingIsRefused) {
  EXPECT_THROW(read_configuration(temporary.path() / "missing.toml"), ConfigurationError);
}

TEST_F(ConfigurationFile, IsWrittenInAFormThatCanBeRead) {
  Configuration wanted;
  wanted.hosts = {"dps.example", "192.0.2.1"};
  wanted.mqtt.port = 1884;
  const auto written = read(initial_configuration(wanted));
  EXPECT_EQ(written.hosts, wanted.hosts);
  EXPECT_EQ(written.https.port, 8443);
  EXPECT_EQ(written.mqtt.port, 1884);
  EXPECT_EQ(written.amqp.port, 5671);
}

TEST(Configuration, FromTheCommandLineIsCheckedToo) {
  Configuration configuration;
  EXPECT_NO_THROW(check_configuration(configuration));
  configuration.https.bind = "everywhere";
  EXPECT_EQ(fault_of([&] { check_configuration(configuration); }), "https.bind must be a numeric address");
  configuration.https.bind = "0.0.0.0";
  configuration.hosts = std::vector<std::string>(101, "a");
  EXPECT_EQ(fault_of([&] { check_configuration(configuration); }), "hosts needs 1 to 100 names");
}

}  // namespace
}  // namespace muster::server
