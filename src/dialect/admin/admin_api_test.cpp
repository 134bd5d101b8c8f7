// Who is let in, how refusals look, and that the API and its description are the same.
#include "dialect/admin/admin_api.hpp"

#include <cctype>
#include <set>

#include "dialect/admin/fixture_test.hpp"
#include "dialect/admin/openapi.hpp"
#include "dialect/admin/status_table.hpp"

namespace muster::dialect::admin {
namespace {

TEST(AdminStatusTable, HasAStatusForEveryRefusal) {
  for (const auto& entry : base::error_catalog()) {
    EXPECT_GE(http_status(entry.code), 400) << entry.name;
    EXPECT_LE(http_status(entry.code), 599) << entry.name;
  }
}

TEST_F(AdminApiTest, RefusesWhoeverShowsNoToken) {
  const auto response = send({"GET", "status", {}, {}}, "");
  EXPECT_EQ(response.status, 401);
  EXPECT_EQ(outcome(response), "credentials_missing");
  EXPECT_EQ(header(response, "WWW-Authenticate"), "Bearer realm=\"muster\"");
}

TEST_F(AdminApiTest, RefusesAnotherSchemeThanBearer) {
  EXPECT_EQ(outcome(send({"GET", "status", {}, {{"Authorization", "Basic eDp5"}}}, "")), "credentials_malformed");
}

TEST_F(AdminApiTest, RefusesTokensThatNobodyHas) {
  EXPECT_EQ(outcome(send({"GET", "status", {}, {}}, "mst_" + std::string(64, '0'))), "signature_mismatch");
  EXPECT_EQ(outcome(send({"GET", "status", {}, {}}, operator_token.substr(1))), "credentials_malformed");
  EXPECT_EQ(outcome(send({"GET", "status", {}, {}}, operator_token + "0")), "credentials_malformed");
}

TEST_F(AdminApiTest, RefusesTokensFromTheirExpiryOn) {
  const auto token = add_principal(tenant_a, "guest", Role::auditor, {}, noon + std::chrono::hours(1));
  EXPECT_EQ(outcome(send({"GET", "status", {}, {}}, token)), "200");
  clock.advance(std::chrono::hours(1));
  EXPECT_EQ(outcome(send({"GET", "status", {}, {}}, token)), "principal_expired");
}

TEST_F(AdminApiTest, ShowsTheStatusToEveryRole) {
  for (const Role role : {Role::operator_, Role::auditor, Role::factory, Role::installer}) {
    const auto token = add_principal(tenant_a, "user-" + std::to_string(static_cast<int>(role)), role);
    const auto response = send({"GET", "status", {}, {}}, token);
    ASSERT_EQ(outcome(response), "200");
    EXPECT_EQ(object(response).at("tenant").at("id").as_string(), "tenant-a");
  }
}

TEST_F(AdminApiTest, RefusesUnknownAddressesAndMethods) {
  EXPECT_EQ(outcome(get("nothing")), "unknown_route");
  EXPECT_EQ(outcome(get("hubs/")), "unknown_route");
  EXPECT_EQ(outcome(get("hubs/a/b")), "unknown_route");
  EXPECT_EQ(outcome(get("enrollments/%zz")), "malformed_request");
  const auto response = send({"PATCH", "hubs/a.example", {}, {}});
  EXPECT_EQ(outcome(response), "method_not_allowed");
  EXPECT_EQ(header(response, "Allow"), "GET, PUT, DELETE");
}

TEST_F(AdminApiTest, RefusesBodiesThatAreNotJsonObjects) {
  EXPECT_EQ(outcome(put("hubs/a.example", "{")), "malformed_json");
  EXPECT_EQ(outcome(put("hubs/a.example", "[]")), "malformed_json");
  EXPECT_EQ(outcome(put("hubs/a.example", "")), "malformed_json");
  EXPECT_EQ(outcome(put("hubs/a.example", std::string(70'000, ' '))), "body_too_large");
  EXPECT_EQ(outcome(send({"PUT", "hubs/a.example", "{}", {{"Content-Type", "text/plain"}}})), "unsupported_media_type");
  EXPECT_EQ(outcome(send({"PUT", "hubs/a.example", "{}", {{"Content-Type", "application/json; charset=utf-8"}}})),
            "201");
}

TEST_F(AdminApiTest, SaysInARefusalWhatWasRefusedAndForWhichRequest) {
  const auto response = put("hubs/a.example", R"({"wieght":3})");
  EXPECT_EQ(response.status, 400);
  const json::object error = object(response).at("error").as_object();
  EXPECT_EQ(error.at("code").as_string(), "invalid_argument");
  EXPECT_EQ(error.at("detail").as_string(), "wieght is not known here");
  EXPECT_EQ(error.at("request_id").as_string(), "request-1");
  EXPECT_EQ(header(response, "X-Request-Id"), "request-1");
  EXPECT_EQ(header(response, "Cache-Control"), "no-store");
}

TEST_F(AdminApiTest, AnswersWhatNeverBecameARequestInItsOwnForm) {
  const std::pair<int, const char*> cases[] = {{400, "malformed_request"}, {408, "request_timed_out"},
                                               {413, "body_too_large"},    {431, "headers_too_large"},
                                               {503, "draining"},          {500, "internal_error"}};
  for (const auto& [status, code] : cases) {
    const net::RefusedRequest refused{.status = status, .reason = "reason", .path = {}, .request_id = "r-1"};
    const auto response = api.refuse(refused);
    EXPECT_EQ(header(response, "X-Request-Id"), "r-1");
    EXPECT_EQ(response.status, status);
    EXPECT_EQ(outcome(response), code);
  }
}

TEST_F(AdminApiTest, KeepsTenantsApart) {
  ASSERT_EQ(outcome(put("hubs/a.example", "{}")), "201");
  const auto stranger = add_principal(tenant_b, "boris", Role::operator_);
  EXPECT_EQ(outcome(send({"GET", "hubs/a.example", {}, {}}, stranger)), "hub_not_found");
  EXPECT_EQ(outcome(send({"GET", "hubs/a.example?tenant=tenant-a", {}, {}}, stranger)), "permission_denied");
  EXPECT_EQ(outcome(send({"DELETE", "hubs/a.example?tenant=tenant-a", {}, {}}, stranger)), "permission_denied");
}

TEST_F(AdminApiTest, LetsThePlatformWorkInEveryTenantThatExists) {
  const auto platform = add_principal(platform_tenant, "root", Role::platform);
  EXPECT_EQ(outcome(send({"PUT", "hubs/a.example?tenant=tenant-b", "{}", {}}, platform)), "201");
  EXPECT_EQ(outcome(send({"GET", "hubs/a.example?tenant=tenant-b", {}, {}}, platform)), "200");
  EXPECT_EQ(outcome(send({"GET", "hubs/a.example?tenant=tenant-c", {}, {}}, platform)), "invalid_argument");
}

std::string documented_path(const Route& route) { return std::string(path_prefix) + std::string(route.path); }

TEST_F(AdminApiTest, IsDescribedRouteByRoute) {
  const json::value document = json::parse(openapi_document);
  std::set<std::string> described;
  for (const auto& path : document.at("paths").as_object())
    for (const auto& method : path.value().as_object()) {
      std::string name(method.key());
      for (char& c : name) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
      described.insert(name + " " + std::string(path.key()));
    }
  std::set<std::string> served{"GET /muster/v1/openapi.json"};
  for (const auto& route : api.routes()) served.insert(std::string(route.method) + " " + documented_path(route));
  EXPECT_EQ(described, served);
}

TEST_F(AdminApiTest, DescribesForEachRouteTheRolesThatMayUseIt) {
  const json::value document = json::parse(openapi_document);
  const std::pair<Role, std::string_view> roles[] = {{Role::platform, "platform"},
                                                     {Role::operator_, "operator"},
                                                     {Role::auditor, "auditor"},
                                                     {Role::factory, "factory"},
                                                     {Role::installer, "installer"}};
  for (const auto& route : api.routes()) {
    std::string method(route.method);
    for (char& c : method) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    const std::string text(
        document.at("paths").at(documented_path(route)).at(method).at("description").as_string().c_str());
    for (const auto& [role, name] : roles)
      EXPECT_EQ(text.find(name) != std::string::npos || text.find("every role") != std::string::npos,
                permits(role, route.action))
          << method << ' ' << route.path << ' ' << name;
  }
}

TEST_F(AdminApiTest, ServesItsDescriptionToAnybody) {
  const auto response = send({"GET", "openapi.json", {}, {}}, "");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(object(response).at("openapi").as_string(), "3.0.3");
  EXPECT_EQ(outcome(send({"POST", "openapi.json", {}, {}}, "")), "method_not_allowed");
}

}  // namespace
}  // namespace muster::dialect::admin
