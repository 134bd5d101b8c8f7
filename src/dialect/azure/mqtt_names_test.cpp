#include "dialect/azure/mqtt_names.hpp"

#include <gtest/gtest.h>

namespace muster::dialect::azure {
namespace {

TEST(MqttUserNames, AreReadAsTheSdksWriteThem) {
  // Node with its version percent-encoded, Java raw, C, Python without one.
  for (const char* name :
       {"0ne0000000A/registrations/dev-1/api-version=2019-03-31&ClientVersion=azure-iot-provisioning-device%2F1.9.1",
        "0ne0000000A/registrations/dev-1/api-version=2019-03-31&ClientVersion=com.microsoft/2.1 (a/b; c)",
        "0ne0000000A/registrations/dev-1/api-version=2021-06-01&ClientVersion=1.15.0",
        "0ne0000000A/registrations/dev-1/api-version=2019-03-31",
        "0ne0000000A/Registrations/dev-1/api-version=2021-11-01-preview"}) {
    const auto read = read_mqtt_user_name(name);
    ASSERT_TRUE(read) << name;
    EXPECT_EQ(read->id_scope, "0ne0000000A");
    EXPECT_EQ(read->registration_id, "dev-1");
    EXPECT_FALSE(read->attests_by_tpm);
  }
}

TEST(MqttUserNames, SayThatATpmWillProveItself) {
  EXPECT_TRUE(read_mqtt_user_name("s/registrations/d/api-version=2021-06-01&attestation=tpm")->attests_by_tpm);
  EXPECT_TRUE(
      read_mqtt_user_name("s/registrations/d/api-version=2021-06-01&ClientVersion=x&Attestation=TPM")->attests_by_tpm);
  EXPECT_FALSE(read_mqtt_user_name("s/registrations/d/api-version=2021-06-01&attestation=x509")->attests_by_tpm);
}

TEST(MqttUserNames, AreRefusedWhereAPartIsMissing) {
  for (const char* name :
       {"", "dev-1", "0ne0000000A", "0ne0000000A/registrations", "0ne0000000A/registrations/dev-1",
        "0ne0000000A/registrations/dev-1/", "/registrations/dev-1/api-version=2019-03-31",
        "0ne0000000A/registrations//api-version=2019-03-31", "0ne0000000A/devices/dev-1/api-version=2019-03-31",
        "0ne0000000A/registrations/dev-1/ClientVersion=1.0", "0ne0000000A/registrations/dev-1/api-version=latest",
        "hub.example/dev-1/?api-version=2021-04-12"})
    EXPECT_FALSE(read_mqtt_user_name(name)) << name;
}

TEST(MqttTopics, OfRegistrationsAreRead) {
  const auto read =
      read_mqtt_topic("$dps/registrations/PUT/iotdps-register/?$rid=7c5b81b6-ac68-4b3a-8a4a-0a4f3b9d1c2e");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->request_id, "7c5b81b6-ac68-4b3a-8a4a-0a4f3b9d1c2e");
  EXPECT_FALSE(read->operation_id);
  EXPECT_FALSE(read->force);
  EXPECT_TRUE(read_mqtt_topic("$dps/registrations/PUT/iotdps-register/?$rid=1&forceRegistration=true")->force);
  // Opaque: given back as it is.
  EXPECT_EQ(read_mqtt_topic("$dps/registrations/PUT/iotdps-register/?$rid=a%2Fb=c")->request_id, "a%2Fb=c");
}

TEST(MqttTopics, OfPollsAreRead) {
  const auto read = read_mqtt_topic("$dps/registrations/GET/iotdps-get-operationstatus/?$rid=2&operationId=4.abc-d");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->request_id, "2");
  EXPECT_EQ(read->operation_id, "4.abc-d");
}

TEST(MqttTopics, OfNoRequestAreNotRead) {
  const std::string long_id(257, 'x');
  for (const std::string& topic :
       {std::string("a"), std::string("$dps/registrations/res/200/?$rid=1"),
        std::string("$dps/registrations/PUT/iotdps-register"), std::string("$dps/registrations/PUT/iotdps-register/"),
        std::string("$dps/registrations/PUT/iotdps-register/?"),
        std::string("$dps/registrations/PUT/iotdps-register/?$rid="),
        std::string("$dps/registrations/PUT/iotdps-register/?rid=1"),
        std::string("$dps/registrations/PUT/iotdps-register/?$ridx=1"),
        std::string("$dps/registrations/GET/iotdps-register/?$rid=1"),
        std::string("$dps/registrations/GET/iotdps-get-operationstatus/?$rid=1"),
        "$dps/registrations/PUT/iotdps-register/?$rid=" + long_id})
    EXPECT_FALSE(read_mqtt_topic(topic)) << topic;
  EXPECT_TRUE(read_mqtt_topic("$dps/registrations/PUT/iotdps-register/?$rid=" + long_id.substr(1)));
}

TEST(MqttTopics, OfAnswersHaveTheRequestIdFirstAndOneDollarSignInIt) {
  EXPECT_EQ(mqtt_answer_topic(200, "1", {}), "$dps/registrations/res/200/?$rid=1");
  EXPECT_EQ(mqtt_answer_topic(202, "a-b", 3), "$dps/registrations/res/202/?$rid=a-b&retry-after=3");
}

TEST(MqttFilters, OfAnswersAreTakenAndNoOthers) {
  for (const char* filter : {"$dps/registrations/res/#", "$dps/registrations/res/+/#"})
    EXPECT_TRUE(is_mqtt_answer_filter(filter)) << filter;
  for (const char* filter : {"#", "$dps/#", "$dps/registrations/#", "$dps/registrations/PUT/#", "a"})
    EXPECT_FALSE(is_mqtt_answer_filter(filter)) << filter;
}

}  // namespace
}  // namespace muster::dialect::azure
