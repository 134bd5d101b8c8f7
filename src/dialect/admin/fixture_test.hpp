// What tests of the admin API share: an API over a database of its own, two tenants and principals. Included by tests
// only.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <string>

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

inline std::string read_vector(const std::string& name) {
  std::ifstream stream(std::string(MUSTER_SOURCE_DIR) + "/tests/vectors/" + name);
  if (!stream) throw std::runtime_error("no " + name);
  return {std::istreambuf_iterator<char>(stream), {}};
}

struct Requested {
  std::string method;
  std::string path;  ///< below /muster/v1/, with the query
  std::string body;
  std::vector<net::Header> headers;
};

class AdminApiTest : public ::testing::Test {
 protected:
  AdminApiTest() {
    for (const auto& tenant : {platform_tenant, tenant_a, tenant_b}) add_tenant(tenant);
    operator_token = add_principal(tenant_a, "olga", Role::operator_);
  }

  template <class T>
  static Task<void> keep_result(Task<T> task, std::optional<T>& result) {
    result.emplace(co_await std::move(task));
  }
  static void rethrow(const std::exception_ptr& fault) {
    if (fault) std::rethrow_exception(fault);
  }
  template <class T>
  T run(Task<T> task) {
    std::optional<T> result;
    asio::co_spawn(context, keep_result(std::move(task), result), rethrow);
    context.restart();
    context.run();
    return *std::move(result);
  }

  void add_tenant(const TenantId& id) {
    Write write{.tenant = id, .changes = {}, .audit = {}};
    write.changes.emplace_back(Put{vault.make_data_key(id, 1, noon)});
    if (id != platform_tenant) {
      Tenant tenant;
      tenant.id = id;
      tenant.name = id.str();
      tenant.id_scope = base::IdScope("0ne" + id.str());
      tenant.created_at = noon;
      write.changes.emplace_back(Put{tenant});
    }
    if (!run(store->commit(std::move(write)))) throw std::runtime_error("tenant");
  }

  std::string add_principal(const TenantId& tenant, std::string name, Role role, std::string scope = {},
                            std::optional<TimePoint> expires_at = {}) {
    Principal wanted;
    wanted.tenant = tenant;
    wanted.name = std::move(name);
    wanted.role = role;
    wanted.scope = std::move(scope);
    wanted.expires_at = expires_at;
    const auto made = run(principals.add(std::move(wanted), Actor{"system", {}}));
    if (!made) throw std::runtime_error(base::to_string(made.error()));
    return std::string(base::text_view(made->token.reveal()));
  }

  net::HttpResponse send(Requested wanted, const std::string& token) {
    net::HttpRequest request;
    request.method = std::move(wanted.method);
    const std::size_t question = wanted.path.find('?');
    request.path = std::string(path_prefix) + wanted.path.substr(0, question);
    if (question != std::string::npos) request.query = wanted.path.substr(question + 1);
    request.headers = std::move(wanted.headers);
    if (!token.empty()) request.headers.emplace_back("Authorization", "Bearer " + token);
    request.body = std::move(wanted.body);
    request.request_id = "request-1";
    auto peer = std::make_shared<net::Peer>();
    peer->address = "192.0.2.7";
    request.peer = std::move(peer);
    return run(api.handle(std::move(request)));
  }
  net::HttpResponse send(Requested wanted) { return send(std::move(wanted), operator_token); }

  net::HttpResponse get(const std::string& path) { return send({"GET", path, {}, {}}); }
  net::HttpResponse put(const std::string& path, const std::string& body) { return send({"PUT", path, body, {}}); }

  static json::object object(const net::HttpResponse& response) { return json::parse(response.body).as_object(); }

  /// The refusal's name; "200" and so on where nothing was refused.
  static std::string outcome(const net::HttpResponse& response) {
    if (response.status < 400) return std::to_string(response.status);
    return object(response).at("error").at("code").as_string().c_str();
  }
  static std::string header(const net::HttpResponse& response, std::string_view name) {
    for (const auto& [key, value] : response.headers)
      if (base::equal_ignoring_case(key, name)) return value;
    return {};
  }

  std::vector<AuditEvent> audit_of(const TenantId& tenant) {
    std::vector<AuditEvent> events;
    for (const auto& row : run(store->list_audit(tenant, std::nullopt, 100))) events.push_back(row.record.event);
    return events;
  }

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
