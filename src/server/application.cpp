#include "server/application.hpp"

#include <algorithm>
#include <thread>

#include "base/run_task.hpp"
#include "net/timer.hpp"
#include "provisioning/limited_store.hpp"
#include "provisioning/remembering_store.hpp"
#include "server/audit_checkpoints.hpp"
#include "store/open.hpp"

namespace muster::server {
namespace {

constexpr int master_key_version = 1;
constexpr std::chrono::minutes certificate_check_interval{10};
constexpr std::chrono::seconds challenge_clearing_interval{30};
constexpr std::chrono::seconds allocation_resuming_interval{1};
constexpr std::chrono::minutes geo_check_interval{1};
// Beside a webhook's own time limit: what a node may need to commit before another one takes its call over.
constexpr std::chrono::seconds allocation_lease_margin{5};

std::optional<provisioning::Place> place_of_node(const Configuration::Geo& geo) {
  if (!geo.latitude || !geo.longitude) return std::nullopt;
  return provisioning::Place{*geo.latitude, *geo.longitude};
}
constexpr std::chrono::hours expiry_check_interval{24};

/// The database, what of it is remembered, and the tenants' limits in front.
std::unique_ptr<provisioning::Store> open_store(const DataDirectory& directory, const base::Clock& clock,
                                                base::Random& random) {
  auto database = store::open_store(directory.database(), random);
  auto remembering = std::make_unique<provisioning::RememberingStore>(std::move(database), clock);
  return std::make_unique<provisioning::LimitedStore>(std::move(remembering), clock);
}

}  // namespace

Application::Application(Configuration configuration, DataDirectory directory)
    : configuration_(std::move(configuration)),
      directory_(std::move(directory)),
      log_(configuration_.log),
      loop_(thread_count(), log_),
      store_(open_store(directory_, clock_, random_)),
      vault_(directory_.master_key(), master_key_version, *store_, random_),
      certificate_(*store_, vault_, clock_, random_, configuration_.hosts),
      enrollments_(*store_, vault_, clock_, random_),
      registrations_(*store_, clock_),
      locator_(configuration_.geo.database, place_of_node(configuration_.geo)),
      background_(loop_),
      http_client_({.ca_file = configuration_.webhook.ca_file, .allow_http = configuration_.webhook.allow_http}),
      webhook_keys_(*store_, vault_, clock_, random_),
      webhook_(http_client_, webhook_keys_, clock_, std::chrono::seconds(configuration_.webhook.timeout_seconds)),
      registrar_(*store_, vault_, clock_, random_, allocation_parts(), configuration_.pki.public_url),
      devices_(*store_, clock_),
      hubs_(*store_, clock_),
      principals_(*store_, clock_, random_),
      policies_(*store_, vault_, clock_, random_),
      tenants_(*store_, vault_, clock_, random_),
      tenant_updates_(*store_, vault_, clock_, random_),
      cas_(*store_, clock_, random_),
      credential_policies_(*store_, clock_),
      revocations_(*store_, vault_, clock_),
      expiry_watch_(*store_, clock_),
      device_operations_(registrar_, clock_, log_, device_settings()),
      device_api_(device_operations_),
      mqtt_api_(device_operations_, clock_, random_, log_, device_settings()),
      amqp_api_(device_operations_, clock_, random_, log_),
      service_access_(policies_, configuration_.hosts),
      service_api_(*store_, enrollments_, registrations_, service_access_, clock_, log_),
      management_api_(
          {*store_, principals_, tenants_, tenant_updates_, policies_, cas_, log_, service_host(configuration_)}),
      azure_(device_api_, service_api_, management_api_, clock_),
      admin_({*store_, enrollments_, devices_, hubs_, principals_, policies_, tenants_, cas_, webhook_keys_, webhook_,
              credential_policies_, revocations_, clock_}),
      pki_(revocations_),
      front_door_(admin_, pki_, azure_),
      http_(front_door_, log_, random_, clock_, http_settings(), web_socket_protocols()),
      pki_http_(pki_, log_, random_, clock_, http_settings()),
      mqtt_(mqtt_api_, log_),
      amqp_(amqp_api_, log_, random_, {.mechanisms = dialect::azure::AmqpApi::mechanisms()}),
      tls_(std::make_shared<net::TlsContext>(tls_settings(base::run_task(certificate_.current())))),
      detector_(protocol_handlers(), std::chrono::seconds(configuration_.connections.handshake_seconds), log_) {
  const auto serve = [this](net::ByteStreamPtr stream) { return detector_.serve(std::move(stream)); };
  for (const auto& named : ports_of(configuration_)) {
    if (!named.port->enabled) continue;
    listeners_.push_back(std::make_unique<net::Listener>(loop_, listener_settings(named), tls_, serve, log_));
  }
  if (configuration_.pki.http_port != 0) {
    const Port port{.bind = configuration_.pki.http_bind, .port = configuration_.pki.http_port};
    const auto serve_pki = [this](net::ByteStreamPtr stream) { return pki_http_.serve(std::move(stream)); };
    listeners_.push_back(
        std::make_unique<net::Listener>(loop_, listener_settings({"pki", &port}), nullptr, serve_pki, log_));
  }
}

Application::~Application() = default;

std::size_t Application::thread_count() const {
  if (configuration_.threads > 0) return static_cast<std::size_t>(configuration_.threads);
  return std::max(1U, std::thread::hardware_concurrency());
}

dialect::azure::DeviceApiSettings Application::device_settings() const {
  return {.answer_at_once = configuration_.azure.answer_at_once,
          .retry_after_seconds = configuration_.azure.retry_after_seconds};
}

provisioning::AllocationParts Application::allocation_parts() {
  provisioning::AllocationParts parts{.locator = &locator_, .webhook = &webhook_, .background = &background_};
  parts.custom.wait = std::chrono::seconds(configuration_.webhook.wait_seconds);
  parts.custom.lease = std::chrono::seconds(configuration_.webhook.timeout_seconds) + allocation_lease_margin;
  parts.custom.attempts_max = configuration_.webhook.attempts_max;
  return parts;
}

net::TlsSettings Application::tls_settings(net::TlsIdentity identity) const {
  using net::ClientCertificates;
  const auto& connections = configuration_.connections;
  net::TlsSettings settings{.identity = std::move(identity),
                            .second_identity = {},
                            .client_certificates = connections.ask_for_client_certificates
                                                       ? ClientCertificates::ask
                                                       : ClientCertificates::do_not_ask,
                            .application_protocols = net::application_protocols(),
                            .by_server_name = {}};
  for (const auto& name : connections.ask_names)
    settings.by_server_name[base::to_lower(name)] = ClientCertificates::ask;
  for (const auto& name : connections.do_not_ask_names)
    settings.by_server_name[base::to_lower(name)] = ClientCertificates::do_not_ask;
  return settings;
}

net::ListenerSettings Application::listener_settings(const NamedPort& named) const {
  const auto& connections = configuration_.connections;
  net::ListenerSettings settings;
  settings.name = named.name;
  settings.address = named.port->bind;
  settings.port = named.port->port;
  settings.connections_max = static_cast<std::size_t>(connections.max);
  settings.handshake_time = std::chrono::seconds(connections.handshake_seconds);
  for (const auto& network : connections.proxies) settings.proxies.push_back(*base::Network::parse(network));
  return settings;
}

net::HttpSettings Application::http_settings() const {
  net::HttpSettings settings;
  settings.request_time = std::chrono::seconds(configuration_.https.request_seconds);
  settings.idle_time = std::chrono::seconds(configuration_.https.idle_seconds);
  return settings;
}

net::ProtocolHandlers Application::protocol_handlers() {
  net::ProtocolHandlers handlers;
  handlers.http = [this](net::ByteStreamPtr stream) { return http_.serve(std::move(stream)); };
  handlers.mqtt = [this](net::ByteStreamPtr stream) { return mqtt_.serve(std::move(stream)); };
  handlers.amqp = [this](net::ByteStreamPtr stream) { return amqp_.serve(std::move(stream)); };
  return handlers;
}

std::vector<net::WebSocketProtocol> Application::web_socket_protocols() {
  const net::ProtocolHandlers handlers = protocol_handlers();
  std::vector<net::WebSocketProtocol> protocols;
  if (handlers.mqtt) protocols.push_back({"mqtt", handlers.mqtt});
  if (handlers.amqp) protocols.push_back({"AMQPWSB10", handlers.amqp});
  return protocols;
}

void Application::start() {
  loop_.spawn(0, keep_certificate_fresh());
  loop_.spawn(0, sign_checkpoints());
  loop_.spawn(0, clear_what_is_over());
  loop_.spawn(0, resume_allocations());
  loop_.spawn(0, warn_of_expiry());
  if (!configuration_.geo.database.empty()) loop_.spawn(0, keep_places_fresh());
  loop_.start();
  for (const auto& listener : listeners_)
    log_.write(net::LogLevel::info, "listening",
               {{"listener", listener->settings().name},
                {"address", listener->settings().address},
                {"port", std::to_string(listener->port())}});
}

void Application::stop() {
  log_.write(net::LogLevel::info, "draining", {{"seconds", std::to_string(configuration_.drain_seconds)}});
  for (const auto& listener : listeners_) listener->stop();
  const bool drained = loop_.stop(std::chrono::seconds(configuration_.drain_seconds));
  base::run_task(make_checkpoint(*store_, vault_, clock_));
  log_.write(net::LogLevel::info, "stopped", {{"drained", drained ? "true" : "false"}});
}

base::Task<void> Application::keep_certificate_fresh() {
  // g++ 12.2 destroys a converted argument twice where the awaited call stands in the condition itself.
  const std::chrono::milliseconds interval = certificate_check_interval;
  for (bool time_passed = co_await net::sleep_for(interval); time_passed;
       time_passed = co_await net::sleep_for(interval)) {
    try {
      auto identity = co_await certificate_.current();
      tls_->replace(tls_settings(std::move(identity)));
    } catch (const std::exception& fault) {
      log_.write(net::LogLevel::error, "certificate_renewal_failed", {{"fault", fault.what()}});
    }
  }
}

base::Task<void> Application::sign_checkpoints() {
  const std::chrono::milliseconds interval = std::chrono::minutes(configuration_.audit.checkpoint_minutes);
  for (bool time_passed = true; time_passed; time_passed = co_await net::sleep_for(interval)) {
    try {
      co_await make_checkpoint(*store_, vault_, clock_);
    } catch (const std::exception& fault) {
      log_.write(net::LogLevel::error, "checkpoint_failed", {{"fault", fault.what()}});
    }
  }
}

base::Task<void> Application::clear_what_is_over() {
  const std::chrono::milliseconds interval = challenge_clearing_interval;
  for (bool time_passed = true; time_passed; time_passed = co_await net::sleep_for(interval)) {
    try {
      co_await registrar_.remove_expired_challenges();
      co_await registrar_.remove_old_deferrals();
      co_await registrar_.remove_expired_certificates();
      co_await registrar_.tidy_refusals();
    } catch (const std::exception& fault) {
      log_.write(net::LogLevel::error, "rows_not_cleared", {{"fault", fault.what()}});
    }
  }
}

base::Task<void> Application::resume_allocations() {
  const std::chrono::milliseconds interval = allocation_resuming_interval;
  for (bool time_passed = true; time_passed; time_passed = co_await net::sleep_for(interval)) {
    try {
      co_await registrar_.resume_allocations();
    } catch (const std::exception& fault) {
      log_.write(net::LogLevel::error, "allocations_not_resumed", {{"fault", fault.what()}});
    }
  }
}

base::Task<void> Application::warn_of_expiry() {
  const std::chrono::milliseconds interval = expiry_check_interval;
  for (bool time_passed = true; time_passed; time_passed = co_await net::sleep_for(interval)) {
    try {
      const auto warnings = co_await expiry_watch_.check();
      for (const auto& warning : warnings)
        log_.write(net::LogLevel::warning, "ca_expires_soon",
                   {{"tenant", warning.tenant.str()},
                    {"what", warning.subject},
                    {"warning", warning.warning},
                    {"not_after", base::to_rfc3339(warning.not_after)}});
    } catch (const std::exception& fault) {
      log_.write(net::LogLevel::error, "expiry_not_checked", {{"fault", fault.what()}});
    }
  }
}

base::Task<void> Application::keep_places_fresh() {
  const std::chrono::milliseconds interval = geo_check_interval;
  for (bool time_passed = co_await net::sleep_for(interval); time_passed;
       time_passed = co_await net::sleep_for(interval)) {
    try {
      if (locator_.take_up_replaced())
        log_.write(net::LogLevel::info, "geo_database_taken_up", {{"file", configuration_.geo.database}});
    } catch (const std::exception& fault) {
      log_.write(net::LogLevel::error, "geo_database_unusable", {{"fault", fault.what()}});
    }
  }
}

}  // namespace muster::server
