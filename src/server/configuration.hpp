// What an operator can set: muster.toml in the data directory, and the command line over it.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace muster::server {

/// A configuration that cannot be used. The text is one line for the operator: file, key, and what is wrong.
class ConfigurationError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A place to listen at. Each serves every protocol; they differ in where clients look for which.
struct Port {
  bool enabled = true;
  std::string bind = "127.0.0.1";
  std::uint16_t port = 0;
};

struct HttpsPort : Port {
  int request_seconds = 20;
  int idle_seconds = 60;
};

/// Every key of muster.toml, with its default. docs/reference/configuration.md describes each one.
struct Configuration {
  std::vector<std::string> hosts = {"localhost"};  ///< names and addresses in the server certificate; the first is the
                                                   ///< one that devices are told
  int threads = 0;                                 ///< 0: one for each core
  int drain_seconds = 10;

  /// What holds for the connections of every port.
  struct Connections {
    bool ask_for_client_certificates = true;
    std::vector<std::string> do_not_ask_names;  ///< SNI names for which that is the other way round
    std::vector<std::string> ask_names;
    std::vector<std::string> proxies;  ///< networks whose connections begin with a PROXY protocol v2 header
    int max = 20000;                   ///< open ones, for each port
    int handshake_seconds = 10;
  } connections;

  HttpsPort https = {{.port = 8443}};
  Port mqtt = {.port = 8883};
  Port amqp = {.port = 5671};

  struct Azure {
    bool answer_at_once = true;
    int retry_after_seconds = 3;
  } azure;

  /// How allocation webhooks are called.
  struct Webhook {
    int timeout_seconds = 10;  ///< for one call
    int wait_seconds = 3;      ///< a registration waits so long before the device is told to ask again
    int attempts_max = 4;
    bool allow_http = false;  ///< to other hosts than this one
    std::string ca_file;      ///< PEM; empty: what the system trusts
  } webhook;

  /// Where devices and this node are, for allocation by latency.
  struct Geo {
    std::string database;            ///< a MaxMind DB file; empty: none
    std::optional<double> latitude;  ///< of this node, in degrees
    std::optional<double> longitude;
  } geo;

  /// What verifiers of devices' certificates fetch.
  struct Pki {
    std::string public_url;  ///< where they reach it, such as "http://dps.example:8080"; empty: certificates do not say
    std::string http_bind = "127.0.0.1";
    std::uint16_t http_port = 0;  ///< plain HTTP, for this alone; 0: none
  } pki;

  struct Log {
    std::string format = "plain";  ///< plain or json
    std::string level = "info";    ///< debug, info, warning or error
  } log;

  struct Audit {
    int checkpoint_minutes = 10;
  } audit;
};

/// Reads and checks a file. Throws ConfigurationError for a file that does not parse, an unknown key, or a bad value.
Configuration read_configuration(const std::filesystem::path& file);

/// Checks what the file or the command line says. Throws ConfigurationError.
void check_configuration(const Configuration& configuration);

/// A listener's table in muster.toml and its place in the configuration.
struct NamedPort {
  const char* name;
  const Port* port;
};
std::array<NamedPort, 3> ports_of(const Configuration& configuration);

/// The first of the hosts, as it stands in a URL: an IPv6 address in brackets.
std::string first_host(const Configuration& configuration);
/// The same with the port of HTTPS, where that is not 443.
std::string service_host(const Configuration& configuration);

/// The file that `muster init` writes: the hosts, other ports than the defaults, and where all keys are described.
std::string initial_configuration(const Configuration& configuration);

}  // namespace muster::server
