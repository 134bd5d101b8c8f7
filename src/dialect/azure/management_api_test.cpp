#include "dialect/azure/management_fixture_test.hpp"

namespace muster::dialect::azure {
namespace {

/// A call, and what each of these is answered: platform, operator, auditor, factory, installer, and another tenant's
/// operator. The calls are such that nobody changes what the next one needs.
struct RoleCase {
  const char* method;
  const char* path;
  const char* body;
  std::array<int, 6> status;
};

constexpr std::array<int, 6> readers = {200, 200, 200, 403, 403, 403};
constexpr std::array<int, 6> administrators = {200, 200, 403, 403, 403, 403};

constexpr RoleCase role_cases[] = {
    {"GET", "/provisioningServices/tenant-a", "", readers},
    {"PUT", "/provisioningServices/tenant-a", R"({"location":"here"})", administrators},
    {"PATCH", "/provisioningServices/tenant-a", R"({"tags":{}})", administrators},
    {"DELETE", "/provisioningServices/tenant-x", "", {204, 403, 403, 403, 403, 403}},
    {"PUT", "/provisioningServices/tenant-x", R"({"etag":"stale"})", {404, 403, 403, 403, 403, 403}},
    {"GET", "/provisioningServices/tenant-a/skus", "", readers},
    {"POST", "/provisioningServices/tenant-a/listkeys", "", administrators},
    {"POST", "/provisioningServices/tenant-a/keys/provisioningserviceowner/listkeys", "", administrators},
    {"POST", "/provisioningServices/tenant-a/keys/none/listkeys", "", {404, 404, 403, 403, 403, 403}},
    {"GET", "/provisioningServices/tenant-a/certificates", "", readers},
    {"GET", "/provisioningServices/tenant-a/certificates/none", "", {404, 404, 404, 403, 403, 403}},
    {"PUT", "/provisioningServices/tenant-a/certificates/c", "{}", {400, 400, 403, 403, 403, 403}},
    {"DELETE", "/provisioningServices/tenant-a/certificates/c", "", {400, 400, 403, 403, 403, 403}},
    {"POST",
     "/provisioningServices/tenant-a/certificates/c/generateVerificationCode",
     "",
     {400, 400, 403, 403, 403, 403}},
    {"POST", "/provisioningServices/tenant-a/certificates/c/verify", "{}", {400, 400, 403, 403, 403, 403}},
    {"GET", "/provisioningServices/tenant-a/privateEndpointConnections", "", readers},
    {"GET", "/provisioningServices/tenant-a/privateEndpointConnections/e", "", {404, 404, 404, 403, 403, 403}},
    {"PUT", "/provisioningServices/tenant-a/privateEndpointConnections/e", "{}", {404, 404, 403, 403, 403, 403}},
    {"DELETE", "/provisioningServices/tenant-a/privateEndpointConnections/e", "", {404, 404, 403, 403, 403, 403}},
    {"GET", "/provisioningServices/tenant-a/privateLinkResources", "", readers},
    {"GET", "/provisioningServices/tenant-a/privateLinkResources/iotDps", "", {404, 404, 404, 403, 403, 403}},
    {"GET", "/provisioningServices/tenant-a/operationresults/o", "", {404, 404, 404, 403, 403, 403}},
    {"GET", "/provisioningServices", "", {200, 200, 200, 403, 403, 200}},
};

TEST_F(ManagementApiTest, LetsEachRoleDoWhatItMay) {
  const char* roles[] = {"platform", "operator", "auditor", "factory", "installer", "other operator"};
  for (const auto& [method, path, body, status] : role_cases) {
    for (std::size_t i = 0; i < status.size(); ++i)
      EXPECT_EQ(call(roles[i], method, any_group + path, body).status, status[i])
          << method << " " << path << " by " << roles[i];
    EXPECT_EQ(call("", method, any_group + path, body).status, 401) << method << " " << path;
  }
  const std::string name = "/subscriptions/s-1/providers/Microsoft.Devices/checkProvisioningServiceNameAvailability";
  const int for_names[] = {200, 403, 403, 403, 403, 403};
  for (std::size_t i = 0; i < std::size(roles); ++i) {
    EXPECT_EQ(call(roles[i], "POST", name, R"({"name":"x"})").status, for_names[i]) << roles[i];
    EXPECT_EQ(call(roles[i], "GET", "/providers/Microsoft.Devices/operations").status, 200) << roles[i];
  }
}

// Every route is in the tables above, so that a new one cannot come without its roles being looked at.
TEST_F(ManagementApiTest, HasNoRouteThatTheRoleTableLacks) {
  EXPECT_EQ(management.routes().size(), std::size(role_cases) - 2 /* of one route twice */ + 3 /* named below it */);
}

TEST_F(ManagementApiTest, NeverShowsOneTenantToAnother) {
  for (const char* service : {"tenant-a", "tenant-x"}) {
    const auto response = call("other operator", "GET", path_of(service));
    EXPECT_EQ(response.status, 403) << "whether it is there or not";
    EXPECT_EQ(response.body.find("0ne"), std::string::npos);
  }
  const auto own = object(call("other operator", "GET", any_group + "/provisioningServices"));
  ASSERT_EQ(own.at("value").as_array().size(), 1U);
  EXPECT_EQ(own.at("value").as_array()[0].as_object().at("name").as_string(), "tenant-b");
}

TEST_F(ManagementApiTest, RefusesWhoeverIsConfinedToAGroup) {
  Requested group{.method = "PUT", .path = "/enrollmentGroups/line-1", .body = {}};
  group.body = R"({"enrollmentGroupId":"line-1","attestation":{"type":"symmetricKey","symmetricKey":{}}})";
  ASSERT_EQ(manage(std::move(group)).status, 200);
  add_principal("confined", tenant_a, provisioning::Role::operator_, "line-1");
  EXPECT_EQ(call("confined", "GET", path_of("tenant-a")).status, 403);
  EXPECT_EQ(call("confined", "POST", path_of("tenant-a", "/listkeys")).status, 403);
}

TEST_F(ManagementApiTest, TakesPathsInAnyCaseAndAnySubscription) {
  for (const char* path :
       {"/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg/providers/Microsoft.Devices/"
        "provisioningServices/tenant-a",
        "/SUBSCRIPTIONS/x/RESOURCEGROUPS/y/PROVIDERS/MICROSOFT.DEVICES/PROVISIONINGSERVICES/TENANT-A",
        "/subscriptions/x/resourcegroups/y/providers/microsoft.devices/provisioningservices/tenant-a/"})
    EXPECT_EQ(call("operator", "GET", path).status, 200) << path;
  const auto seen = object(call("operator", "GET", path_of("Tenant-A")));
  EXPECT_EQ(seen.at("id").as_string(), path_of("tenant-a"));
}

TEST_F(ManagementApiTest, RefusesWhatItDoesNotKnow) {
  struct Case {
    const char* method;
    std::string path;
    int status;
  };
  const Case cases[] = {
      {"GET", "/subscriptions", 404},
      {"GET", "/providers/Microsoft.Storage/operations", 404},
      {"GET", "/subscriptions/s/resourceGroups/g/providers/Microsoft.Devices/iotHubs/tenant-a", 404},
      {"GET", path_of("tenant-a", "/nothing"), 404},
      {"GET", path_of("tenant-x"), 404},
      {"POST", path_of("tenant-x", "/listkeys"), 404},
      {"POST", path_of("tenant-a"), 405},
      {"GET", path_of("tenant-a", "/listkeys"), 405},
      {"GET", "/subscriptions/" + std::string(129, 's') + "/providers/Microsoft.Devices/provisioningServices", 400},
  };
  for (const auto& [method, path, status] : cases) {
    const auto response = call("platform", method, path);
    EXPECT_EQ(response.status, status) << method << " " << path;
    EXPECT_NE(reason(response), "");
  }
}

TEST_F(ManagementApiTest, WantsADateForItsVersion) {
  Requested wanted{.method = "GET", .path = path_of("tenant-a")};
  for (const char* query : {"api-version=2022-02-05", "api%2Dversion=2026-08-31", "api-version=2025-02-01-preview"}) {
    wanted.query = query;
    EXPECT_EQ(call("operator", wanted).status, 200) << query;
  }
  for (const char* query : {"", "api-version=", "api-version=latest"}) {
    wanted.query = query;
    EXPECT_EQ(call("operator", wanted).status, 400) << query;
  }
}

TEST_F(ManagementApiTest, TakesTokensOfPrincipalsAlone) {
  Requested wanted{.method = "GET", .path = path_of("tenant-a")};
  for (const std::string& authorization : {std::string("Bearer "), std::string("Bearer mst_0"), service_token(),
                                           "Bearer mst_" + std::string(64, '0'), std::string("Basic eDp5")}) {
    wanted.authorization = authorization;
    const auto response = send(wanted);
    EXPECT_EQ(response.status, 401) << authorization;
    EXPECT_TRUE(header(response, "WWW-Authenticate").starts_with("Bearer"));
    EXPECT_NE(reason(response), "");
  }
}

TEST_F(ManagementApiTest, AnswersInItsOwnWordsBeforeARequestIsOne) {
  const net::RefusedRequest refused{
      .status = 413, .reason = "The body is too large.", .path = path_of("tenant-a"), .request_id = "request-1"};
  const auto response = azure.refuse(refused);
  EXPECT_EQ(response.status, 413);
  EXPECT_TRUE(response.close);
  EXPECT_EQ(reason(response), "The body is too large.");
}

TEST_F(ManagementApiTest, RefusesBodiesThatAreNone) {
  for (const char* body : {"", "[]", "{", "text"})
    EXPECT_EQ(call("platform", "PUT", path_of("tenant-a"), body).status, 400) << body;
  const std::string large = R"({"location":")" + std::string(64 * 1024, 'x') + "\"}";
  EXPECT_EQ(call("platform", "PUT", path_of("tenant-a"), large).status, 413);
}

TEST_F(ManagementApiTest, ListsItsOperations) {
  const auto listed = object(call("operator", "GET", "/providers/Microsoft.Devices/operations"));
  const auto& first = listed.at("value").as_array().at(0).as_object();
  EXPECT_EQ(first.at("name").as_string(), "Microsoft.Devices/provisioningServices/read");
  EXPECT_EQ(first.at("display").as_object().at("provider").as_string(), "Muster");
}

TEST_F(ManagementApiTest, HasOneSkuAndNoPrivateEndpoints) {
  const auto skus = object(call("operator", "GET", path_of("tenant-a", "/skus")));
  EXPECT_EQ(json::serialize(skus), R"({"value":[{"name":"S1"}]})");
  EXPECT_EQ(call("operator", "GET", path_of("tenant-a", "/privateEndpointConnections")).body, "[]");
  EXPECT_EQ(call("operator", "GET", path_of("tenant-a", "/privateLinkResources")).body, R"({"value":[]})");
}

}  // namespace
}  // namespace muster::dialect::azure
