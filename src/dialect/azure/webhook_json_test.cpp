#include "dialect/azure/webhook_json.hpp"

#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "dialect/azure/webhook_answer.hpp"
#include "dialect/azure/webhook_client.hpp"

namespace muster::dialect::azure {
namespace {

namespace json = boost::json;
using provisioning::HubName;

const std::vector<HubName> offered = {HubName("toasters.example"), HubName("heatpumps.example")};

provisioning::WebhookQuestion question() {
  provisioning::EnrollmentGroup group;
  group.id = base::GroupId("contoso-custom-allocated-devices");
  group.terms.allocation_policy = provisioning::AllocationPolicy::custom;
  group.terms.hubs = offered;
  group.terms.custom_allocation =
      R"({"webhookUrl":"https://function.example/api/HttpTrigger1?code=x","apiVersion":"2021-10-01"})";
  provisioning::SymmetricKeyAttestation sealed;
  sealed.primary_key = {1, 2, 3};
  group.terms.attestation = sealed;
  group.created_at = group.updated_at = base::from_unix_seconds(1764000000);
  group.revision = 1;
  provisioning::WebhookQuestion made;
  made.enrollment = group;
  made.registration_id = *base::RegistrationId::parse("breakroom499-contoso-tstrsd-007");
  made.linked_hubs = offered;
  return made;
}

TEST(WebhookRequest, IsAzuresForADeviceOfAGroupByKeys) {
  // The example of Microsoft's "Understand custom allocation policies", with this enrollment's own times and tag.
  const auto request = json::parse(webhook_request(question())).as_object();
  EXPECT_EQ(request.size(), 3U);
  EXPECT_EQ(json::serialize(request.at("deviceRuntimeContext")),
            R"({"registrationId":"breakroom499-contoso-tstrsd-007","symmetricKey":{}})");
  EXPECT_EQ(json::serialize(request.at("linkedHubs")), R"(["toasters.example","heatpumps.example"])");
  const auto& group = request.at("enrollmentGroup").as_object();
  EXPECT_EQ(group.at("enrollmentGroupId").as_string(), "contoso-custom-allocated-devices");
  EXPECT_EQ(group.at("allocationPolicy").as_string(), "custom");
  EXPECT_EQ(group.at("attestation").at("type").as_string(), "symmetricKey");
  EXPECT_EQ(group.at("customAllocationDefinition").at("apiVersion").as_string(), "2021-10-01");
  EXPECT_EQ(json::serialize(group).find("primaryKey"), std::string::npos) << "no key leaves the service";
}

TEST(WebhookRequest, TellsWhereADeviceIsThatRegistersAgainAndWhatItSent) {
  auto asked = question();
  asked.current_hub = offered[0];
  asked.current_device_id = "toaster-7";
  asked.payload = R"({"model":[1,null]})";
  asked.enrollment = provisioning::Enrollment{};
  const auto request = json::parse(webhook_request(asked)).as_object();
  EXPECT_TRUE(request.contains("individualEnrollment"));
  EXPECT_FALSE(request.contains("enrollmentGroup"));
  EXPECT_EQ(json::serialize(request.at("deviceRuntimeContext")),
            R"({"registrationId":"breakroom499-contoso-tstrsd-007","currentIotHubHostName":"toasters.example",)"
            R"("currentDeviceId":"toaster-7","symmetricKey":{},"payload":{"model":[1,null]}})");
}

std::string refusal_of(std::string_view answer) {
  const auto verdict = read_webhook_answer(answer, offered);
  if (verdict) return {};
  EXPECT_EQ(verdict.error().code(), base::Errc::webhook_failed);
  return verdict.error().detail();
}

TEST(WebhookAnswer, ChoosesAHubWithATwinAndAPayload) {
  const auto verdict = read_webhook_answer(
      R"({"iotHubHostName":"HeatPumps.example","initialTwin":{"tags":{"a":1}},"payload":[1,"x"],"more":true})",
      offered);
  ASSERT_TRUE(verdict);
  EXPECT_EQ(verdict->hub, offered[1]);
  EXPECT_EQ(verdict->initial_twin, R"({"tags":{"a":1}})");
  EXPECT_EQ(verdict->device_payload, R"([1,"x"])");

  // Azure's page spells it in two ways.
  const auto bare = read_webhook_answer(R"({"iotHubHostname":"toasters.example","initialTwin":null})", offered);
  ASSERT_TRUE(bare);
  EXPECT_TRUE(bare->initial_twin.empty());
  EXPECT_TRUE(bare->device_payload.empty());
}

TEST(WebhookAnswer, IsRefusedWhereItIsNotOne) {
  EXPECT_NE(refusal_of("").find("not JSON"), std::string::npos);
  EXPECT_NE(refusal_of("<html>").find("not JSON"), std::string::npos);
  EXPECT_NE(refusal_of("[]").find("not a JSON object"), std::string::npos);
  EXPECT_NE(refusal_of("{}").find("iotHubHostName"), std::string::npos);
  EXPECT_NE(refusal_of(R"({"iotHubHostName":7})").find("iotHubHostName"), std::string::npos);
  EXPECT_NE(refusal_of(R"({"iotHubHostName":"other.example"})").find("none of linkedHubs"), std::string::npos);
  EXPECT_NE(refusal_of(R"({"iotHubHostName":"toasters.example","initialTwin":[]})").find("object"), std::string::npos);
  const std::string deep(40, '[');
  EXPECT_NE(refusal_of(R"({"iotHubHostName":"toasters.example","payload":)" + deep).find("not JSON"),
            std::string::npos);
  const std::string large = R"({"iotHubHostName":"toasters.example","initialTwin":{"tags":")";
  EXPECT_EQ(refusal_of(large + std::string(32 * 1024 - 11, 'x') + "\"}}"), "");
  EXPECT_NE(refusal_of(large + std::string(32 * 1024, 'x') + "\"}}").find("32 KiB"), std::string::npos);
}

TEST(WebhookUrl, IsTheEnrollments) {
  EXPECT_EQ(webhook_url(question().terms()), "https://function.example/api/HttpTrigger1?code=x");
  EXPECT_EQ(webhook_url({}), "");
  provisioning::EnrollmentTerms terms;
  for (const char* without : {"{}", R"({"webhookUrl":null})", R"({"webhookUrl":7})"}) {
    terms.custom_allocation = without;
    EXPECT_EQ(webhook_url(terms), "");
  }
}

TEST(WebhookSignature, IsTheHmacOfTimeAndBody) {
  // printf '1764000000.{"a":1}' | openssl dgst -sha256 -mac HMAC -macopt hexkey:$(printf '07%.0s' $(seq 32))
  const base::Secret key(base::Bytes(32, 7));
  EXPECT_EQ(webhook_signature(key, base::from_unix_seconds(1764000000), R"({"a":1})"),
            "t=1764000000,v1=f212e85e7e8db80aa01ac9bdf8687ccef37156ed22d94694ff5a64fed186a5ee");
}

TEST(WebhookReply, IsJudgedByItsStatus) {
  struct Case {
    int status;
    bool is_permanent;
    const char* body;
    bool accepted;
    bool retry;
  };
  const char* good = R"({"iotHubHostName":"toasters.example"})";
  const Case cases[] = {
      {200, false, good, true, false},  {201, false, good, true, false},  {299, false, good, true, false},
      {200, false, "no", false, false}, {300, false, good, false, false}, {302, false, good, false, false},
      {400, false, good, false, false}, {401, false, good, false, false}, {429, false, good, false, true},
      {500, false, good, false, true},  {599, false, good, false, true},  {0, false, "", false, true},
      {0, true, "", false, false},
  };
  for (const auto& [status, is_permanent, body, accepted, retry] : cases) {
    net::HttpReply reply;
    reply.status = status;
    reply.body = body;
    reply.is_permanent = is_permanent;
    provisioning::WebhookExchange exchange;
    judge(reply, offered, exchange);
    EXPECT_EQ(static_cast<bool>(exchange.verdict), accepted) << status;
    EXPECT_EQ(exchange.is_worth_a_retry, retry) << status;
  }
}

}  // namespace
}  // namespace muster::dialect::azure
