#include "dialect/azure/service_api.hpp"

#include "dialect/azure/fixture_test.hpp"

namespace muster::dialect::azure {
namespace {

const std::string key_text = "c3lta2V5LXN5bWtleS1zeW1rZXktc3lta2V5LTAxMjM=";
const std::string symmetric = R"({"attestation":{"type":"symmetricKey"}})";

class AzureServiceApi : public AzureApiTest {
 protected:
  net::HttpResponse put(const std::string& path, const std::string& body = symmetric,
                        const std::string& if_match = "") {
    return manage({.method = "PUT", .path = path, .body = body, .if_match = if_match});
  }
  net::HttpResponse get(const std::string& path) { return manage({.method = "GET", .path = path}); }
  net::HttpResponse post(const std::string& path, const std::string& body) {
    return manage({.method = "POST", .path = path, .body = body});
  }
  int remove(const std::string& path, const std::string& if_match = "") {
    return outcome(manage({.method = "DELETE", .path = path, .if_match = if_match}));
  }
  static std::string etag_of(const net::HttpResponse& response) {
    return std::string(object(response).at("etag").as_string());
  }
  static std::string with_key(const std::string& key) {
    return R"({"attestation":{"type":"symmetricKey","symmetricKey":{"primaryKey":")" + key + "\"}}}";
  }
  void register_device(const std::string& id) {
    const base::Secret key(*base::from_base64(key_text));
    ASSERT_EQ(outcome(send({.method = "PUT",
                            .path = std::string("/") + scope_a + "/registrations/" + id + "/register",
                            .authorization = device_token(id, key)})),
              202);
  }
};

TEST_F(AzureServiceApi, StoresShowsAndRemovesEnrollmentsOfBothKinds) {
  for (const std::string kind : {"/enrollments/", "/enrollmentGroups/", "/enrollmentgroups/"}) {
    const std::string path = kind + "Thing-1";
    EXPECT_EQ(outcome(get(path)) / 1000, 404);
    const auto stored = put(path);
    ASSERT_EQ(stored.status, 200) << stored.body;
    // Keys are drawn where none are given, and shown to whoever stores.
    const auto pair = object(stored).at("attestation").at("symmetricKey").as_object();
    EXPECT_EQ(base::from_base64(pair.at("primaryKey").as_string())->size(), 64U);
    EXPECT_NE(pair.at("primaryKey"), pair.at("secondaryKey"));

    const auto shown = get(kind + "thing-1/");
    ASSERT_EQ(shown.status, 200);
    EXPECT_TRUE(object(shown).at("attestation").at("symmetricKey").as_object().empty());
    EXPECT_EQ(header(shown, "ETag"), etag_of(shown));

    const auto mechanism = post(path + "/attestationMechanism", "");
    ASSERT_EQ(mechanism.status, 200);
    EXPECT_EQ(object(mechanism).at("symmetricKey"), json::value(pair));

    EXPECT_EQ(remove(path), 204);
    EXPECT_EQ(remove(path) / 1000, 404);
  }
}

TEST_F(AzureServiceApi, KeepsKeysThatAnUpdateLeavesOut) {
  put("/enrollments/dev-1", with_key(key_text));
  const auto updated = put("/enrollments/dev-1");
  EXPECT_EQ(object(updated).at("attestation").at("symmetricKey").at("primaryKey").as_string(), key_text);
}

TEST_F(AzureServiceApi, RefusesAWriteThatIsBasedOnAnOlderVersion) {
  const std::string first = etag_of(put("/enrollments/dev-1"));
  const std::string unquoted = first.substr(1, first.size() - 2);
  const auto second = put("/enrollments/dev-1", symmetric, first);
  ASSERT_EQ(second.status, 200);
  EXPECT_NE(etag_of(second), first);
  for (const std::string& old : {first, unquoted, "\"" + first + "\"", std::string("nonsense"), std::string("\"\"")}) {
    EXPECT_EQ(outcome(put("/enrollments/dev-1", symmetric, old)), 412001) << old;
    EXPECT_EQ(remove("/enrollments/dev-1", old), 412001) << old;
  }
  EXPECT_EQ(outcome(put("/enrollments/dev-1", symmetric, "*")), 200);
  EXPECT_EQ(outcome(put("/enrollments/dev-2", symmetric, "*")), 404201);
  EXPECT_EQ(outcome(put("/enrollments/dev-2", symmetric, first)), 404201);
  EXPECT_EQ(remove("/enrollments/dev-1", etag_of(get("/enrollments/dev-1"))), 204);
}

TEST_F(AzureServiceApi, AnEnrollmentMadeAnewHasAnotherEntityTag) {
  const std::string before = etag_of(put("/enrollments/dev-1"));
  remove("/enrollments/dev-1");
  clock.advance(std::chrono::microseconds(1));
  EXPECT_NE(etag_of(put("/enrollments/dev-1")), before);
}

TEST_F(AzureServiceApi, RefusesBadRequestsInAzuresWords) {
  const std::pair<Requested, int> cases[] = {
      {{.method = "PUT", .path = "/enrollments/a%20b", .body = symmetric}, 400004},
      {{.method = "PUT", .path = "/enrollments/dev-1", .body = ""}, 400001},
      {{.method = "PUT", .path = "/enrollments/dev-1", .body = "[]"}, 400001},
      {{.method = "PUT", .path = "/enrollments/dev-1", .body = "{}"}, 400002},
      {{.method = "PUT", .path = "/enrollments/dev-1", .body = with_key("AAAA")}, 400002},
      {{.method = "PUT", .path = "/enrollmentGroups/a%20b", .body = symmetric}, 400002},
      {{.method = "PATCH", .path = "/enrollments/dev-1", .body = symmetric}, 405000},
      {{.method = "GET", .path = "/enrollments"}, 405000},
      {{.method = "GET", .path = "/enrollments/dev-1/attestationmechanism"}, 405000},
      {{.method = "POST", .path = "/enrollments/dev-1/keys"}, 404000},
      {{.method = "POST", .path = "/enrollments/dev-1/attestationmechanism/more"}, 404000},
      {{.method = "POST", .path = "/enrollments/dev-1/attestationmechanism"}, 404201},
      {{.method = "POST", .path = "/enrollmentGroups/line-1/attestationmechanism"}, 404203},
      {{.method = "GET", .path = "/registrations"}, 404000},
      {{.method = "GET", .path = "/registrations/dev-1"}, 404201},
      {{.method = "DELETE", .path = "/registrations/dev-1"}, 404201},
      {{.method = "PUT", .path = "/registrations/dev-1"}, 405000},
      {{.method = "DELETE", .path = "/registrations/line-1/query"}, 405000},
      {{.method = "POST", .path = "/registrations/line-1/query"}, 404203},
      {{.method = "POST", .path = "/enrollments/query", .body = R"({"query":"SELECT x FROM y"})"}, 400003},
      {{.method = "GET", .path = "/enrollments/dev-1", .query = "x=1"}, 400000},
  };
  for (const auto& [request, code] : cases)
    EXPECT_EQ(outcome(manage(request)), code) << request.method << " " << request.path << " " << request.body;
  EXPECT_EQ(outcome(send({.method = "GET", .path = "/enrollments/dev-1"})), 401000);
}

TEST_F(AzureServiceApi, AnswersQueriesByPage) {
  for (const char* id : {"dev-1", "dev-2", "dev-3"}) put(std::string("/enrollments/") + id);
  auto request = request_of(
      {.method = "POST", .path = "/enrollments/query", .body = R"({"query":"*"})", .authorization = service_token()});
  request.headers.emplace_back("x-ms-max-item-count", "2");
  const auto first = base::run_task(azure.handle(request));
  EXPECT_EQ(header(first, "x-ms-item-type"), "Enrollment");
  EXPECT_EQ(json::parse(first.body).as_array().size(), 2U);
  request.headers.emplace_back("x-ms-continuation", header(first, "x-ms-continuation"));
  const auto second = base::run_task(azure.handle(request));
  const auto rest = json::parse(second.body).as_array();
  ASSERT_EQ(rest.size(), 1U);
  EXPECT_EQ(rest[0].at("registrationId").as_string(), "dev-3");
  EXPECT_EQ(header(second, "x-ms-continuation"), "");
  EXPECT_TRUE(rest[0].at("attestation").at("symmetricKey").as_object().empty());
}

TEST_F(AzureServiceApi, FiltersQueries) {
  put("/enrollmentGroups/on");
  put("/enrollmentGroups/off", R"({"attestation":{"type":"symmetricKey"},"provisioningStatus":"disabled"})");
  const auto found = post("/enrollmentGroups/query",
                          R"({"query":"SELECT * FROM enrollmentGroups WHERE provisioningStatus = 'disabled'"})");
  const auto items = json::parse(found.body).as_array();
  ASSERT_EQ(items.size(), 1U);
  EXPECT_EQ(items[0].at("enrollmentGroupId").as_string(), "off");
  EXPECT_EQ(header(found, "x-ms-item-type"), "EnrollmentGroup");
}

TEST_F(AzureServiceApi, BulkReportsEachRefusalAndKeepsTheRest) {
  const std::string item = R"({"registrationId":"dev-1","attestation":{"type":"symmetricKey"}})";
  const auto bulk = [&](const std::string& mode, const std::string& list) {
    const auto response = post("/enrollments", R"({"mode":")" + mode + R"(","enrollments":[)" + list + "]}");
    EXPECT_EQ(response.status, 200) << response.body;
    return object(response);
  };
  EXPECT_TRUE(bulk("create", item).at("isSuccessful").as_bool());

  const auto mixed = bulk("create", item + R"(,{"registrationId":"dev-2","attestation":{"type":"symmetricKey"}},{},7,)"
                                           R"({"registrationId":"a b"},{"registrationId":"dev-3"})");
  EXPECT_FALSE(mixed.at("isSuccessful").as_bool());
  const auto& errors = mixed.at("errors").as_array();
  ASSERT_EQ(errors.size(), 5U);
  EXPECT_EQ(errors[0].at("registrationId").as_string(), "dev-1");
  EXPECT_EQ(errors[0].at("errorCode").as_int64(), 409201);
  EXPECT_EQ(errors[1].at("errorCode").as_int64(), 400002);
  EXPECT_EQ(errors[2].at("errorCode").as_int64(), 400002);
  EXPECT_EQ(errors[3].at("errorCode").as_int64(), 400004);
  EXPECT_EQ(errors[4].at("errorCode").as_int64(), 400002);
  EXPECT_EQ(outcome(get("/enrollments/dev-2")), 200);

  EXPECT_TRUE(bulk("update", item).at("isSuccessful").as_bool());
  EXPECT_FALSE(
      bulk("update", R"({"registrationId":"new","attestation":{"type":"symmetricKey"}})").at("isSuccessful").as_bool());
  // The Node SDK spells it like this.
  EXPECT_EQ(bulk("updateIfMatchEtag", item).at("errors").at(0).at("errorCode").as_int64(), 412001);
  const json::object tagged{{"registrationId", "dev-1"},
                            {"attestation", {{"type", "symmetricKey"}}},
                            {"etag", etag_of(get("/enrollments/dev-1"))}};
  EXPECT_TRUE(bulk("updateIfMatchETag", json::serialize(tagged)).at("isSuccessful").as_bool());
  EXPECT_EQ(bulk("delete", json::serialize(tagged)).at("errors").at(0).at("errorCode").as_int64(), 412001);
  EXPECT_TRUE(bulk("Delete", R"({"registrationId":"dev-1"})").at("isSuccessful").as_bool());
  EXPECT_EQ(outcome(get("/enrollments/dev-1")), 404201);
}

TEST_F(AzureServiceApi, BulkTakesTenItemsAndNotEleven) {
  const auto bulk = [&](int count) {
    std::string list;
    for (int i = 0; i < count; ++i)
      list += std::string(i == 0 ? "" : ",") + R"({"enrollmentGroupId":"g)" + std::to_string(i) +
              R"(","attestation":{"type":"symmetricKey"}})";
    return outcome(post("/enrollmentGroups/", R"({"mode":"create","enrollmentGroups":[)" + list + "]}"));
  };
  EXPECT_EQ(bulk(11), 400005);
  EXPECT_EQ(outcome(get("/enrollmentGroups/g0")), 404203);
  EXPECT_EQ(bulk(10), 200);
  EXPECT_EQ(outcome(get("/enrollmentGroups/g9")), 200);
}

TEST_F(AzureServiceApi, BulkRefusesWhatIsNoBulk) {
  for (const char* body : {"{}", R"({"mode":"create"})", R"({"mode":1,"enrollments":[]})",
                           R"({"mode":"create","enrollments":{}})", R"({"mode":"merge","enrollments":[]})"})
    EXPECT_EQ(outcome(post("/enrollments", body)), 400002) << body;
}

TEST_F(AzureServiceApi, ShowsAndForgetsRegistrations) {
  put("/enrollments/dev-1", with_key(key_text));
  register_device("dev-1");
  const auto state = get("/registrations/DEV-1");
  ASSERT_EQ(state.status, 200);
  EXPECT_EQ(object(state).at("assignedHub").as_string(), "hub.example");
  EXPECT_FALSE(object(state).contains("operationId"));
  EXPECT_EQ(object(get("/enrollments/dev-1")).at("registrationState"), json::value(object(state)));

  EXPECT_EQ(remove("/registrations/dev-1", "\"AAAA\""), 412001);
  EXPECT_EQ(remove("/registrations/dev-1", etag_of(state)), 204);
  EXPECT_EQ(outcome(get("/registrations/dev-1")), 404201);
  EXPECT_FALSE(object(get("/enrollments/dev-1")).contains("registrationState"));
}

TEST_F(AzureServiceApi, ListsTheRegistrationsOfAGroup) {
  put("/enrollmentGroups/line-1",
      with_key("8isrFI1sGsIlvvFSSFRiMfCNzv21fjbE/+ah/lSh3lF8e2YG1Te7w1KpZhJFFXJrqYKi9yegxkqIChbqOS9Egw=="));
  put("/enrollments/dev-1", with_key(key_text));
  register_device("dev-1");
  // Microsoft's own example of a derived key ("Symmetric key attestation", group enrollments).
  const std::string id = "sn-007-888-abc-mac-a1-b2-c3-d4-e5-f6";
  const base::Secret derived(*base::from_base64("Jsm0lyGpjaVYVP2g3FnmnmG9dI/9qU24wNoykUmermc="));
  ASSERT_EQ(outcome(send({.method = "PUT",
                          .path = std::string("/") + scope_a + "/registrations/" + id + "/register",
                          .authorization = device_token(id, derived)})),
            202);
  const auto found = post("/registrations/Line-1/query", "");
  EXPECT_EQ(header(found, "x-ms-item-type"), "DeviceRegistration");
  const auto items = json::parse(found.body).as_array();
  ASSERT_EQ(items.size(), 1U);
  EXPECT_EQ(items[0].at("registrationId").as_string(), id);
}

TEST_F(AzureServiceApi, LogsRefusalsWithoutCredentials) {
  const std::string token = service_token(owner, "other.example");
  EXPECT_EQ(outcome(send({.method = "GET", .path = "/enrollments/dev-1", .authorization = token})), 401002);
  EXPECT_EQ(log.text,
            "service_call_refused request_id=request-1 method=GET path=/enrollments/dev-1 "
            "code=token_for_another_resource reason=it is for other.example address=192.0.2.7\n");
  log.text.clear();
  // What was sent along stays out of the log, too.
  put("/enrollments/dev-1", with_key("AAAA"));
  EXPECT_NE(log.text.find("code=invalid_argument"), std::string::npos);
  EXPECT_EQ(log.text.find("AAAA"), std::string::npos);
}

TEST_F(AzureServiceApi, WritesEveryChangeToTheAuditTrailWithItsPolicy) {
  put("/enrollments/dev-1");
  remove("/enrollments/dev-1");
  std::vector<std::string> events;
  for (const auto& row : base::run_task(store->list_audit(tenant_a, std::nullopt, 2)))
    events.push_back(row.record.event.actor + " " + row.record.event.action + " " + row.record.event.subject);
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[1], "policy:provisioningserviceowner enrollment.created enrollment:dev-1");
  EXPECT_TRUE(events[0].starts_with("policy:provisioningserviceowner enrollment.")) << events[0];
  EXPECT_NE(events[0], events[1]);
}

TEST_F(AzureServiceApi, SeesNothingOfAnotherTenant) {
  put("/enrollments/dev-1");
  const base::TenantId tenant_b("tenant-b");
  add_tenant(tenant_b, "0ne0000000b");
  add_policy(tenant_b, "b", provisioning::all_service_rights);
  const std::string token =
      codec::make_sas_token(service_host, keys_of(tenant_b, "b").primary, noon + std::chrono::hours(1), "b");
  EXPECT_EQ(outcome(send({.method = "GET", .path = "/enrollments/dev-1", .authorization = token})), 404201);
  EXPECT_EQ(send({.method = "POST", .path = "/enrollments/query", .authorization = token}).body, "[]");
}

}  // namespace
}  // namespace muster::dialect::azure
