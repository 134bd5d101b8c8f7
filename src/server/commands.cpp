#include "server/commands.hpp"

#include <csignal>
#include <fstream>
#include <functional>
#include <iomanip>
#include <iostream>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "base/clock.hpp"
#include "base/run_task.hpp"
#include "crypto/certificate.hpp"
#include "server/application.hpp"
#include "server/audit_checkpoints.hpp"
#include "server/initialization.hpp"
#include "store/open.hpp"

namespace muster::server {
namespace {

constexpr int master_key_version = 1;
constexpr int done = 0;
constexpr int does_not_verify = 1;
constexpr int cannot_be_used = 2;

/// Runs a command; whatever cannot be used becomes one line.
int guarded(const std::function<int()>& command) {
  try {
    return command();
  } catch (const std::exception& fault) {
    std::cerr << "muster: " << fault.what() << '\n';
    return cannot_be_used;
  }
}

/// A data directory's store and vault, without a server.
struct Offline {
  explicit Offline(const DataDirectory& directory)
      : store(store::open_store(directory.database(), random)),
        vault(directory.master_key(), master_key_version, *store, random) {}

  base::SystemClock clock;
  base::SystemRandom random;
  std::unique_ptr<provisioning::Store> store;
  provisioning::Vault vault;
};

DataDirectory existing(const std::string& data) {
  DataDirectory directory(data);
  if (!directory.is_initialized())
    throw std::runtime_error(data + " is not a data directory; `muster init --data " + data + "` makes one");
  return directory;
}

/// Where devices find a protocol beside HTTPS; nothing where its port is not enabled.
struct Endpoint {
  const char* member;
  const char* title;
  std::string url;
};

std::vector<Endpoint> device_endpoints(const Configuration& configuration) {
  const std::string host = first_host(configuration);
  std::vector<Endpoint> endpoints;
  if (configuration.mqtt.enabled)
    endpoints.push_back(
        {"mqttEndpoint", "MQTT endpoint", "mqtts://" + host + ":" + std::to_string(configuration.mqtt.port)});
  if (configuration.amqp.enabled)
    endpoints.push_back(
        {"amqpEndpoint", "AMQP endpoint", "amqps://" + host + ":" + std::to_string(configuration.amqp.port)});
  return endpoints;
}

/// What the first start hands over, as text. It goes to standard output and nowhere else.
void show(const provisioning::NewTenant& made, const Configuration& configuration, const DataDirectory& directory,
          bool json) {
  const std::string host = service_host(configuration);
  std::string key = base::to_base64(made.policy_key.reveal());
  std::string token(base::text_view(made.operator_token.reveal()));
  std::string connection = "HostName=" + host + ";SharedAccessKeyName=" + made.policy_name + ";SharedAccessKey=" + key;
  const std::string hub = base::to_lower(configuration.hosts.front());
  const std::string ca = std::filesystem::absolute(directory.ca_certificate()).string();
  if (json) {
    boost::json::object body;
    body["idScope"] = made.tenant.id_scope.str();
    body["deviceEndpoint"] = "https://" + host;
    for (const auto& endpoint : device_endpoints(configuration)) body[endpoint.member] = endpoint.url;
    body["serviceEndpoint"] = "https://" + host;
    body["serviceConnectionString"] = connection;
    body["caCertificateFile"] = ca;
    body["adminToken"] = token;
    body["hub"] = hub;
    std::cout << boost::json::serialize(body) << std::endl;
  } else {
    std::cout << "Muster is initialized. These secrets are shown once and stored nowhere in plain:\n\n"
              << "  ID scope                   " << made.tenant.id_scope.str() << "\n"
              << "  Device and service endpoint https://" << host << "\n";
    for (const auto& endpoint : device_endpoints(configuration))
      std::cout << "  " << std::left << std::setw(27) << endpoint.title << endpoint.url << "\n";
    std::cout << "  Service connection string  " << connection << "\n"
              << "  Operator token             " << token << "\n"
              << "  CA certificate for clients " << ca << "\n"
              << "  Hub                        " << hub << " (external)\n"
              << std::endl;
  }
  base::wipe(key);
  base::wipe(token);
  base::wipe(connection);
}

/// Makes what is missing in a data directory; returns the first tenant where it made it.
std::optional<provisioning::NewTenant> initialize(const DataDirectory& directory, const Configuration& configuration) {
  base::SystemRandom random;
  prepare_directory(directory, configuration, random);
  Offline offline(directory);
  base::run_task(initialize_platform(*offline.store, offline.vault, offline.clock, offline.random));
  auto keys = base::run_task(
      initialize_tenant(*offline.store, offline.vault, configuration.hosts.front(), offline.clock, offline.random));
  base::run_task(write_public_certificates(*offline.store, directory));
  if (keys) base::run_task(make_checkpoint(*offline.store, offline.vault, offline.clock));
  return keys;
}

Configuration first_configuration(const DataDirectory& directory, const std::vector<std::string>& hosts) {
  Configuration configuration;
  if (std::filesystem::exists(directory.configuration())) configuration = read_configuration(directory.configuration());
  if (!hosts.empty()) configuration.hosts = hosts;
  check_configuration(configuration);
  return configuration;
}

/// A port that is asked for is wanted, whatever the file says.
void set_port(Port& port, const std::optional<std::uint16_t>& wanted) {
  if (!wanted) return;
  port.enabled = true;
  port.port = *wanted;
}

void set_ports(Configuration& configuration, const PortOptions& wanted) {
  set_port(configuration.https, wanted.https);
  set_port(configuration.mqtt, wanted.mqtt);
  set_port(configuration.amqp, wanted.amqp);
}

/// SIGTERM and SIGINT, blocked in every thread that is started after this and waited for by one.
class StopSignals {
 public:
  StopSignals() {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGTERM);
    sigaddset(&signals_, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  }
  void wait() const {
    int which = 0;
    sigwait(&signals_, &which);
  }
  /// From now on one more of them ends the process at once.
  void restore() const { pthread_sigmask(SIG_UNBLOCK, &signals_, nullptr); }

 private:
  sigset_t signals_{};
};

}  // namespace

int init(const InitOptions& options) {
  return guarded([&] {
    const DataDirectory directory(options.data);
    Configuration configuration = first_configuration(directory, options.hosts);
    set_ports(configuration, options.ports);
    const auto keys = initialize(directory, configuration);
    if (!keys)
      throw std::runtime_error(options.data + " is initialized already; `muster token --data " + options.data +
                               "` makes a new operator's token");
    show(*keys, configuration, directory, options.json);
    return done;
  });
}

int serve(const ServeOptions& options) {
  return guarded([&] {
    const DataDirectory directory(options.data);
    const StopSignals signals;
    const bool is_first_start = !directory.is_initialized();
    Configuration configuration =
        first_configuration(directory, is_first_start ? options.hosts : std::vector<std::string>{});
    if (options.bind) configuration.https.bind = configuration.mqtt.bind = configuration.amqp.bind = *options.bind;
    set_ports(configuration, options.ports);
    check_configuration(configuration);
    // At every start: a first one that was cut off goes on where it ended.
    if (const auto keys = initialize(directory, configuration)) show(*keys, configuration, directory, false);

    Application application(std::move(configuration), directory);
    application.start();
    signals.wait();
    signals.restore();
    application.stop();
    return done;
  });
}

int audit_verify(const AuditVerifyOptions& options) {
  return guarded([&] {
    provisioning::AuditVerifier verifier;
    std::string signer_file = options.signer;
    if (options.data.empty()) {
      std::ifstream in(options.file);
      if (!in) throw std::runtime_error(options.file + " cannot be read");
      verify_file(in, verifier);
    } else {
      const DataDirectory directory = existing(options.data);
      Offline offline(directory);
      base::run_task(verify_store(*offline.store, verifier));
      if (signer_file.empty()) signer_file = directory.audit_certificate().string();
    }

    auto findings = verifier.findings();
    // Initialization signs the first checkpoint; what nobody signed, anybody may have written.
    if (verifier.records() > 0 && verifier.checkpoints() == 0)
      findings.push_back({"the whole trail", "there is no checkpoint, so nothing vouches for its records"});
    if (!signer_file.empty() && !verifier.signer().empty()) {
      std::ifstream in(signer_file);
      const std::string pem((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
      const auto signer = crypto::Certificate::from_text(pem);
      if (!signer) throw std::runtime_error(signer_file + " is not a certificate");
      if (signer->der() != verifier.signer())
        findings.push_back({"checkpoint 1", "was signed by another key than that of " + signer_file});
    }
    for (const auto& finding : findings) std::cout << finding.where << ": " << finding.what << '\n';
    std::cout << verifier.records() << " records, " << verifier.checkpoints() << " checkpoints: "
              << (findings.empty() ? "the trail is whole" : std::to_string(findings.size()) + " places do not verify")
              << std::endl;
    return findings.empty() ? done : does_not_verify;
  });
}

int audit_export(const AuditExportOptions& options) {
  return guarded([&] {
    const DataDirectory directory = existing(options.data);
    Offline offline(directory);
    base::run_task(make_checkpoint(*offline.store, offline.vault, offline.clock));
    if (options.out.empty()) {
      base::run_task(export_trail(*offline.store, std::cout));
      return done;
    }
    std::ofstream out(options.out, std::ios::trunc);
    std::filesystem::permissions(options.out, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    base::run_task(export_trail(*offline.store, out));
    out.close();
    if (!out) throw std::runtime_error(options.out + " cannot be written");
    return done;
  });
}

int token(const TokenOptions& options) {
  return guarded([&] {
    Offline offline(existing(options.data));
    if (options.platform && !options.tenant.empty())
      throw std::runtime_error("--platform and --tenant exclude each other: the platform is every tenant's");
    const base::TenantId tenant = options.platform         ? provisioning::platform_tenant
                                  : options.tenant.empty() ? first_tenant
                                                           : base::TenantId(base::to_lower(options.tenant));
    const base::Secret made =
        base::run_task(make_principal(*offline.store, tenant, options.name, offline.clock, offline.random));
    std::cout << base::text_view(made.reveal()) << std::endl;
    return done;
  });
}

}  // namespace muster::server
