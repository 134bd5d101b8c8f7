#include "dialect/azure/fixture_test.hpp"

#include <stdexcept>

namespace muster::dialect::azure {

void RecordingLog::write(net::LogLevel, std::string_view event, std::initializer_list<net::LogField> fields) {
  text += event;
  for (const auto& field : fields) text.append(" ").append(field.name).append("=").append(field.value);
  text += "\n";
}

AzureApiTest::AzureApiTest() {
  add_tenant(tenant_a, scope_a);
  add_policy(tenant_a, owner, provisioning::all_service_rights);
}

AzureApiTest::~AzureApiTest() = default;

void AzureApiTest::add_tenant(const base::TenantId& id, const std::string& id_scope, bool enabled) {
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

void AzureApiTest::add_policy(const base::TenantId& tenant, const std::string& name, unsigned rights) {
  provisioning::Actor actor{"system", {}};
  if (!base::run_task(policies.add(tenant, name, rights, std::move(actor)))) throw std::runtime_error("policy");
}

provisioning::SymmetricKeys AzureApiTest::keys_of(const base::TenantId& tenant, const std::string& name) {
  auto policy = base::run_task(policies.get(tenant, name));
  return base::run_task(policies.reveal_keys(std::move(*policy)));
}

std::string AzureApiTest::service_token(const std::string& policy, const std::string& resource) {
  return codec::make_sas_token(resource, keys_of(tenant_a, policy).primary, clock.now() + std::chrono::hours(1),
                               policy);
}

std::string AzureApiTest::device_token(const std::string& id, const base::Secret& key, const std::string& scope) {
  return codec::make_sas_token(scope + "%2Fregistrations%2F" + id, key, clock.now() + std::chrono::hours(1),
                               "registration");
}

net::HttpRequest AzureApiTest::request_of(Requested wanted) {
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

net::HttpResponse AzureApiTest::send(Requested wanted) {
  return base::run_task(azure.handle(request_of(std::move(wanted))));
}

net::HttpResponse AzureApiTest::manage(Requested wanted) {
  wanted.authorization = service_token();
  return send(std::move(wanted));
}

json::object AzureApiTest::object(const net::HttpResponse& response) { return json::parse(response.body).as_object(); }

std::string AzureApiTest::header(const net::HttpResponse& response, std::string_view name) {
  for (const auto& [key, value] : response.headers)
    if (base::equal_ignoring_case(key, name)) return value;
  return {};
}

int AzureApiTest::outcome(const net::HttpResponse& response) {
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

}  // namespace muster::dialect::azure
