// What tests of the Azure API share: the API over a database of its own, with one tenant, its hub and its policy.
// Included by tests only.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>

#include "base/run_task.hpp"
#include "base/temporary_directory_test.hpp"
#include "codec/sas_token.hpp"
#include "dialect/azure/azure_api.hpp"
#include "net/http.hpp"
#include "provisioning/policies.hpp"
#include "store/open.hpp"

namespace muster::dialect::azure {

namespace json = boost::json;

inline const base::TenantId tenant_a{"tenant-a"};
inline constexpr const char* scope_a = "0ne0000000a";
inline const base::TimePoint noon = base::from_unix_seconds(1764000000);
inline constexpr const char* service_host = "dps.example";
inline constexpr const char* owner = "provisioningserviceowner";

/// Keeps what is logged, one line per entry.
class RecordingLog final : public net::Log {
 public:
  void write(net::LogLevel, std::string_view event, std::initializer_list<net::LogField> fields) override {
    text += event;
    for (const auto& field : fields) text.append(" ").append(field.name).append("=").append(field.value);
    text += "\n";
  }
  std::string text;
};

struct Requested {
  std::string method;
  std::string path;
  std::string body = {};
  std::string authorization = {};
  std::string if_match = {};
  std::string query = "api-version=2021-10-01";
};

class AzureApiTest : public ::testing::Test {
 protected:
  AzureApiTest() {
    add_tenant(tenant_a, scope_a);
    add_policy(tenant_a, owner, provisioning::all_service_rights);
  }

  void add_tenant(const base::TenantId& id, const std::string& id_scope, bool enabled = true) {
    provisioning::Write write{.tenant = id, .changes = {}, .audit = {}};
    write.changes.emplace_back(provisioning::Put{vault.make_data_key(id, 1, noon)});
    provisioning::Tenant tenant;
    tenant.id = id;
    tenant.name = id.str();
    tenant.id_scope = base::IdScope(id_scope);
    tenant.enabled = enabled;
    tenant.created_at = noon;
    write.changes.emplace_back(provisioning::Put{tenant});
    provisioning::Hub hub;
    hub.tenant = id;
    hub.name = base::HubName("hub.example");
    hub.created_at = noon;
    hub.updated_at = noon;
    write.changes.emplace_back(provisioning::Put{hub});
    if (!base::run_task(store->commit(std::move(write)))) throw std::runtime_error("tenant");
  }

  void add_policy(const base::TenantId& tenant, const std::string& name, unsigned rights) {
    provisioning::Actor actor{"system", {}};
    if (!base::run_task(policies.add(tenant, name, rights, std::move(actor)))) throw std::runtime_error("policy");
  }

  provisioning::SymmetricKeys keys_of(const base::TenantId& tenant, const std::string& name) {
    auto policy = base::run_task(policies.get(tenant, name));
    return base::run_task(policies.reveal_keys(std::move(*policy)));
  }

  std::string service_token(const std::string& policy = owner, const std::string& resource = service_host) {
    return codec::make_sas_token(resource, keys_of(tenant_a, policy).primary, clock.now() + std::chrono::hours(1),
                                 policy);
  }

  std::string device_token(const std::string& id, const base::Secret& key, const std::string& scope = scope_a) {
    return codec::make_sas_token(scope + "%2Fregistrations%2F" + id, key, clock.now() + std::chrono::hours(1),
                                 "registration");
  }

  static net::HttpRequest request_of(Requested wanted) {
    net::HttpRequest request;
    request.method = std::move(wanted.method);
    request.path = std::move(wanted.path);
    request.query = std::move(wanted.query);
    request.headers.emplace_back("Host", service_host);
    if (!wanted.authorization.empty()) request.headers.emplace_back("Authorization", std::move(wanted.authorization));
    if (!wanted.if_match.empty()) request.headers.emplace_back("If-Match", std::move(wanted.if_match));
    request.body = std::move(wanted.body);
    request.request_id = "request-1";
    auto peer = std::make_shared<net::Peer>();
    peer->address = "192.0.2.7";
    request.peer = std::move(peer);
    return request;
  }

  /// As it is, without credentials of its own.
  net::HttpResponse send(Requested wanted) { return base::run_task(azure.handle(request_of(std::move(wanted)))); }
  /// With the owner's token.
  net::HttpResponse manage(Requested wanted) {
    wanted.authorization = service_token();
    return send(std::move(wanted));
  }

  static json::object object(const net::HttpResponse& response) { return json::parse(response.body).as_object(); }
  static std::string header(const net::HttpResponse& response, std::string_view name) {
    for (const auto& [key, value] : response.headers)
      if (base::equal_ignoring_case(key, name)) return value;
    return {};
  }
  /// Azure's code of a refusal, whose body and headers are checked along the way; the status of anything else.
  static int outcome(const net::HttpResponse& response) {
    if (response.status < 400) return response.status;
    const auto body = object(response);
    const int code = body.at("errorCode").to_number<int>();
    EXPECT_EQ(code / 1000, response.status);
    EXPECT_EQ(body.at("trackingId").as_string(), "request-1");
    EXPECT_FALSE(body.at("message").as_string().empty());
    EXPECT_EQ(header(response, "x-ms-error-code"), std::to_string(code));
    EXPECT_EQ(header(response, "Content-Type"), "application/json; charset=utf-8");
    return code;
  }

  base::TemporaryDirectory directory;
  base::SystemRandom random;
  base::ManualClock clock{noon};
  RecordingLog log;
  std::unique_ptr<store::SqlStore> store = store::open_store(directory.path() / "muster.db", random);
  provisioning::Vault vault{base::Secret(base::Bytes(32, 7)), 1, *store, random};
  provisioning::Enrollments enrollments{*store, vault, clock, random};
  provisioning::Registrations registrations{*store, clock};
  provisioning::Registrar registrar{*store, vault, clock, random};
  provisioning::Policies policies{*store, vault, clock, random};
  ServiceAccess access{policies, {"localhost", "DPS.example", "2001:db8::1"}};
  DeviceOperations operations{registrar, clock, log, {}};
  DeviceApi device_api{operations};
  ServiceApi service_api{*store, enrollments, registrations, access, clock, log};
  provisioning::Principals principals{*store, clock, random};
  provisioning::Tenants tenants{*store, vault, clock, random};
  provisioning::TenantUpdates tenant_updates{*store, vault, clock, random};
  provisioning::CaCertificates ca_certificates{*store, clock, random};
  ManagementApi management{{*store, principals, tenants, tenant_updates, policies, ca_certificates, log, service_host}};
  AzureApi azure{device_api, service_api, management, clock};
};

}  // namespace muster::dialect::azure
