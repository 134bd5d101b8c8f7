#include "dialect/azure/mqtt_api.hpp"

#include "dialect/azure/fixture_test.hpp"
#include "provisioning/software_tpm_test.hpp"

namespace muster::dialect::azure {
namespace {

namespace mqtt = codec::mqtt;
using mqtt::ReasonCode;

constexpr const char* key_text = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const std::string register_topic = "$dps/registrations/PUT/iotdps-register/?$rid=";
const std::string poll_topic = "$dps/registrations/GET/iotdps-get-operationstatus/?$rid=";

class AzureMqttApi : public AzureApiTest {
 protected:
  AzureMqttApi() {
    enroll("dev-1", R"({"type":"symmetricKey","symmetricKey":{"primaryKey":")" + std::string(key_text) +
                        R"(","secondaryKey":"AAECAwQFBgcICQoLDA0ODw=="}})");
  }

  void enroll(const std::string& id, const std::string& attestation) {
    const auto response =
        manage({.method = "PUT", .path = "/enrollments/" + id, .body = R"({"attestation":)" + attestation + "}"});
    ASSERT_EQ(outcome(response), 200) << response.body;
  }

  static std::string user_name(const std::string& id, const std::string& more = "",
                               const std::string& scope = scope_a) {
    return scope + "/registrations/" + id + "/api-version=2019-03-31" + more;
  }
  static mqtt::Connect connect(const std::string& id, const std::string& password) {
    mqtt::Connect connect;
    connect.client_id = id;
    connect.user_name = user_name(id);
    if (!password.empty()) connect.password = base::Secret(base::to_bytes(password));
    return connect;
  }
  std::shared_ptr<net::Peer> peer = [] {
    auto made = std::make_shared<net::Peer>();
    made->address = "192.0.2.7";
    return made;
  }();

  std::variant<net::MqttAdmission, mqtt::Violation> answer_to(mqtt::Connect connect) {
    return base::run_task(api.connect(std::move(connect), peer));
  }
  /// Lets in, or fails the test; subscribed to the answers where not said otherwise.
  std::unique_ptr<net::MqttClient> let_in(mqtt::Connect connect, bool subscribed = true) {
    auto answer = answer_to(std::move(connect));
    auto* admission = std::get_if<net::MqttAdmission>(&answer);
    if (admission == nullptr) throw std::runtime_error(std::get<mqtt::Violation>(answer).reason);
    if (subscribed) {
      EXPECT_EQ(admission->client->subscribe("$dps/registrations/res/#"), ReasonCode::success);
    }
    return std::move(admission->client);
  }
  std::unique_ptr<net::MqttClient> let_in(const std::string& id, const base::Secret& with) {
    return let_in(connect(id, device_token(id, with)));
  }
  /// success where the client is let in.
  ReasonCode refusal_of(mqtt::Connect connect) {
    const auto answer = answer_to(std::move(connect));
    const auto* violation = std::get_if<mqtt::Violation>(&answer);
    return violation == nullptr ? ReasonCode::success : violation->code;
  }

  static net::MqttReply publish(net::MqttClient& client, const std::string& topic, const std::string& payload = "") {
    mqtt::Publish message;
    message.topic = topic;
    message.payload = payload;
    return base::run_task(client.publish(std::move(message)));
  }
  static json::object body_of(const net::MqttReply& reply) {
    return json::parse(reply.messages.at(0).payload).as_object();
  }
  static std::string topic_of(const net::MqttReply& reply) { return reply.messages.at(0).topic; }
  /// Azure's code of a refusal, after its form was checked; the topic of anything else.
  static std::string refused(const net::MqttReply& reply) {
    const auto body = body_of(reply);
    if (!body.contains("errorCode")) return topic_of(reply);
    auto code = std::to_string(body.at("errorCode").to_number<int>());
    EXPECT_TRUE(topic_of(reply).starts_with("$dps/registrations/res/" + code.substr(0, 3) + "/?$rid=1"))
        << topic_of(reply);
    EXPECT_FALSE(body.at("message").as_string().empty());
    EXPECT_EQ(body.at("trackingId").as_string().size(), 36U);
    EXPECT_FALSE(reply.proven);
    return code;
  }

  const base::Secret key{*base::from_base64(key_text)};
  MqttApi api{operations, clock, random, log, {}};
};

TEST_F(AzureMqttApi, AnswersARegistrationOnTheTopicOfItsRequest) {
  const auto client = let_in("dev-1", key);
  const auto reply = publish(*client, register_topic + "abc", R"({"registrationId":"dev-1","payload":{"a":1}})");
  ASSERT_EQ(reply.messages.size(), 1U);
  EXPECT_EQ(topic_of(reply), "$dps/registrations/res/202/?$rid=abc&retry-after=3");
  EXPECT_TRUE(reply.proven);
  EXPECT_FALSE(reply.violation);
  const auto body = body_of(reply);
  EXPECT_EQ(body.at("status").as_string(), "assigned");
  EXPECT_EQ(body.at("registrationState").at("assignedHub").as_string(), "hub.example");

  const auto record = base::run_task(store->find_device(tenant_a, "dev-1"));
  ASSERT_TRUE(record && record->registration);
  EXPECT_EQ(record->registration->payload, R"({"a":1})");
}

TEST_F(AzureMqttApi, AnswersPollsWhateverTheyCarry) {
  const auto client = let_in("dev-1", key);
  const auto registered = body_of(publish(*client, register_topic + "1"));
  const std::string operation(registered.at("operationId").as_string());
  for (const char* payload : {"", " ", R"({"registrationId":"dev-1"})", "{"}) {
    const auto reply = publish(*client, poll_topic + "2&operationId=" + operation, payload);
    EXPECT_EQ(topic_of(reply), "$dps/registrations/res/200/?$rid=2");
    EXPECT_EQ(body_of(reply).at("registrationState"), registered.at("registrationState"));
  }
}

TEST_F(AzureMqttApi, CanAnswerWithAssigningAsAzureDoes) {
  DeviceOperations slow(registrar, clock, log, {.answer_at_once = false, .retry_after_seconds = 7});
  MqttApi slow_api(slow, clock, random, log, {.answer_at_once = false, .retry_after_seconds = 7});
  auto answer = base::run_task(slow_api.connect(connect("dev-1", device_token("dev-1", key)), peer));
  auto& client = *std::get<net::MqttAdmission>(answer).client;
  client.subscribe("$dps/registrations/res/#");
  const auto reply = publish(client, register_topic + "1");
  EXPECT_EQ(topic_of(reply), "$dps/registrations/res/202/?$rid=1&retry-after=7");
  EXPECT_EQ(body_of(reply).at("status").as_string(), "assigning");
}

TEST_F(AzureMqttApi, GivesCorrelationDataBack) {
  const auto client = let_in("dev-1", key);
  mqtt::Publish message;
  message.topic = register_topic + "1";
  message.properties.add(mqtt::PropertyId::correlation_data, "\x01\x02");
  const auto reply = base::run_task(client->publish(std::move(message)));
  EXPECT_EQ(reply.messages.at(0).properties.text(mqtt::PropertyId::correlation_data), "\x01\x02");
}

TEST_F(AzureMqttApi, LetsInWhoeverShowsSomethingAndJudgesItWithTheFirstRequest) {
  const base::Secret another(base::Bytes(32, 9));
  const std::pair<mqtt::Connect, const char*> cases[] = {
      {connect("dev-1", device_token("dev-1", another)), "401002"},
      {connect("dev-1", device_token("dev-2", key)), "401002"},
      {connect("dev-1", device_token("dev-1", key, "0ne0000000b")), "401002"},
      {connect("dev-1", "hunter2"), "401001"},
      {connect("nobody", device_token("nobody", key)), "404201"},
  };
  for (const auto& [connect, code] : cases) {
    const auto client = let_in(connect);
    EXPECT_EQ(refused(publish(*client, register_topic + "1")), code);
    EXPECT_EQ(refused(publish(*client, poll_topic + "1&operationId=4.x")), code);
  }
  EXPECT_EQ(log.text.find("hunter2"), std::string::npos);
}

TEST_F(AzureMqttApi, RefusesRegistrationsInAzuresWords) {
  const auto client = let_in("dev-1", key);
  EXPECT_EQ(refused(publish(*client, register_topic + "1", R"({"registrationId":"dev-2"})")), "400004");
  EXPECT_EQ(refused(publish(*client, register_topic + "1", "{")), "400001");
  // What was refused does not end the session.
  EXPECT_TRUE(publish(*client, register_topic + "1").proven);
  EXPECT_EQ(refused(publish(*client, poll_topic + "1&operationId=4.x")), "404202");
  // A token is good until it expires, also on a connection that is open.
  clock.advance(std::chrono::hours(1));
  EXPECT_EQ(refused(publish(*client, register_topic + "1")), "401002");
}

TEST_F(AzureMqttApi, RefusesConnectionsThatCannotBeADevices) {
  const std::string token = device_token("dev-1", key);
  mqtt::Connect no_name = connect("dev-1", token);
  no_name.user_name.reset();
  EXPECT_EQ(refusal_of(no_name), ReasonCode::not_authorized);
  for (const std::string& name : {std::string(), std::string("dev-1"), user_name("dev-1").substr(0, 30)}) {
    mqtt::Connect malformed = connect("dev-1", token);
    malformed.user_name = name;
    EXPECT_EQ(refusal_of(malformed), ReasonCode::not_authorized) << name;
  }
  mqtt::Connect another_client = connect("dev-1", token);
  another_client.client_id = "dev-2";
  EXPECT_EQ(refusal_of(another_client), ReasonCode::client_identifier_not_valid);
  another_client.client_id = "";
  EXPECT_EQ(refusal_of(another_client), ReasonCode::client_identifier_not_valid);
  another_client.client_id = "DEV-1";
  EXPECT_EQ(refusal_of(another_client), ReasonCode::success);

  EXPECT_EQ(refusal_of(connect("dev-1", "")), ReasonCode::not_authorized);
  peer->certificates = net::PresentedCertificates(std::vector<base::Bytes>{{1}});
  EXPECT_EQ(refusal_of(connect("dev-1", "")), ReasonCode::success);
}

TEST_F(AzureMqttApi, NamesConnectionsByTenantAndDevice) {
  const auto name_of = [this](const std::string& id, const std::string& scope) {
    mqtt::Connect wanted = connect(id, device_token(id, key));
    wanted.user_name = user_name(id, "", scope);
    auto answer = answer_to(std::move(wanted));
    const auto& admission = std::get<net::MqttAdmission>(answer);
    EXPECT_FALSE(admission.proven);
    return admission.name;
  };
  EXPECT_EQ(name_of("dev-1", "0ne0000000A"), name_of("DEV-1", "0NE0000000a"));
  EXPECT_NE(name_of("dev-1", "0ne0000000a"), name_of("dev-1", "0ne0000000b"));
}

TEST_F(AzureMqttApi, EndsSessionsThatPublishWhereNobodyListens) {
  const auto client = let_in("dev-1", key);
  const auto reply = publish(*client, "elsewhere");
  ASSERT_TRUE(reply.violation);
  EXPECT_EQ(reply.violation->code, ReasonCode::topic_name_invalid);
  EXPECT_TRUE(reply.messages.empty());
}

TEST_F(AzureMqttApi, EndsSessionsThatRegisterBeforeTheySubscribeAndRegistersNothing) {
  const auto client = let_in(connect("dev-1", device_token("dev-1", key)), false);
  EXPECT_EQ(client->subscribe("#"), ReasonCode::not_authorized);
  const auto reply = publish(*client, register_topic + "1");
  ASSERT_TRUE(reply.violation);
  EXPECT_EQ(reply.violation->code, ReasonCode::protocol_error);
  EXPECT_FALSE(base::run_task(store->find_device(tenant_a, "dev-1")));
}

TEST_F(AzureMqttApi, TellsWhichTransportARequestCameBy) {
  const base::Secret another(base::Bytes(32, 9));
  publish(*let_in("dev-1", another), register_topic + "1");
  EXPECT_NE(log.text.find("transport=mqtt "), std::string::npos) << log.text;
  peer->web_socket = true;
  publish(*let_in("dev-1", another), register_topic + "1");
  EXPECT_NE(log.text.find("transport=mqtt_websocket "), std::string::npos) << log.text;
}

TEST_F(AzureMqttApi, RegistersATpmThatAnswersItsChallengeOnTheSameConnection) {
  const provisioning::SoftwareTpm tpm;
  const auto keys = tpm.keys();
  const std::string endorsement_key = base::to_base64(keys.endorsement_key);
  const std::string tpm_member = R"("tpm":{"endorsementKey":")" + endorsement_key + R"(","storageRootKey":")" +
                                 base::to_base64(keys.storage_root_key) + R"("})";
  enroll("pump-1", R"({"type":"tpm","tpm":{"endorsementKey":")" + endorsement_key + R"("}})");
  // Nothing to show, and not said why.
  EXPECT_EQ(refusal_of(connect("pump-1", "")), ReasonCode::not_authorized);

  mqtt::Connect by_tpm = connect("pump-1", "");
  by_tpm.user_name = user_name("pump-1", "&attestation=tpm");
  const auto client = let_in(by_tpm);
  const auto challenge = publish(*client, register_topic + "1", "{" + tpm_member + "}");
  EXPECT_EQ(topic_of(challenge), "$dps/registrations/res/401/?$rid=1");
  EXPECT_FALSE(challenge.proven);
  const auto body = body_of(challenge);
  EXPECT_EQ(body.at("keyName").as_string(), "registration");

  const auto opened = tpm.open(*base::from_base64(std::string(body.at("authenticationKey").as_string())));
  const auto with_token = [&](const base::Secret& signer) {
    return "{" + tpm_member + R"(,"authorization":")" + device_token("pump-1", signer) + R"("})";
  };
  EXPECT_EQ(refused(publish(*client, register_topic + "1", with_token(key))), "401002");
  EXPECT_EQ(refused(publish(*client, register_topic + "1", R"({"authorization":"x"})")), "401001");
  EXPECT_EQ(refused(publish(*client, register_topic + "1", R"({"authorization":1})")), "401001");
  const auto registered = publish(*client, register_topic + "2", with_token(opened.key));
  EXPECT_EQ(topic_of(registered), "$dps/registrations/res/202/?$rid=2&retry-after=3");
  EXPECT_TRUE(registered.proven);
  const auto state = body_of(registered);
  EXPECT_TRUE(state.at("registrationState").at("tpm").as_object().contains("authenticationKey"));

  // The token stays good on this connection.
  const std::string operation(state.at("operationId").as_string());
  EXPECT_EQ(topic_of(publish(*client, poll_topic + "3&operationId=" + operation)),
            "$dps/registrations/res/200/?$rid=3");
  // And as a password, as over HTTPS in the second request.
  EXPECT_TRUE(publish(*let_in("pump-1", opened.key), register_topic + "1").proven);
}

}  // namespace
}  // namespace muster::dialect::azure
