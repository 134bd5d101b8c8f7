// What tests of the management API share: principals of every role, and calls with their tokens. Included by tests
// only.
#pragma once

#include <map>

#include "dialect/azure/fixture_test.hpp"

namespace muster::dialect::azure {

inline const base::TenantId tenant_b{"tenant-b"};
inline constexpr const char* scope_b = "0ne0000000b";

/// What a service is below.
inline const std::string any_group = "/subscriptions/s-1/resourceGroups/g-1/providers/Microsoft.Devices";

class ManagementApiTest : public AzureApiTest {
 protected:
  ManagementApiTest() {
    using provisioning::Role;
    add_tenant(tenant_b, scope_b);
    add_principal("platform", provisioning::platform_tenant, Role::platform);
    add_principal("operator", tenant_a, Role::operator_);
    add_principal("auditor", tenant_a, Role::auditor);
    add_principal("factory", tenant_a, Role::factory);
    add_principal("installer", tenant_a, Role::installer);
    add_principal("other operator", tenant_b, Role::operator_);
  }

  void add_principal(const std::string& who, const base::TenantId& tenant, provisioning::Role role,
                     const std::string& scope = {}) {
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

  static std::string path_of(const std::string& service, const std::string& below = {}) {
    return any_group + "/provisioningServices/" + service + below;
  }

  /// A call with somebody's token; an empty name: without one.
  net::HttpResponse call(const std::string& who, Requested wanted) {
    if (!who.empty()) wanted.authorization = "Bearer " + tokens.at(who);
    return send(std::move(wanted));
  }
  net::HttpResponse call(const std::string& who, const std::string& method, const std::string& path,
                         const std::string& body = {}, const std::string& if_match = {}) {
    Requested wanted;
    wanted.method = method;
    wanted.path = path;
    wanted.body = body;
    wanted.if_match = if_match;
    wanted.query = "api-version=2022-02-05";
    return call(who, std::move(wanted));
  }

  /// The message of a refusal, whose forms are checked along the way; empty for anything else.
  static std::string reason(const net::HttpResponse& response) {
    if (response.status < 400) return {};
    const auto body = object(response);
    const auto& error = body.at("error").as_object();
    EXPECT_EQ(error.at("message"), body.at("message"));
    EXPECT_EQ(error.at("code"), body.at("httpStatusCode"));
    EXPECT_EQ(body.at("code").as_int64() / 1000, response.status);
    return std::string(body.at("message").as_string());
  }

  json::object service(const std::string& name = "tenant-a") { return object(call("platform", "GET", path_of(name))); }
  static json::object& properties(json::object& service) { return service.at("properties").as_object(); }
  net::HttpResponse put(const json::object& body, const std::string& name = "tenant-a",
                        const std::string& who = "platform") {
    return call(who, "PUT", path_of(name), json::serialize(body));
  }
  net::HttpResponse put_properties(const std::string& text, const std::string& name = "tenant-a") {
    return call("platform", "PUT", path_of(name), R"({"location":"here","properties":)" + text + "}");
  }

  std::map<std::string, std::string> tokens;
};

}  // namespace muster::dialect::azure
