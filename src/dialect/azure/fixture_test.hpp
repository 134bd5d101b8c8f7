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
#include <memory>
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
  void write(net::LogLevel, std::string_view event, std::initializer_list<net::LogField> fields) override;
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
  AzureApiTest();
  ~AzureApiTest() override;

  void add_tenant(const base::TenantId& id, const std::string& id_scope, bool enabled = true);
  void add_policy(const base::TenantId& tenant, const std::string& name, unsigned rights);

  provisioning::SymmetricKeys keys_of(const base::TenantId& tenant, const std::string& name);
  std::string service_token(const std::string& policy = owner, const std::string& resource = service_host);

  std::string device_token(const std::string& id, const base::Secret& key, const std::string& scope = scope_a);
  static net::HttpRequest request_of(Requested wanted);

  /// As it is, without credentials of its own.
  net::HttpResponse send(Requested wanted);
  /// With the owner's token.
  net::HttpResponse manage(Requested wanted);
  static json::object object(const net::HttpResponse& response);
  static std::string header(const net::HttpResponse& response, std::string_view name);
  /// Azure's code of a refusal, whose body and headers are checked along the way; the status of anything else.
  static int outcome(const net::HttpResponse& response);

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
