#include "dialect/azure/device_api.hpp"

#include <algorithm>

#include "dialect/azure/fixture_test.hpp"

namespace muster::dialect::azure {
namespace {

const std::string key_text = "c3lta2V5LXN5bWtleS1zeW1rZXktc3lta2V5LTAxMjM=";

class AzureDeviceApi : public AzureApiTest {
 protected:
  AzureDeviceApi() { enroll("dev-1"); }

  void enroll(const std::string& id, const std::string& more = "") {
    const auto response = manage({.method = "PUT",
                                  .path = "/enrollments/" + id,
                                  .body = R"({"attestation":{"type":"symmetricKey","symmetricKey":{"primaryKey":")" +
                                          key_text + R"(","secondaryKey":"AAECAwQFBgcICQoLDA0ODw=="}})" + more + "}"});
    ASSERT_EQ(outcome(response), 200) << response.body;
  }

  static std::string path_of(const std::string& id, const std::string& tail) {
    return std::string("/") + scope_a + "/registrations/" + id + tail;
  }
  net::HttpResponse register_device(const std::string& id, const std::string& body = "") {
    return send(
        {.method = "PUT", .path = path_of(id, "/register"), .body = body, .authorization = device_token(id, key)});
  }

  const base::Secret key{*base::from_base64(key_text)};
};

TEST_F(AzureDeviceApi, AnswersARegistrationAtOnce) {
  const auto response = register_device("dev-1", R"({"registrationId":"DEV-1","payload":{"a":1}})");
  // Some clients take nothing but 202.
  ASSERT_EQ(response.status, 202) << response.body;
  EXPECT_EQ(header(response, "Location"), "https://dps.example/0ne0000000a/registrations/dev-1/register");
  EXPECT_EQ(header(response, "Content-Type"), "application/json; charset=utf-8");
  EXPECT_EQ(header(response, "x-ms-request-id"), "request-1");
  const auto body = object(response);
  EXPECT_EQ(body.at("status").as_string(), "assigned");
  const auto& state = body.at("registrationState").as_object();
  EXPECT_EQ(state.at("assignedHub").as_string(), "hub.example");
  EXPECT_EQ(state.at("deviceId").as_string(), "dev-1");
  EXPECT_EQ(state.at("substatus").as_string(), "initialAssignment");

  // Clients put the operation id into paths and topics as it is.
  const std::string operation(body.at("operationId").as_string());
  EXPECT_EQ(operation.find_first_not_of("0123456789abcdefABCDEFghijklmnopqrstuvwxyzGHIJKLMNOPQRSTUVWXYZ.-"),
            std::string::npos);
  EXPECT_LE(operation.size(), 80U);

  const auto record = base::run_task(store->find_device(tenant_a, "dev-1"));
  ASSERT_TRUE(record && record->registration);
  EXPECT_EQ(record->registration->payload, R"({"a":1})");
}

TEST_F(AzureDeviceApi, CanBePolledAllTheSame) {
  const auto registered = object(register_device("dev-1"));
  const std::string operation(registered.at("operationId").as_string());
  const auto poll = send({.method = "GET",
                          .path = path_of("dev-1", "/operations/" + operation),
                          .body = "{}",
                          .authorization = device_token("dev-1", key)});
  ASSERT_EQ(poll.status, 200) << poll.body;
  EXPECT_EQ(object(poll).at("operationId").as_string(), operation);
  EXPECT_EQ(object(poll).at("registrationState"), registered.at("registrationState"));
  EXPECT_EQ(header(poll, "Retry-After"), "");
}

TEST_F(AzureDeviceApi, TellsADeviceItsOwnRegistration) {
  const auto registered = object(register_device("dev-1"));
  const auto state =
      send({.method = "POST", .path = path_of("dev-1", ""), .body = "{}", .authorization = device_token("dev-1", key)});
  ASSERT_EQ(state.status, 200);
  EXPECT_EQ(json::value(object(state)), registered.at("registrationState"));
}

TEST_F(AzureDeviceApi, KeepsRefusalsThatCameBeforeTheRegistrar) {
  send(
      {.method = "PUT", .path = path_of("dev-1", "/register"), .authorization = "SharedAccessSignature sr=a&sig=YQ=="});
  register_device("dev-1", "{");
  register_device("dev-1", R"({"registrationId":"dev-2"})");
  std::vector<std::string> kept;
  for (const auto& refusal : base::run_task(store->list_refusals(tenant_a, "dev-1")))
    kept.push_back(refusal.code + ": " + refusal.detail);
  std::ranges::sort(kept);
  ASSERT_EQ(kept.size(), 3U);
  EXPECT_EQ(kept[0], "credentials_malformed: SAS token: field se is missing");
  EXPECT_EQ(kept[1], "invalid_registration_id: the body names 'dev-2', the address 'dev-1'");
  EXPECT_EQ(kept[2].substr(0, 15), "malformed_json:");
}

TEST_F(AzureDeviceApi, CanAnswerWithAssigningAsAzureDoes) {
  DeviceOperations polled(registrar, clock, log, {.answer_at_once = false, .retry_after_seconds = 7});
  DeviceApi slow(polled);
  AzureApi slow_api(slow, service_api, management, clock);
  const auto response = base::run_task(slow_api.handle(request_of(
      {.method = "PUT", .path = path_of("dev-1", "/register"), .authorization = device_token("dev-1", key)})));
  EXPECT_EQ(response.status, 202);
  EXPECT_EQ(header(response, "Retry-After"), "7");
  EXPECT_EQ(object(response).at("status").as_string(), "assigning");
  EXPECT_FALSE(object(response).contains("registrationState"));
}

TEST_F(AzureDeviceApi, TakesEverySpellingOfItsPaths) {
  for (const char* path : {"/0ne0000000a/Registrations/dev-1/REGISTER", "/0ne0000000a/registrations/dev-1/register/",
                           "/0ne0000000a/registrations/DEV-1/register", "/0ne0000000a/registrations/dev%2D1/register"})
    EXPECT_EQ(outcome(send({.method = "PUT", .path = path, .authorization = device_token("dev-1", key)})), 202) << path;
}

TEST_F(AzureDeviceApi, RegistersDevicesOfAGroupUnderTheirDerivedKey) {
  ASSERT_EQ(
      outcome(manage({.method = "PUT",
                      .path = "/enrollmentGroups/line-1",
                      .body = R"({"attestation":{"type":"symmetricKey","symmetricKey":{"primaryKey":")"
                              "8isrFI1sGsIlvvFSSFRiMfCNzv21fjbE/+ah/lSh3lF8e2YG1Te7w1KpZhJFFXJrqYKi9yegxkqIChbqOS9Egw=="
                              R"("}}})"})),
      200);
  // Microsoft's own example of a derived key ("Symmetric key attestation", group enrollments).
  const base::Secret derived(*base::from_base64("Jsm0lyGpjaVYVP2g3FnmnmG9dI/9qU24wNoykUmermc="));
  const std::string id = "sn-007-888-abc-mac-a1-b2-c3-d4-e5-f6";
  const auto response =
      send({.method = "PUT", .path = path_of(id, "/register"), .authorization = device_token(id, derived)});
  ASSERT_EQ(response.status, 202) << response.body;
  EXPECT_EQ(object(response).at("registrationState").at("symmetricKey").at("enrollmentGroupId").as_string(), "line-1");
}

TEST_F(AzureDeviceApi, RefusesInAzuresWords) {
  enroll("off", R"(,"provisioningStatus":"disabled")");
  enroll("lost", R"(,"iotHubs":["elsewhere.example"])");
  const base::Secret another(base::Bytes(32, 9));
  const std::string token = device_token("dev-1", key);
  const std::string path = path_of("dev-1", "/register");
  const std::pair<Requested, int> cases[] = {
      {{.method = "PUT", .path = path, .authorization = device_token("dev-1", another)}, 401002},
      {{.method = "PUT", .path = path, .authorization = device_token("dev-2", key)}, 401002},
      {{.method = "PUT", .path = path, .authorization = device_token("dev-1", key, "0ne0000000b")}, 401002},
      {{.method = "PUT", .path = path, .authorization = "SharedAccessSignature x"}, 401001},
      {{.method = "PUT", .path = path_of("nobody", "/register"), .authorization = device_token("nobody", key)}, 404201},
      {{.method = "PUT", .path = path_of("off", "/register"), .authorization = device_token("off", key)}, 401003},
      {{.method = "PUT", .path = path_of("lost", "/register"), .authorization = device_token("lost", key)}, 400208},
      {{.method = "PUT", .path = "/0neffffffff/registrations/dev-1/register", .authorization = token}, 404200},
      {{.method = "PUT", .path = path_of("a%20b", "/register"), .authorization = token}, 400004},
      {{.method = "PUT", .path = path, .body = R"({"registrationId":"dev-2"})", .authorization = token}, 400004},
      {{.method = "PUT", .path = path, .body = "{", .authorization = token}, 400001},
      {{.method = "PUT", .path = path, .body = R"({"csr":"AQ=="})", .authorization = token}, 400014},
      {{.method = "PUT", .path = path, .authorization = token, .query = ""}, 400000},
      {{.method = "POST", .path = path, .authorization = token}, 405000},
      {{.method = "GET", .path = path_of("dev-1", ""), .authorization = token}, 405000},
      {{.method = "PUT", .path = path_of("dev-1", "/enroll"), .authorization = token}, 404000},
      {{.method = "PUT", .path = path_of("dev-1", "/register/more"), .authorization = token}, 404000},
      {{.method = "POST", .path = path_of("dev-1", ""), .body = "{}", .authorization = token}, 404201},
      {{.method = "GET", .path = "/"}, 404000},
      {{.method = "GET", .path = "/elsewhere"}, 404000},
      {{.method = "GET", .path = "/%"}, 400000},
  };
  for (const auto& [request, code] : cases)
    EXPECT_EQ(outcome(send(request)), code) << request.method << " " << request.path << " " << request.body;
  EXPECT_EQ(outcome(send({.method = "PUT", .path = path})) / 1000, 401);
}

TEST_F(AzureDeviceApi, TellsTheOperatorWhyAndTheStrangerLittle) {
  const base::Secret another(base::Bytes(32, 9));
  const std::string token = device_token("dev-1", another);
  const auto response = send({.method = "PUT", .path = path_of("dev-1", "/register"), .authorization = token});
  EXPECT_EQ(object(response).at("message").as_string(), "The credentials are not valid.");
  EXPECT_NE(log.text.find(
                "registration_refused request_id=request-1 transport=https id_scope=0ne0000000a registration_id=dev-1 "
                "code=signature_mismatch reason="),
            std::string::npos)
      << log.text;
  EXPECT_NE(log.text.find("address=192.0.2.7"), std::string::npos);
  const auto signature = codec::parse_sas_token(token)->signature;
  EXPECT_EQ(log.text.find(base::to_base64(signature)), std::string::npos);
  EXPECT_EQ(log.text.find(token.substr(token.find("sig=") + 4, 20)), std::string::npos);
  EXPECT_EQ(log.text.find(key_text), std::string::npos);
}

TEST_F(AzureDeviceApi, RefusesAnExpiredToken) {
  const std::string token = device_token("dev-1", key);
  clock.advance(std::chrono::hours(1));
  EXPECT_EQ(outcome(send({.method = "PUT", .path = path_of("dev-1", "/register"), .authorization = token})), 401002);
}

TEST_F(AzureDeviceApi, RefusesToPollTheOperationOfAnother) {
  enroll("dev-2");
  const std::string operation(object(register_device("dev-2")).at("operationId").as_string());
  register_device("dev-1");
  const auto poll = [&](const std::string& id, const std::string& which) {
    return outcome(send(
        {.method = "GET", .path = path_of(id, "/operations/" + which), .authorization = device_token("dev-1", key)}));
  };
  EXPECT_EQ(poll("dev-1", operation), 404202);
  EXPECT_EQ(poll("dev-1", "nonsense"), 404202);
  EXPECT_EQ(poll("dev-2", operation), 401002);
}

TEST_F(AzureDeviceApi, AnswersWhatNeverBecameARequestInAzuresJson) {
  const net::RefusedRequest refused{.status = 431, .reason = "too large", .path = {}, .request_id = "r-1"};
  const auto response = azure.refuse(refused);
  EXPECT_EQ(response.status, 431);
  EXPECT_TRUE(response.close);
  EXPECT_EQ(object(response).at("errorCode").as_int64(), 431000);
  EXPECT_EQ(object(response).at("message").as_string(), "too large");
  EXPECT_EQ(object(response).at("trackingId").as_string(), "r-1");
  EXPECT_EQ(header(response, "x-ms-request-id"), "r-1");
}

}  // namespace
}  // namespace muster::dialect::azure
