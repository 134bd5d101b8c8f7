#include "dialect/azure/management_services.hpp"
#include "dialect/azure/management_fixture_test.hpp"

namespace muster::dialect::azure {
namespace {

const std::string north = "HostName=north.example;SharedAccessKeyName=iothubowner;SharedAccessKey=AAECAwQ=";

using ManagementServicesTest = ManagementApiTest;

TEST_F(ManagementServicesTest, ShowsEveryMember) {
  const auto shown = service();
  EXPECT_EQ(shown.at("id").as_string(), path_of("tenant-a"));
  EXPECT_EQ(shown.at("type").as_string(), "Microsoft.Devices/provisioningServices");
  EXPECT_EQ(json::serialize(shown.at("sku")), R"({"name":"S1","tier":"Standard","capacity":1})");
  EXPECT_TRUE(shown.at("tags").as_object().empty());
  EXPECT_FALSE(shown.at("etag").as_string().empty());
  EXPECT_EQ(json::serialize(shown.at("properties")),
            R"({"state":"Active","provisioningState":"Succeeded","publicNetworkAccess":"Enabled","ipFilterRules":[],)"
            R"("privateEndpointConnections":[],"iotHubs":[{"name":"hub.example","hostName":"hub.example",)"
            R"("connectionString":"HostName=hub.example","authenticationType":"KeyBased","location":"",)"
            R"("applyAllocationPolicy":true,"allocationWeight":1}],"allocationPolicy":"Hashed",)"
            R"("serviceOperationsHostName":"dps.example","deviceProvisioningHostName":"dps.example",)"
            R"("idScope":"0ne0000000a","authorizationPolicies":[{"keyName":"provisioningserviceowner",)"
            R"("primaryKey":"****","secondaryKey":"****","rights":"ServiceConfig, EnrollmentRead, EnrollmentWrite, )"
            R"(RegistrationStatusRead, RegistrationStatusWrite, DeviceConnect"}],"enableDataResidency":true,)"
            R"("disableLocalAuth":false})");
}

TEST_F(ManagementServicesTest, ChangesWhatIsPut) {
  const auto response = put_properties(
      R"({"allocationPolicy":"GeoLatency",
          "ipFilterRules":[{"filterName":"office","action":"Accept","ipMask":"192.0.2.0/24","target":"serviceApi"},
                           {"filterName":"rest","action":"Reject","ipMask":"0.0.0.0/0"}],
          "iotHubs":[{"connectionString":")" +
      north +
      R"(","location":"north","allocationWeight":5,"applyAllocationPolicy":false}],
          "authorizationPolicies":[{"keyName":"reader","rights":"EnrollmentRead,deviceconnect"}]})");
  ASSERT_EQ(response.status, 200) << response.body;
  auto shown = object(response);
  EXPECT_EQ(shown.at("location").as_string(), "here");
  const auto& now = properties(shown);
  EXPECT_EQ(now.at("allocationPolicy").as_string(), "GeoLatency");
  EXPECT_EQ(json::serialize(now.at("ipFilterRules")),
            R"([{"filterName":"office","action":"Accept","ipMask":"192.0.2.0/24","target":"serviceApi"},)"
            R"({"filterName":"rest","action":"Reject","ipMask":"0.0.0.0/0","target":"all"}])");
  EXPECT_EQ(
      json::serialize(now.at("iotHubs")),
      R"([{"name":"north.example","hostName":"north.example","connectionString":)"
      R"("HostName=north.example;SharedAccessKeyName=iothubowner;SharedAccessKey=****",)"
      R"("authenticationType":"KeyBased","location":"north","applyAllocationPolicy":false,"allocationWeight":5}])");
  EXPECT_EQ(now.at("authorizationPolicies").as_array().at(0).as_object().at("rights").as_string(),
            "EnrollmentRead, DeviceConnect");
  EXPECT_EQ(response.body.find("AAECAwQ="), std::string::npos);
  EXPECT_EQ(log.text.find("AAECAwQ="), std::string::npos);
}

TEST_F(ManagementServicesTest, TakesBackWhatItShowed) {
  ASSERT_EQ(put_properties(R"({"iotHubs":[{"connectionString":")" + north + R"(","location":"n"}]})").status, 200);
  const auto before = service();
  const auto response = put(before);
  ASSERT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(object(response).at("etag"), before.at("etag")) << "nothing was written";
}

TEST_F(ManagementServicesTest, KnowsNewerAndOlderFormsOfAHub) {
  ASSERT_EQ(put_properties(R"({"iotHubs":[{"hostName":"south.example","authenticationType":"KeyBased",
                                          "location":"s"}]})")
                .status,
            200);
  auto shown = service();
  EXPECT_EQ(properties(shown).at("iotHubs").as_array().at(0).as_object().at("connectionString").as_string(),
            "HostName=south.example");
}

TEST_F(ManagementServicesTest, SaysWhatIsWrongAndChangesNothing) {
  const std::pair<std::string, const char*> cases[] = {
      {R"({"publicNetworkAccess":"Disabled"})", "properties.publicNetworkAccess is not Enabled"},
      {R"({"disableLocalAuth":true})", "properties.disableLocalAuth is true"},
      {R"({"privateEndpointConnections":[{}]})", "properties.privateEndpointConnections is not empty"},
      {R"({"allocationPolicy":"Random"})", "properties.allocationPolicy is none of Hashed, GeoLatency, Static"},
      {R"({"allocationPolicy":7})", "properties.allocationPolicy is not a text"},
      {R"({"ipFilterRules":{}})", "properties.ipFilterRules is not an array"},
      {R"({"ipFilterRules":[7]})", "properties.ipFilterRules[0] is not an object"},
      {R"({"ipFilterRules":[{"action":"Accept","ipMask":"::/0"}]})", "ipFilterRules[0].filterName is missing"},
      {R"({"ipFilterRules":[{"filterName":"a","action":"Accept"}]})", "ipFilterRules[0].ipMask is missing"},
      {R"({"ipFilterRules":[{"filterName":"a","ipMask":"::/0"}]})", "ipFilterRules[0].action is missing"},
      {R"({"ipFilterRules":[{"filterName":"a","action":"Drop","ipMask":"::/0"}]})", "action is none of Accept, Reject"},
      {R"({"ipFilterRules":[{"filterName":"a","action":"Accept","ipMask":"x"}]})", ""},
      {R"({"ipFilterRules":[{"filterName":"a","action":"Accept","ipMask":"::/0","target":"all of it"}]})",
       "target is none of all, serviceApi, deviceApi"},
      {R"({"iotHubs":[{}]})", "properties.iotHubs[0].connectionString is missing"},
      {R"({"iotHubs":[{"connectionString":"HostName=h;SharedAccessKey=AA=="}]})", "go together"},
      {R"({"iotHubs":[{"connectionString":"HostName=n.example","hostName":"m.example"}]})",
       "properties.iotHubs[0].hostName is not the one of the connection string"},
      {R"({"iotHubs":[{"hostName":"n.example","authenticationType":"SystemAssigned"}]})", "no managed identity"},
      {R"({"iotHubs":[{"hostName":"n.example","allocationWeight":0}]})", "hub n.example: weight is 0"},
      {R"({"iotHubs":[{"hostName":"n.example","allocationWeight":1001}]})", "weight is 1001"},
      {R"({"iotHubs":[{"hostName":"n.example","allocationWeight":-1}]})", "allocationWeight is out of range"},
      {R"({"iotHubs":[{"hostName":"n.example","allocationWeight":1.5}]})", "allocationWeight is not an integer"},
      {R"({"iotHubs":[{"hostName":"n.example","applyAllocationPolicy":"yes"}]})", "neither true nor false"},
      {R"({"iotHubs":[{"hostName":"a b"}]})", "host name or address"},
      {R"({"iotHubs":[{"hostName":"n.example"},{"hostName":"N.example"}]})", "the hub n.example stands twice"},
      {R"({"iotHubs":[{"connectionString":"HostName=n.example;SharedAccessKeyName=o;SharedAccessKey=****"}]})",
       "none is stored that could be kept"},
      {R"({"authorizationPolicies":[{"rights":"EnrollmentRead"}]})", "authorizationPolicies[0].keyName is missing"},
      {R"({"authorizationPolicies":[{"keyName":"p"}]})", "authorizationPolicies[0].rights is missing"},
      {R"({"authorizationPolicies":[{"keyName":"p","rights":"Everything"}]})", "rights holds something else"},
      {R"({"authorizationPolicies":[{"keyName":"p","rights":""}]})", "at least one right"},
      {R"({"authorizationPolicies":[{"keyName":"a b","rights":"EnrollmentRead"}]})", "a policy's name has"},
      {R"({"authorizationPolicies":[{"keyName":"p","rights":"EnrollmentRead","primaryKey":"not base64"}]})",
       "authorizationPolicies[0].primaryKey is not base64"},
      {R"({"authorizationPolicies":[{"keyName":"p","rights":"EnrollmentRead","secondaryKey":"AAEC"}]})",
       "the secondary key has 3 octets"},
  };
  const auto before = service();
  for (const auto& [text, words] : cases) {
    const auto response = put_properties(text);
    EXPECT_EQ(response.status, 400) << text;
    EXPECT_NE(reason(response).find(words), std::string::npos) << text << "\n" << reason(response);
  }
  const std::pair<const char*, const char*> bodies[] = {
      {R"({"properties":7})", "properties is not an object"},
      {R"({"location":7})", "location is not a text"},
      {R"({"tags":[]})", "tags is not an object"},
      {R"({"tags":{"a":1}})", "tags is not an object of texts"},
      {R"({"sku":{"name":"S2"}})", "sku.name is not S1"},
      {R"({"sku":{"name":"S1","capacity":0}})", "sku.capacity is less than 1"},
      {R"({"identity":{"type":"SystemAssigned"}})", "identity.type is not None"},
  };
  for (const auto& [text, words] : bodies) {
    const auto response = call("platform", "PUT", path_of("tenant-a"), text);
    EXPECT_EQ(response.status, 400) << text;
    EXPECT_NE(reason(response).find(words), std::string::npos) << text << "\n" << reason(response);
  }
  EXPECT_EQ(service(), before);
}

TEST_F(ManagementServicesTest, HonoursEntityTags) {
  const std::string tag(service().at("etag").as_string());
  const std::string body = R"({"location":"there"})";
  EXPECT_EQ(call("operator", "PUT", path_of("tenant-a"), body, "\"stale\"").status, 412);
  EXPECT_EQ(call("operator", "PUT", path_of("tenant-a"), R"({"location":"there","etag":"stale"})").status, 412);
  EXPECT_EQ(call("operator", "PATCH", path_of("tenant-a"), R"({"tags":{"a":"b"}})", "stale").status, 412);
  EXPECT_EQ(call("platform", "DELETE", path_of("tenant-a"), "", "stale").status, 412);
  EXPECT_EQ(service().at("etag").as_string(), tag);
  EXPECT_EQ(call("operator", "PUT", path_of("tenant-a"), body, "\"" + tag + "\"").status, 200);
  EXPECT_EQ(call("operator", "PUT", path_of("tenant-a"), body, "\"" + tag + "\"").status, 412);
  EXPECT_EQ(call("operator", "PUT", path_of("tenant-a"), body, "*").status, 200);
}

TEST_F(ManagementServicesTest, PatchesTagsAlone) {
  const auto before = service();
  auto after = object(call("operator", "PATCH", path_of("tenant-a"), R"({"tags":{"plant":"7"},"location":"no"})"));
  EXPECT_EQ(json::serialize(after.at("tags")), R"({"plant":"7"})");
  EXPECT_EQ(after.at("location"), before.at("location"));
  EXPECT_EQ(after.at("properties"), before.at("properties"));
  EXPECT_NE(after.at("etag"), before.at("etag"));
  EXPECT_EQ(
      call("operator", "PATCH", path_of("tenant-a"), R"({"tags":{"a":")" + std::string(5000, 'x') + "\"}}").status,
      400);
}

TEST_F(ManagementServicesTest, MakesAServiceAndRemovesItAgain) {
  json::object wanted = json::parse(R"({"location":"here","tags":{"a":"b"},"sku":{"name":"S1","capacity":1},
      "properties":{"iotHubs":[{"hostName":"south.example","location":"s"}]}})")
                            .as_object();
  const auto made = put(wanted, "Plant-7");
  ASSERT_EQ(made.status, 201) << made.body;
  auto shown = object(made);
  EXPECT_EQ(shown.at("name").as_string(), "plant-7");
  EXPECT_EQ(properties(shown).at("iotHubs").as_array().size(), 1U);
  EXPECT_EQ(properties(shown).at("authorizationPolicies").as_array().at(0).as_object().at("keyName").as_string(),
            owner);
  EXPECT_TRUE(properties(shown).at("idScope").as_string().starts_with("0ne"));
  EXPECT_EQ(json::serialize(shown.at("tags")), R"({"a":"b"})");
  EXPECT_EQ(service("plant-7"), shown);

  EXPECT_EQ(call("platform", "DELETE", path_of("plant-7")).status, 200);
  EXPECT_EQ(call("platform", "GET", path_of("plant-7")).status, 404);
  EXPECT_EQ(call("platform", "DELETE", path_of("plant-7")).status, 204);
}

TEST_F(ManagementServicesTest, MakesNothingOfWhatItRefuses) {
  EXPECT_EQ(put_properties(R"({"iotHubs":[{"hostName":"a b"}]})", "plant-7").status, 400);
  EXPECT_EQ(put_properties(R"({"iotHubs":[{"connectionString":
      "HostName=n.example;SharedAccessKeyName=o;SharedAccessKey=****"}]})",
                           "plant-7")
                .status,
            400);
  EXPECT_EQ(put_properties("{}", "plant_7").status, 400);
  EXPECT_EQ(put_properties("{}", "platform").status, 400);
  EXPECT_EQ(call("platform", "PUT", path_of("plant-7"), "{}", "*").status, 404);
  EXPECT_EQ(call("platform", "GET", path_of("plant-7")).status, 404);
}

TEST_F(ManagementServicesTest, RegeneratesKeysByPut) {
  const std::string key = base::to_base64(base::Bytes(32, 9));
  const std::string old_token = service_token();
  Requested read{.method = "POST", .path = "/enrollments/query", .body = R"({"query":"SELECT * FROM enrollments"})"};
  read.authorization = old_token;
  ASSERT_EQ(send(read).status, 200);

  auto wanted = service();
  auto& policy = properties(wanted).at("authorizationPolicies").as_array().at(0).as_object();
  policy["primaryKey"] = key;
  ASSERT_EQ(put(wanted).status, 200);
  const auto listed = object(call("operator", "POST", path_of("tenant-a", "/keys/provisioningserviceowner/listkeys")));
  EXPECT_EQ(listed.at("primaryKey").as_string(), key);
  EXPECT_EQ(send(read).status, 401) << "the old key signs no more";
  read.authorization = service_token();
  EXPECT_EQ(send(read).status, 200);
}

TEST_F(ManagementServicesTest, ListsKeysInTheClear) {
  const auto listed = object(call("operator", "POST", path_of("tenant-a", "/listkeys")));
  const auto& first = listed.at("value").as_array().at(0).as_object();
  const auto keys = keys_of(tenant_a, owner);
  EXPECT_EQ(first.at("keyName").as_string(), owner);
  EXPECT_EQ(first.at("primaryKey").as_string(), base::to_base64(keys.primary.reveal()));
  EXPECT_EQ(first.at("secondaryKey").as_string(), base::to_base64(keys.secondary.reveal()));
  EXPECT_TRUE(first.at("rights").as_string().starts_with("ServiceConfig, "));
}

TEST_F(ManagementServicesTest, ListsServicesPageByPage) {
  for (int i = 0; i < 99; ++i) {
    const std::string number = std::to_string(100 + i);
    add_tenant(base::TenantId("t-" + number), "0ne00000" + number);
  }
  const std::string list = "/subscriptions/s-1/providers/Microsoft.Devices/provisioningServices";
  const auto first = object(call("platform", "GET", list));
  ASSERT_EQ(first.at("value").as_array().size(), services_page);
  const std::string link(first.at("nextLink").as_string());
  EXPECT_EQ(link, "https://dps.example" + list + "?api-version=2022-02-05&$skiptoken=tenant-a");

  Requested next{.method = "GET", .path = list};
  next.query = link.substr(link.find('?') + 1);
  const auto last = object(call("platform", std::move(next)));
  ASSERT_EQ(last.at("value").as_array().size(), 1U);
  EXPECT_FALSE(last.contains("nextLink"));
  EXPECT_EQ(last.at("value").as_array()[0].as_object().at("name").as_string(), "tenant-b");
}

TEST_F(ManagementServicesTest, SaysWhichNamesAreFree) {
  const std::string path = "/subscriptions/s-1/providers/Microsoft.Devices/checkProvisioningServiceNameAvailability";
  const auto ask = [&](const std::string& name) {
    return object(call("platform", "POST", path, json::serialize(json::object{{"name", name}})));
  };
  EXPECT_EQ(json::serialize(ask("plant-7")), R"({"nameAvailable":true})");
  EXPECT_EQ(ask("Tenant-A").at("reason").as_string(), "AlreadyExists");
  EXPECT_EQ(ask("plant_7").at("reason").as_string(), "Invalid");
  EXPECT_FALSE(ask("plant_7").at("message").as_string().empty());
  EXPECT_EQ(call("platform", "POST", path, "{}").status, 400);
}

}  // namespace
}  // namespace muster::dialect::azure
