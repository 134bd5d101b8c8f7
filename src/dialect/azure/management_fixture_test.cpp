#include "dialect/azure/management_fixture_test.hpp"

#include <stdexcept>

namespace muster::dialect::azure {

ManagementApiTest::ManagementApiTest() {
  using provisioning::Role;
  add_tenant(tenant_b, scope_b);
  add_principal("platform", provisioning::platform_tenant, Role::platform);
  add_principal("operator", tenant_a, Role::operator_);
  add_principal("auditor", tenant_a, Role::auditor);
  add_principal("factory", tenant_a, Role::factory);
  add_principal("installer", tenant_a, Role::installer);
  add_principal("other operator", tenant_b, Role::operator_);
}

ManagementApiTest::~ManagementApiTest() = default;

void ManagementApiTest::add_principal(const std::string& who, const base::TenantId& tenant, provisioning::Role role,
                                      const std::string& scope) {
  provisioning::Principal wanted;
  wanted.tenant = tenant;
  wanted.name = who.substr(who.rfind(' ') + 1);
  wanted.role = role;
  wanted.scope = scope;
  provisioning::Actor actor{"system", {}};
  const auto made = base::run_task(principals.add(std::move(wanted), std::move(actor)));
  if (!made) throw std::runtime_error(base::to_string(made.error()));
  tokens[who] = std::string(base::text_view(made->token.reveal()));
}

std::string ManagementApiTest::path_of(const std::string& service, const std::string& below) {
  return any_group + "/provisioningServices/" + service + below;
}

net::HttpResponse ManagementApiTest::call(const std::string& who, Requested wanted) {
  if (!who.empty()) wanted.authorization = "Bearer " + tokens.at(who);
  return send(std::move(wanted));
}

net::HttpResponse ManagementApiTest::call(const std::string& who, const std::string& method, const std::string& path,
                                          const std::string& body, const std::string& if_match) {
  Requested wanted;
  wanted.method = method;
  wanted.path = path;
  wanted.body = body;
  wanted.if_match = if_match;
  wanted.query = "api-version=2022-02-05";
  return call(who, std::move(wanted));
}

std::string ManagementApiTest::reason(const net::HttpResponse& response) {
  if (response.status < 400) return {};
  const auto body = object(response);
  const auto& error = body.at("error").as_object();
  EXPECT_EQ(error.at("message"), body.at("message"));
  EXPECT_EQ(error.at("code"), body.at("httpStatusCode"));
  EXPECT_EQ(body.at("code").as_int64() / 1000, response.status);
  return std::string(body.at("message").as_string());
}

net::HttpResponse ManagementApiTest::put(const json::object& body, const std::string& name, const std::string& who) {
  return call(who, "PUT", path_of(name), json::serialize(body));
}

net::HttpResponse ManagementApiTest::put_properties(const std::string& text, const std::string& name) {
  return call("platform", "PUT", path_of(name), R"({"location":"here","properties":)" + text + "}");
}

json::object ManagementApiTest::service(const std::string& name) {
  return object(call("platform", "GET", path_of(name)));
}

json::object& ManagementApiTest::properties(json::object& service) { return service.at("properties").as_object(); }

}  // namespace muster::dialect::azure
