#include "dialect/admin/fixture_test.hpp"

#include <fstream>
#include <iterator>
#include <stdexcept>

#include "source_directory.hpp"

namespace muster::dialect::admin {

std::string read_vector(const std::string& name) {
  std::ifstream stream(std::string(MUSTER_SOURCE_DIR) + "/tests/vectors/" + name);
  if (!stream) throw std::runtime_error("no " + name);
  return {std::istreambuf_iterator<char>(stream), {}};
}

AdminApiTest::AdminApiTest() {
  for (const auto& tenant : {platform_tenant, tenant_a, tenant_b}) add_tenant(tenant);
  operator_token = add_principal(tenant_a, "olga", Role::operator_);
}

AdminApiTest::~AdminApiTest() = default;

void AdminApiTest::add_tenant(const TenantId& id) {
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

std::string AdminApiTest::add_principal(const TenantId& tenant, std::string name, Role role, std::string scope,
                                        std::optional<TimePoint> expires_at) {
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

net::HttpResponse AdminApiTest::send(Requested wanted, const std::string& token) {
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

net::HttpResponse AdminApiTest::send(Requested wanted) { return send(std::move(wanted), operator_token); }

net::HttpResponse AdminApiTest::get(const std::string& path) { return send({"GET", path, {}, {}}); }

net::HttpResponse AdminApiTest::put(const std::string& path, const std::string& body) {
  return send({"PUT", path, body, {}});
}

json::object AdminApiTest::object(const net::HttpResponse& response) { return json::parse(response.body).as_object(); }

std::string AdminApiTest::outcome(const net::HttpResponse& response) {
  if (response.status < 400) return std::to_string(response.status);
  return object(response).at("error").at("code").as_string().c_str();
}

std::string AdminApiTest::header(const net::HttpResponse& response, std::string_view name) {
  for (const auto& [key, value] : response.headers)
    if (base::equal_ignoring_case(key, name)) return value;
  return {};
}

std::vector<AuditEvent> AdminApiTest::audit_of(const TenantId& tenant) {
  std::vector<AuditEvent> events;
  for (const auto& row : run(store->list_audit(tenant, std::nullopt, 100))) events.push_back(row.record.event);
  return events;
}

}  // namespace muster::dialect::admin
