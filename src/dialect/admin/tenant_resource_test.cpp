// Tenants through the API.
#include <boost/json/serialize.hpp>

#include "dialect/admin/fixture_test.hpp"

namespace muster::dialect::admin {
namespace {

class TenantResourceTest : public AdminApiTest {
 protected:
  TenantResourceTest() : platform_token(add_principal(platform_tenant, "root", Role::platform)) {}

  net::HttpResponse as_platform(Requested wanted) { return send(std::move(wanted), platform_token); }
  std::vector<std::string> listed(const std::string& path, const std::string& token) {
    std::vector<std::string> ids;
    const json::object page = object(send({"GET", path, {}, {}}, token));
    for (const auto& item : page.at("items").as_array()) ids.emplace_back(item.at("id").as_string());
    return ids;
  }

  std::string platform_token;
};

TEST_F(TenantResourceTest, MakesATenantWhoseOperatorCanWorkAtOnce) {
  const auto response = as_platform(
      {"POST", "tenants", R"({"id":"plant-2","hub":"hub-2.example","limits":{"devices_max":5},"tags":{"a":"b"}})", {}});
  ASSERT_EQ(response.status, 201);
  const auto made = object(response);
  EXPECT_EQ(made.at("id").as_string(), "plant-2");
  EXPECT_EQ(made.at("limits").at("devices_max").as_int64(), 5);
  EXPECT_EQ(made.at("limits").at("hubs_max").as_int64(), 1000);
  EXPECT_EQ(made.at("policy").as_string(), "provisioningserviceowner");
  EXPECT_FALSE(made.at("policy_key").as_string().empty());

  const std::string token(made.at("operator_token").as_string());
  EXPECT_EQ(outcome(send({"GET", "hubs/hub-2.example", {}, {}}, token)), "200");
  const auto shown = send({"GET", "tenants/plant-2", {}, {}}, token);
  EXPECT_EQ(object(shown).at("usage").at("hubs").as_int64(), 1);
  EXPECT_EQ(object(shown).at("usage").at("devices").as_int64(), 0);
  EXPECT_EQ(object(shown).at("tags").at("a").as_string(), "b");
  EXPECT_EQ(shown.body.find("token"), std::string::npos);
  EXPECT_EQ(shown.body.find("key"), std::string::npos);
}

TEST_F(TenantResourceTest, ShowsEachPrincipalItsOwnTenantAlone) {
  EXPECT_EQ(listed("tenants", operator_token), std::vector<std::string>{"tenant-a"});
  EXPECT_EQ(listed("tenants", platform_token), (std::vector<std::string>{"tenant-a", "tenant-b"}));
  EXPECT_EQ(listed("tenants?limit=1", platform_token), std::vector<std::string>{"tenant-a"});
  EXPECT_EQ(listed("tenants?limit=1&after=tenant-a", platform_token), std::vector<std::string>{"tenant-b"});
  EXPECT_EQ(outcome(get("tenants/tenant-a")), "200");
  EXPECT_EQ(outcome(get("tenants/tenant-b")), "permission_denied");
  EXPECT_EQ(outcome(get("tenants/tenant-z")), "permission_denied") << "it does not tell which tenants there are";
  EXPECT_EQ(outcome(as_platform({"GET", "tenants/tenant-z", {}, {}})), "tenant_not_found");
}

TEST_F(TenantResourceTest, LetsOperatorsChangeTheirSettingsAndNothingElse) {
  json::object tenant = object(get("tenants/tenant-a"));
  tenant["location"] = "Berlin";
  tenant["ip_rules"] = json::array{json::object{{"name", "all"}, {"action", "accept"}, {"network", "0.0.0.0/0"}}};
  tenant["limits"].as_object()["devices_max"] = 7;
  tenant["enabled"] = false;
  EXPECT_EQ(outcome(put("tenants/tenant-a", json::serialize(tenant))), "200");
  const auto stored = *run(store->find_tenant(tenant_a));
  EXPECT_EQ(stored.location, "Berlin");
  ASSERT_EQ(stored.ip_rules.size(), 1U);
  EXPECT_EQ(stored.ip_rules[0].target, IpTarget::all);
  EXPECT_EQ(stored.limits, TenantLimits{}) << "limits and state have addresses of their own";
  EXPECT_TRUE(stored.enabled);

  const Requested refused[] = {{"PUT", "tenants/tenant-a/limits", R"({"devices_max":7})", {}},
                               {"PUT", "tenants/tenant-a/state", R"({"enabled":false})", {}},
                               {"POST", "tenants", R"({"id":"plant-2"})", {}},
                               {"DELETE", "tenants/tenant-a?confirm=tenant-a", {}, {}}};
  for (const auto& wanted : refused) EXPECT_EQ(outcome(send(wanted)), "permission_denied") << wanted.path;
  EXPECT_EQ(outcome(put("tenants/tenant-b", "{}")), "permission_denied");
}

TEST_F(TenantResourceTest, RefusesWhatIsNoSetting) {
  const char* bodies[] = {R"({"id":"tenant-b"})",
                          R"({"naem":"a"})",
                          R"({"allocation_policy":"random"})",
                          R"({"tags":{"a":1}})",
                          R"({"tags":[]})",
                          R"({"ip_rules":{}})",
                          R"({"ip_rules":["a"]})",
                          R"({"ip_rules":[{"name":"a","action":"drop","network":"192.0.2.1"}]})",
                          R"({"ip_rules":[{"name":"a","action":"accept","network":"192.0.2.1","target":"mqtt"}]})",
                          R"({"ip_rules":[{"name":"a","action":"accept","network":"192.0.2.1","port":1}]})",
                          R"({"ip_rules":[{"name":"a","action":"accept","network":"192.0.2.1/24"}]})"};
  for (const char* body : bodies) EXPECT_EQ(outcome(put("tenants/tenant-a", body)), "invalid_argument") << body;
}

TEST_F(TenantResourceTest, ChangesOnlyTheLimitsThatAreNamed) {
  EXPECT_EQ(outcome(as_platform({"PUT", "tenants/tenant-a/limits", R"({"hubs_max":3})", {}})), "200");
  const auto response = as_platform({"PUT", "tenants/tenant-a/limits", R"({"groups_max":4})", {}});
  EXPECT_EQ(object(response).at("limits").at("hubs_max").as_int64(), 3);
  EXPECT_EQ(object(response).at("limits").at("groups_max").as_int64(), 4);
  for (const char* body : {R"({"hubs_max":-1})", R"({"hubs_max":"3"})", R"({"hubs":3})",
                           R"({"registrations_per_minute":0})", R"({"hubs_max":1001})"})
    EXPECT_EQ(outcome(as_platform({"PUT", "tenants/tenant-a/limits", body, {}})), "invalid_argument") << body;
  EXPECT_EQ(outcome(as_platform({"PUT", "tenants/tenant-z/limits", "{}", {}})), "tenant_not_found");
}

TEST_F(TenantResourceTest, LetsTheOwnPrincipalsOfADisabledTenantReadAndNoMore) {
  EXPECT_EQ(outcome(as_platform({"PUT", "tenants/tenant-a/state", R"({})", {}})), "invalid_argument");
  EXPECT_EQ(outcome(as_platform({"PUT", "tenants/tenant-a/state", R"({"enabled":false})", {}})), "200");
  EXPECT_EQ(outcome(get("hubs")), "200");
  EXPECT_EQ(outcome(put("hubs/a.example", "{}")), "tenant_disabled");
  EXPECT_EQ(outcome(send({"POST", "policies", R"({"name":"a","rights":["EnrollmentRead"]})", {}})), "tenant_disabled");
  EXPECT_EQ(outcome(as_platform({"PUT", "hubs/a.example?tenant=tenant-a", "{}", {}})), "201");
  const auto stranger = add_principal(tenant_b, "boris", Role::operator_);
  EXPECT_EQ(outcome(send({"PUT", "hubs/a.example", "{}", {}}, stranger)), "201");
  EXPECT_EQ(outcome(as_platform({"PUT", "tenants/tenant-a/state", R"({"enabled":true})", {}})), "200");
  EXPECT_EQ(outcome(put("hubs/b.example", "{}")), "201");
}

TEST_F(TenantResourceTest, RemovesWhatIsDisabledAndConfirmed) {
  EXPECT_EQ(outcome(as_platform({"DELETE", "tenants/tenant-b?confirm=tenant-b", {}, {}})), "in_use");
  ASSERT_EQ(outcome(as_platform({"PUT", "tenants/tenant-b/state", R"({"enabled":false})", {}})), "200");
  EXPECT_EQ(outcome(as_platform({"DELETE", "tenants/tenant-b", {}, {}})), "invalid_argument");
  EXPECT_EQ(outcome(as_platform({"DELETE", "tenants/tenant-b?confirm=tenant-b", {}, {}})), "204");
  EXPECT_EQ(outcome(as_platform({"GET", "tenants/tenant-b", {}, {}})), "tenant_not_found");
  EXPECT_EQ(audit_of(platform_tenant).front().action, "tenant.removed");
  EXPECT_EQ(audit_of(platform_tenant).front().actor, "principal:root");
}

}  // namespace
}  // namespace muster::dialect::admin
