#include "dialect/azure/amqp_api.hpp"

#include "dialect/azure/fixture_test.hpp"
#include "provisioning/software_tpm_test.hpp"

namespace muster::dialect::azure {
namespace {

using codec::amqp::Message;
using codec::amqp::SaslMessage;
using net::AmqpAnswer;
using net::AmqpError;
using net::AmqpLink;
using net::AmqpRequest;
using net::SaslAnswer;
using provisioning::SoftwareTpm;
using Kind = SaslAnswer::Kind;

const std::string key_text = "c3lta2V5LXN5bWtleS1zeW1rZXktc3lta2V5LTAxMjM=";

std::string name_of(const std::string& id) { return std::string(scope_a) + "/registrations/" + id; }

class AzureAmqpApi : public AzureApiTest {
 protected:
  AzureAmqpApi() {
    enroll("dev-1", key_attestation());
    begin();
  }

  static std::string key_attestation() {
    return R"({"type":"symmetricKey","symmetricKey":{"primaryKey":")" + key_text +
           R"(","secondaryKey":"AAECAwQFBgcICQoLDA0ODw=="}})";
  }
  static std::string tpm_attestation(const SoftwareTpm& with) {
    return R"({"type":"tpm","tpm":{"endorsementKey":")" + base::to_base64(with.keys().endorsement_key) + R"("}})";
  }
  void enroll(const std::string& id, const std::string& attestation, const std::string& more = "") {
    const auto response = manage(
        {.method = "PUT", .path = "/enrollments/" + id, .body = R"({"attestation":)" + attestation + more + "}"});
    ASSERT_EQ(outcome(response), 200) << response.body;
  }

  /// A new connection.
  void begin(bool web_socket = false) {
    auto peer = std::make_shared<net::Peer>();
    peer->address = "192.0.2.7";
    peer->web_socket = web_socket;
    conversation_ = api.converse(std::move(peer));
  }

  SaslAnswer authenticate(SaslMessage message) {
    return base::run_task(conversation_->authenticate(std::move(message)));
  }
  Kind plain(const std::string& user, const std::string& token) {
    const std::string octets = std::string(1, '\0') + user + std::string(1, '\0') + token;
    return authenticate({.mechanism = "PLAIN", .octets = base::to_bytes(octets)}).kind;
  }
  SaslAnswer introduce(const std::string& id, const SoftwareTpm& with) {
    const std::string names = std::string(1, '\0') + scope_a + std::string(1, '\0') + id + std::string(1, '\0');
    return authenticate({.mechanism = "TPM", .octets = base::concat({base::view(names), with.keys().endorsement_key})});
  }
  SaslAnswer respond(base::ByteView octets) {
    return authenticate({.mechanism = {}, .octets = base::concat({base::Bytes{0}, octets})});
  }
  /// The conversation up to the key in the challenge.
  SoftwareTpm::Opened challenged(const std::string& id, const SoftwareTpm& with) {
    EXPECT_EQ(base::to_hex(introduce(id, with).challenge), "00");
    const auto first = respond(with.keys().storage_root_key);
    EXPECT_EQ(first.kind, Kind::challenge);
    EXPECT_EQ(first.challenge.at(0), 0x80);
    const auto last = respond({});
    EXPECT_EQ(last.challenge.at(0), 0xc1);
    return with.open(
        base::concat({base::ByteView(first.challenge).subspan(1), base::ByteView(last.challenge).subspan(1)}));
  }

  static AmqpLink link_to(const std::string& address, const std::string& version = "2019-03-31") {
    AmqpLink link{.client_sends = true, .address = address, .properties = {}};
    if (!version.empty()) link.properties["com.microsoft:api-version"] = version;
    return link;
  }
  AmqpAnswer ask(const std::string& address, const std::string& operation, const std::string& body = "",
                 const std::string& operation_id = "") {
    AmqpRequest request;
    request.address = address;
    request.request_id = "request-1";
    request.message.body = body;
    if (!operation.empty()) request.message.application_properties.emplace_back("iotdps-operation-type", operation);
    if (!operation_id.empty()) request.message.application_properties.emplace_back("iotdps-operation-id", operation_id);
    request.message.application_properties.emplace_back("iotdps-forceRegistration", false);
    return base::run_task(conversation_->answer(std::move(request)));
  }
  static json::object body_of(const AmqpAnswer& answer) {
    const auto* error = std::get_if<AmqpError>(&answer);
    if (error != nullptr) ADD_FAILURE() << error->condition << " " << error->description;
    return error != nullptr ? json::object() : json::parse(std::get<Message>(answer).body).as_object();
  }
  /// The condition and Azure's code of a rejection.
  static std::pair<std::string, int> rejection(const AmqpAnswer& answer) {
    const auto* error = std::get_if<AmqpError>(&answer);
    if (error == nullptr) return {"none", 0};
    const auto body = json::parse(error->description).as_object();
    EXPECT_EQ(body.at("trackingId").as_string(), "request-1");
    return {error->condition, body.at("errorCode").to_number<int>()};
  }

  /// Refusals that were only counted so far are written.
  void pass_a_minute() {
    clock.advance(std::chrono::minutes(1));
    base::run_task(registrar.tidy_refusals());
  }
  std::size_t audited_refusals() {
    const auto rows = base::run_task(store->scan_audit(0, 1000));
    const auto is_refusal = [](const auto& row) { return row.record.event.action == "device.refused"; };
    return static_cast<std::size_t>(std::ranges::count_if(rows, is_refusal));
  }

  AmqpApi api{operations, clock, random, log};
  const base::Secret key{*base::from_base64(key_text)};
  std::unique_ptr<net::AmqpConversation> conversation_;
};

using Rejection = std::pair<std::string, int>;

TEST_F(AzureAmqpApi, RegistersADeviceWithAToken) {
  ASSERT_EQ(plain(name_of("dev-1"), device_token("dev-1", key)), Kind::accepted);
  ASSERT_FALSE(conversation_->attach(link_to(name_of("dev-1"))));
  const auto body =
      body_of(ask(name_of("dev-1"), "iotdps-register", R"({"registrationId":"dev-1","payload":{"a":1}})"));
  EXPECT_EQ(body.at("status").as_string(), "assigned");
  EXPECT_EQ(body.at("registrationState").at("deviceId").as_string(), "dev-1");
  const auto record = base::run_task(store->find_device(tenant_a, "dev-1"));
  ASSERT_TRUE(record && record->registration);
  EXPECT_EQ(record->registration->payload, R"({"a":1})");

  const std::string operation(body.at("operationId").as_string());
  const auto poll = body_of(ask(name_of("dev-1"), "iotdps-get-operationstatus", "no JSON", operation));
  EXPECT_EQ(poll.at("registrationState"), body.at("registrationState"));
  const auto own = body_of(ask(name_of("dev-1"), "iotdps-get-registration"));
  EXPECT_EQ(json::value(own), body.at("registrationState"));
}

TEST_F(AzureAmqpApi, RegistersWithoutABodyToo) {
  ASSERT_EQ(plain(name_of("dev-1"), device_token("dev-1", key)), Kind::accepted);
  EXPECT_EQ(body_of(ask(name_of("dev-1"), "iotdps-register")).at("status").as_string(), "assigned");
}

TEST_F(AzureAmqpApi, SaysWhenToAskAgainUnderBothNames) {
  DeviceOperations polled(registrar, clock, log, {.answer_at_once = false, .retry_after_seconds = 7});
  AmqpApi slow(polled, clock, random, log);
  auto peer = std::make_shared<net::Peer>();
  conversation_ = slow.converse(std::move(peer));
  ASSERT_EQ(plain(name_of("dev-1"), device_token("dev-1", key)), Kind::accepted);
  const auto answer = ask(name_of("dev-1"), "iotdps-register");
  EXPECT_EQ(body_of(answer).at("status").as_string(), "assigning");
  const std::vector<std::pair<std::string, codec::amqp::PropertyValue>> both = {{"retry-after", 7}, {"Retry-After", 7}};
  EXPECT_EQ(std::get<Message>(answer).application_properties, both);
}

TEST_F(AzureAmqpApi, TakesEverySpellingOfItsAddresses) {
  for (const std::string& address :
       {name_of("dev-1"), "amqps://dps.example/" + name_of("dev-1"), "/" + name_of("dev-1"), name_of("DEV-1"),
        std::string(scope_a) + "/Registrations/dev-1"}) {
    begin();
    ASSERT_EQ(plain(name_of("dev-1"), device_token("dev-1", key)), Kind::accepted);
    EXPECT_FALSE(conversation_->attach(link_to(address))) << address;
    EXPECT_EQ(body_of(ask(address, "iotdps-register")).at("status").as_string(), "assigned") << address;
  }
}

TEST_F(AzureAmqpApi, EndsSaslWhereCredentialsAreBad) {
  const base::Secret another(base::Bytes(32, 9));
  const std::string good = device_token("dev-1", key);
  enroll("dev-2", key_attestation());
  enroll("pump-1", tpm_attestation(SoftwareTpm()));
  const std::pair<std::string, std::string> cases[] = {
      {name_of("dev-1"), device_token("dev-1", another)},
      {name_of("dev-2"), good},  // for another resource
      {name_of("dev-1"), "SharedAccessSignature sr=x"},
      {name_of("dev-1"), ""},
      {name_of("pump-1"), device_token("pump-1", key)},  // no challenge was issued
      {"dev-1", good},
      {"", good},
      {"a/b", good},
      {std::string(scope_a) + "/devices/dev-1", good},
  };
  for (const auto& [user, token] : cases) {
    begin();
    EXPECT_EQ(plain(user, token), Kind::refused) << user << " " << token;
  }
  clock.advance(std::chrono::hours(2));
  begin();
  EXPECT_EQ(plain(name_of("dev-1"), good), Kind::refused);
  begin();
  EXPECT_EQ(authenticate({.mechanism = "ANONYMOUS", .octets = {}}).kind, Kind::refused);
  begin();
  EXPECT_EQ(authenticate({.mechanism = "PLAIN", .octets = base::to_bytes(std::string_view("no PLAIN"))}).kind,
            Kind::refused);
}

TEST_F(AzureAmqpApi, RejectsTheRequestWhereItIsNotTheCredentialsThatAreBad) {
  enroll("off", key_attestation(), R"(,"provisioningStatus":"disabled")");
  struct Case {
    std::string scope;
    std::string id;
    Rejection rejection;
  };
  const Case cases[] = {
      {scope_a, "nobody", {"amqp:not-found", 404201}},
      {"0ne0ffffffff", "dev-1", {"amqp:not-found", 404200}},
      {scope_a, "off", {"amqp:unauthorized-access", 401003}},
  };
  for (const auto& [scope, id, expected] : cases) {
    begin();
    const std::string address = scope + "/registrations/" + id;
    EXPECT_EQ(plain(address, device_token(id, key, scope)), Kind::accepted) << address;
    EXPECT_FALSE(conversation_->attach(link_to(address)));
    EXPECT_EQ(rejection(ask(address, "iotdps-register")), expected) << address;
  }
}

TEST_F(AzureAmqpApi, WritesDownOnceWhatSaslAndTheRequestAreRefusedFor) {
  const SoftwareTpm tpm;
  enroll("off", key_attestation(), R"(,"provisioningStatus":"disabled")");
  enroll("off-tpm", tpm_attestation(tpm), R"(,"provisioningStatus":"disabled")");
  const std::string keys = R"({"tpm":{"endorsementKey":")" + base::to_base64(tpm.keys().endorsement_key) +
                           R"(","storageRootKey":")" + base::to_base64(tpm.keys().storage_root_key) + R"("}})";
  const auto expect_noted = [&](const std::string& id, const std::string& code, int times) {
    pass_a_minute();
    const auto kept = base::run_task(store->list_refusals(tenant_a, id));
    ASSERT_EQ(kept.size(), 1U) << id;
    EXPECT_EQ(kept[0].code, code) << id;
    EXPECT_EQ(kept[0].count, times) << id;
  };
  for (const std::string id : {"nobody", "off"}) {
    const std::string code = id == "off" ? "enrollment_disabled" : "enrollment_not_found";
    begin();
    ASSERT_EQ(plain(name_of(id), device_token(id, key)), Kind::accepted);
    expect_noted(id, code, 1);  // also of a device that leaves here
    EXPECT_NE(rejection(ask(name_of(id), "iotdps-register")).second, 0);
    expect_noted(id, code, 1);
    EXPECT_NE(rejection(ask(name_of(id), "iotdps-register")).second, 0);
    expect_noted(id, code, 2);  // it tried once more
  }
  for (const std::string id : {"nobody-tpm", "off-tpm"}) {
    begin();
    const auto opened = challenged(id, tpm);
    ASSERT_EQ(respond(base::view(device_token(id, opened.key))).kind, Kind::accepted);
    EXPECT_NE(rejection(ask(name_of(id), "iotdps-register", keys)).second, 0);
    expect_noted(id, id == "off-tpm" ? "enrollment_disabled" : "enrollment_not_found", 1);
  }
  EXPECT_EQ(audited_refusals(), 3U) << "two of off, one of off-tpm; strangers are not audited";
}

TEST_F(AzureAmqpApi, WritesDownWhatOnlyTheRequestIsRefusedFor) {
  ASSERT_EQ(plain(name_of("nobody"), device_token("nobody", key)), Kind::accepted);
  EXPECT_NE(rejection(ask(name_of("nobody"), "iotdps-forget")).second, 0);
  const auto kept = base::run_task(store->list_refusals(tenant_a, "nobody"));
  ASSERT_EQ(kept.size(), 2U);
  EXPECT_NE(kept[0].code, kept[1].code);
}

TEST_F(AzureAmqpApi, RejectsDevicesWithoutCredentials) {
  EXPECT_FALSE(conversation_->attach(link_to(name_of("dev-1"))));
  EXPECT_EQ(rejection(ask(name_of("dev-1"), "iotdps-register")), Rejection("amqp:unauthorized-access", 401000));
}

TEST_F(AzureAmqpApi, RefusesLinksToElsewhere) {
  enroll("dev-2", key_attestation());
  ASSERT_EQ(plain(name_of("dev-1"), device_token("dev-1", key)), Kind::accepted);
  const std::pair<AmqpLink, const char*> cases[] = {
      {link_to(name_of("dev-2")), "amqp:unauthorized-access"},
      {link_to("0ne0ffffffff/registrations/dev-1"), "amqp:unauthorized-access"},
      {link_to("dev-1"), "amqp:not-found"},
      {link_to(""), "amqp:not-found"},
      {link_to(name_of("dev-1") + "/more"), "amqp:not-found"},
      {link_to(name_of("dev-1"), ""), "amqp:not-allowed"},
      {link_to(name_of("dev-1"), "yesterday&api-version=2019-03-31"), "amqp:not-allowed"},
  };
  for (const auto& [link, condition] : cases) {
    const auto refused = conversation_->attach(link);
    ASSERT_TRUE(refused) << link.address;
    EXPECT_EQ(refused->condition, condition) << link.address;
  }
}

TEST_F(AzureAmqpApi, RejectsRequestsThatItDoesNotKnow) {
  ASSERT_EQ(plain(name_of("dev-1"), device_token("dev-1", key)), Kind::accepted);
  EXPECT_EQ(rejection(ask(name_of("dev-1"), "")), Rejection("amqp:not-allowed", 400000));
  EXPECT_EQ(rejection(ask(name_of("dev-1"), "iotdps-forget")), Rejection("amqp:not-allowed", 400000));
  EXPECT_EQ(rejection(ask(name_of("dev-1"), "iotdps-register", "{")), Rejection("amqp:not-allowed", 400001));
  EXPECT_EQ(rejection(ask(name_of("dev-1"), "iotdps-register", R"({"registrationId":"dev-2"})")),
            Rejection("amqp:not-allowed", 400004));
  ASSERT_EQ(body_of(ask(name_of("dev-1"), "iotdps-register")).at("status").as_string(), "assigned");
  EXPECT_EQ(rejection(ask(name_of("dev-1"), "iotdps-get-operationstatus")), Rejection("amqp:not-found", 404202));
}

TEST_F(AzureAmqpApi, RegistersADeviceWithATpm) {
  const SoftwareTpm tpm;
  enroll("pump-1", tpm_attestation(tpm));
  const auto opened = challenged("pump-1", tpm);
  EXPECT_EQ(opened.uri, name_of("pump-1"));
  const std::string token = device_token("pump-1", opened.key);
  ASSERT_EQ(respond(base::view(token)).kind, Kind::accepted);
  ASSERT_FALSE(conversation_->attach(link_to(name_of("pump-1"))));
  const std::string keys = R"({"registrationId":"pump-1","tpm":{"endorsementKey":")" +
                           base::to_base64(tpm.keys().endorsement_key) + R"(","storageRootKey":")" +
                           base::to_base64(tpm.keys().storage_root_key) + R"("}})";
  const auto body = body_of(ask(name_of("pump-1"), "iotdps-register", keys));
  EXPECT_EQ(body.at("status").as_string(), "assigned");
  const auto blob = base::from_base64(body.at("registrationState").at("tpm").at("authenticationKey").as_string());
  ASSERT_TRUE(blob);
  EXPECT_EQ(tpm.open(*blob).uri, "hub.example/devices/pump-1");
}

TEST_F(AzureAmqpApi, PutsTheSegmentsOfATpmsKeysTogether) {
  const SoftwareTpm tpm;
  enroll("pump-1", tpm_attestation(tpm));
  const std::string names = std::string(scope_a) + std::string(1, '\0') + "pump-1" + std::string(1, '\0');
  const base::Bytes said = base::concat({base::view(names), tpm.keys().endorsement_key});
  const base::ByteView all(said);
  const auto first = authenticate({.mechanism = "TPM", .octets = base::concat({base::Bytes{0x80}, all.first(50)})});
  EXPECT_EQ(base::to_hex(first.challenge), "00");
  EXPECT_EQ(
      base::to_hex(
          authenticate({.mechanism = {}, .octets = base::concat({base::Bytes{0xc1}, all.subspan(50)})}).challenge),
      "00");
  EXPECT_EQ(respond(tpm.keys().storage_root_key).challenge.at(0), 0x80);
}

TEST_F(AzureAmqpApi, RefusesTpmsThatAreNotTheEnrolledOne) {
  const SoftwareTpm tpm;
  const SoftwareTpm thief;
  enroll("pump-1", tpm_attestation(tpm));
  // Challenged all the same: some clients hear of nothing before.
  const auto opened = challenged("pump-1", thief);
  EXPECT_EQ(respond(base::view(device_token("pump-1", opened.key))).kind, Kind::refused);

  begin();
  challenged("pump-1", tpm);
  EXPECT_EQ(respond(base::view(device_token("pump-1", base::Secret(base::Bytes(32, 9))))).kind, Kind::refused);
  begin();
  challenged("pump-1", tpm);
  EXPECT_EQ(respond(base::view(std::string_view("no token"))).kind, Kind::refused);
}

TEST_F(AzureAmqpApi, RefusesTpmMessagesThatAreMalformed) {
  const SoftwareTpm tpm;
  enroll("pump-1", tpm_attestation(tpm));
  introduce("pump-1", tpm);
  EXPECT_EQ(respond(base::Bytes(20, 1)).kind, Kind::refused);
  begin();
  EXPECT_EQ(authenticate({.mechanism = "TPM", .octets = base::Bytes{0, 1, 2}}).kind, Kind::refused);
  begin();
  EXPECT_EQ(authenticate({.mechanism = "TPM", .octets = {}}).kind, Kind::refused);
  begin();
  EXPECT_EQ(authenticate({.mechanism = "TPM", .octets = base::Bytes{0x81, 1, 2}}).kind, Kind::refused);
}

TEST_F(AzureAmqpApi, RejectsTheRequestOfATpmThatIsNotEnrolledOrDisabled) {
  const SoftwareTpm tpm;
  enroll("off", tpm_attestation(tpm), R"(,"provisioningStatus":"disabled")");
  const std::pair<const char*, Rejection> cases[] = {{"nobody", {"amqp:not-found", 404201}},
                                                     {"off", {"amqp:unauthorized-access", 401003}}};
  for (const auto& [id, expected] : cases) {
    begin();
    const auto opened = challenged(id, tpm);
    EXPECT_EQ(respond(base::view(device_token(id, opened.key))).kind, Kind::accepted) << id;
    EXPECT_FALSE(conversation_->attach(link_to(name_of(id))));
    const std::string keys = R"({"tpm":{"endorsementKey":")" + base::to_base64(tpm.keys().endorsement_key) +
                             R"(","storageRootKey":")" + base::to_base64(tpm.keys().storage_root_key) + R"("}})";
    EXPECT_EQ(rejection(ask(name_of(id), "iotdps-register", keys)), expected) << id;
  }
}

TEST_F(AzureAmqpApi, RejectsATpmThatLeftSaslOut) {
  const SoftwareTpm tpm;
  enroll("pump-1", tpm_attestation(tpm));
  const std::string keys = R"({"tpm":{"endorsementKey":")" + base::to_base64(tpm.keys().endorsement_key) +
                           R"(","storageRootKey":")" + base::to_base64(tpm.keys().storage_root_key) + R"("}})";
  EXPECT_EQ(rejection(ask(name_of("pump-1"), "iotdps-register", keys)), Rejection("amqp:unauthorized-access", 401000));
}

TEST_F(AzureAmqpApi, SaysInTheLogWhichTransportARefusalCameOver) {
  for (const bool web_socket : {false, true}) {
    log.text.clear();
    begin(web_socket);
    ask(name_of("dev-1"), "iotdps-register");
    EXPECT_NE(log.text.find(web_socket ? "transport=amqp_websocket" : "transport=amqp "), std::string::npos)
        << log.text;
  }
}

TEST(AzureAmqpError, HasAConditionForEachStatus) {
  const std::pair<int, const char*> cases[] = {
      {400, "amqp:not-allowed"},
      {401, "amqp:unauthorized-access"},
      {404, "amqp:not-found"},
      {409, "amqp:precondition-failed"},
      {412, "amqp:precondition-failed"},
      {413, "amqp:link:message-size-exceeded"},
      {500, "amqp:internal-error"},
      {503, "amqp:internal-error"},
      {429, "com.microsoft:device-container-throttled"},
  };
  for (const auto& [status, condition] : cases) {
    const auto error = amqp_error(status, "{}", 9);
    EXPECT_EQ(error.condition, condition) << status;
    EXPECT_EQ(error.description, "{}");
    EXPECT_EQ(error.info.at("retry-after"), 9);
    EXPECT_TRUE(amqp_error(status, "{}", {}).info.empty());
  }
}

}  // namespace
}  // namespace muster::dialect::azure
