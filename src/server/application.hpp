// What the program is made of: every object, and how they are joined.
#pragma once

#include <memory>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "dialect/admin/admin_api.hpp"
#include "dialect/azure/amqp_api.hpp"
#include "dialect/azure/azure_api.hpp"
#include "dialect/azure/mqtt_api.hpp"
#include "dialect/azure/webhook_client.hpp"
#include "dialect/pki/pki_api.hpp"
#include "net/amqp_connection.hpp"
#include "net/http_connection.hpp"
#include "net/listener.hpp"
#include "net/mqtt_connection.hpp"
#include "net/protocol_detector.hpp"
#include "net/server_loop.hpp"
#include "net/tls_context.hpp"
#include "provisioning/ca_certificates.hpp"
#include "provisioning/credential_policies.hpp"
#include "provisioning/devices.hpp"
#include "provisioning/expiry_watch.hpp"
#include "provisioning/hubs.hpp"
#include "provisioning/policies.hpp"
#include "provisioning/principals.hpp"
#include "provisioning/tenants.hpp"
#include "server/configuration.hpp"
#include "server/data_directory.hpp"
#include "server/front_door.hpp"
#include "server/geo_locator.hpp"
#include "server/log.hpp"
#include "server/loop_background.hpp"
#include "server/server_certificate.hpp"

namespace muster::server {

/// A node: its store opened, its use cases and dialects made, its ports listening. Members are destroyed from the last
/// to the first, and that order matters: listeners, then what their connections use, then the loops.
class Application {
 public:
  /// Throws std::runtime_error with one sentence where the store cannot be opened or a port cannot be had.
  Application(Configuration configuration, DataDirectory directory);
  Application(const Application&) = delete;
  Application& operator=(const Application&) = delete;
  ~Application();

  /// Begins to serve.
  void start();
  /// Drains and ends: no new connections, running requests finish within the configured time. Signs a last audit
  /// checkpoint.
  void stop();

 private:
  /// They go on after a fault, which the log gets: a database that fails once must not end them for ever.
  base::Task<void> keep_certificate_fresh();
  base::Task<void> sign_checkpoints();
  base::Task<void> clear_what_is_over();
  base::Task<void> resume_allocations();
  provisioning::AllocationParts allocation_parts();
  base::Task<void> warn_of_expiry();
  base::Task<void> keep_places_fresh();
  std::size_t thread_count() const;
  dialect::azure::DeviceApiSettings device_settings() const;
  net::TlsSettings tls_settings(net::TlsIdentity identity) const;
  net::ListenerSettings listener_settings(const NamedPort& named) const;
  net::HttpSettings http_settings() const;
  net::ProtocolHandlers protocol_handlers();
  std::vector<net::WebSocketProtocol> web_socket_protocols();

  Configuration configuration_;
  DataDirectory directory_;
  ServerLog log_;
  base::SystemClock clock_;
  base::SystemRandom random_;
  net::ServerLoop loop_;
  std::unique_ptr<provisioning::Store> store_;
  provisioning::Vault vault_;
  ServerCertificate certificate_;
  provisioning::Enrollments enrollments_;
  provisioning::Registrations registrations_;
  GeoLocator locator_;
  LoopBackground background_;
  net::HttpClient http_client_;
  provisioning::WebhookKeys webhook_keys_;
  dialect::azure::WebhookClient webhook_;
  provisioning::Registrar registrar_;
  provisioning::Devices devices_;
  provisioning::Hubs hubs_;
  provisioning::Principals principals_;
  provisioning::Policies policies_;
  provisioning::Tenants tenants_;
  provisioning::TenantUpdates tenant_updates_;
  provisioning::CaCertificates cas_;
  provisioning::CredentialPolicies credential_policies_;
  provisioning::Revocations revocations_;
  provisioning::ExpiryWatch expiry_watch_;
  dialect::azure::DeviceOperations device_operations_;
  dialect::azure::DeviceApi device_api_;
  dialect::azure::MqttApi mqtt_api_;
  dialect::azure::AmqpApi amqp_api_;
  dialect::azure::ServiceAccess service_access_;
  dialect::azure::ServiceApi service_api_;
  dialect::azure::ManagementApi management_api_;
  dialect::azure::AzureApi azure_;
  dialect::admin::AdminApi admin_;
  dialect::pki::PkiApi pki_;
  FrontDoor front_door_;
  net::HttpServer http_;
  net::HttpServer pki_http_;  // plain HTTP, for what verifiers of certificates fetch alone
  net::MqttServer mqtt_;
  net::AmqpServer amqp_;
  std::shared_ptr<net::TlsContext> tls_;
  net::ProtocolDetector detector_;
  std::vector<std::unique_ptr<net::Listener>> listeners_;
};

}  // namespace muster::server
