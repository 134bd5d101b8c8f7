// What tests of the admin API share: an API over a database of its own, two tenants and principals. Included by tests
// only.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/run_task.hpp"
#include "base/temporary_directory_test.hpp"
#include "dialect/admin/admin_api.hpp"
#include "dialect/azure/webhook_client.hpp"
#include "store/open.hpp"

namespace muster::dialect::admin {

namespace asio = boost::asio;
namespace json = boost::json;
using namespace provisioning;

inline const TenantId tenant_a{"tenant-a"};
inline const TenantId tenant_b{"tenant-b"};
inline const TimePoint noon = base::from_unix_seconds(1764000000);

std::string read_vector(const std::string& name);

struct Requested {
  std::string method;
  std::string path;  ///< below /muster/v1/, with the query
  std::string body;
  std::vector<net::Header> headers;
};

class AdminApiTest : public ::testing::Test {
 protected:
  AdminApiTest();
  ~AdminApiTest() override;

  template <class T>
  T run(Task<T> task) {
    return base::run_task(context, std::move(task));
  }

  void add_tenant(const TenantId& id);

  std::string add_principal(const TenantId& tenant, std::string name, Role role, std::string scope = {},
                            std::optional<TimePoint> expires_at = {});
  net::HttpResponse send(Requested wanted, const std::string& token);
  net::HttpResponse send(Requested wanted);
  net::HttpResponse get(const std::string& path);
  net::HttpResponse put(const std::string& path, const std::string& body);
  static json::object object(const net::HttpResponse& response);

  /// The refusal's name; "200" and so on where nothing was refused.
  static std::string outcome(const net::HttpResponse& response);
  static std::string header(const net::HttpResponse& response, std::string_view name);
  std::vector<AuditEvent> audit_of(const TenantId& tenant);

  base::TemporaryDirectory directory;
  asio::io_context context{1};  // outlives the store, whose writing thread resumes what waits in it
  base::SystemRandom random;
  base::ManualClock clock{noon};
  std::unique_ptr<store::SqlStore> store = store::open_store(directory.path() / "muster.db", random);
  Vault vault{base::Secret(base::Bytes(32, 7)), 1, *store, random};
  Enrollments enrollments{*store, vault, clock, random};
  Devices devices{*store, clock};
  Hubs hubs{*store, clock};
  Principals principals{*store, clock, random};
  Policies policies{*store, vault, clock, random};
  Tenants tenants{*store, vault, clock, random};
  CaCertificates cas{*store, clock, random};
  net::HttpClient http_client{{}};
  WebhookKeys webhook_keys{*store, vault, clock, random};
  azure::WebhookClient webhook{http_client, webhook_keys, clock, std::chrono::seconds(5)};
  CredentialPolicies credential_policies{*store, clock};
  Revocations revocations{*store, vault, clock};
  AdminApi api{{*store, enrollments, devices, hubs, principals, policies, tenants, cas, webhook_keys, webhook,
                credential_policies, revocations, clock}};
  std::string operator_token;
};

}  // namespace muster::dialect::admin
