#include <boost/json/serialize.hpp>

#include "dialect/admin/fixture_test.hpp"

namespace muster::dialect::admin {
namespace {

class AdminWebhook : public AdminApiTest {
 protected:
  net::HttpResponse test(const std::string& body) { return send({"POST", "webhook/test", body, {}}); }
};

TEST_F(AdminWebhook, ShowsAndReplacesTheKey) {
  const auto key = object(get("webhook/key")).at("key").as_string();
  EXPECT_EQ(base::from_base64(key)->size(), 32U);
  EXPECT_EQ(object(get("webhook/key")).at("key").as_string(), key);
  const auto fresh = object(send({"POST", "webhook/key", {}, {}})).at("key").as_string();
  EXPECT_NE(fresh, key);
  EXPECT_EQ(object(get("webhook/key")).at("key").as_string(), fresh);
}

TEST_F(AdminWebhook, TellsWhatHappensToACall) {
  ASSERT_EQ(outcome(put("hubs/a.example", "{}")), "201");
  // Nothing listens at the discard port of a loopback address of its own.
  const auto tried = test(R"({"url":"http://127.99.0.1:9/choose","registration_id":"Pump-1","payload":{"model":7}})");
  ASSERT_EQ(outcome(tried), "200") << tried.body;
  const json::object exchange = object(tried);
  EXPECT_EQ(exchange.at("url").as_string(), "http://127.99.0.1:9/choose");
  EXPECT_TRUE(exchange.at("response").is_null());
  EXPECT_FALSE(exchange.at("accepted").as_bool());
  EXPECT_TRUE(exchange.at("would_retry").as_bool());
  EXPECT_NE(std::string(exchange.at("reason").as_string().c_str()).find("no answer"), std::string::npos);
  const auto& body = exchange.at("request").at("body");
  EXPECT_EQ(body.at("deviceRuntimeContext").at("registrationId").as_string(), "Pump-1");
  EXPECT_EQ(body.at("deviceRuntimeContext").at("payload").at("model").as_int64(), 7);
  EXPECT_EQ(body.at("linkedHubs"), json::value({"a.example"}));
  EXPECT_TRUE(exchange.at("request").at("headers").as_object().contains("Muster-Signature"));
  EXPECT_EQ(outcome(get("devices/pump-1")), "device_not_found") << "nothing was changed";
}

TEST_F(AdminWebhook, CallsTheOneThatAnEnrollmentOrAGroupNames) {
  ASSERT_EQ(outcome(put("hubs/a.example", "{}")), "201");
  const std::string terms = R"({"attestation":{"type":"symmetric_key"},"allocation_policy":"custom",)"
                            R"("custom_allocation":{"webhook_url":"http://elsewhere.example/"}})";
  ASSERT_EQ(outcome(put("groups/line-1", terms)), "201");
  ASSERT_EQ(outcome(put("enrollments/pump-1", terms)), "201");
  for (const char* target :
       {R"({"group":"Line-1","registration_id":"pump-1"})", R"({"enrollment":"Pump-1","registration_id":"pump-1"})"}) {
    const auto tried = test(target);
    ASSERT_EQ(outcome(tried), "200") << tried.body;
    EXPECT_EQ(object(tried).at("url").as_string(), "http://elsewhere.example/");
    EXPECT_NE(std::string(object(tried).at("reason").as_string().c_str()).find("not https"), std::string::npos);
    EXPECT_FALSE(object(tried).at("would_retry").as_bool());
  }
}

TEST_F(AdminWebhook, RefusesWhatItCannotTry) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"registration_id":"pump-1"})", "invalid_argument"},
      {R"({"url":"https://a","group":"b","registration_id":"pump-1"})", "invalid_argument"},
      {R"({"url":"https://a"})", "invalid_registration_id"},
      {R"({"url":"https://a","registration_id":"a b"})", "invalid_registration_id"},
      {R"({"group":"gone","registration_id":"pump-1"})", "group_not_found"},
      {R"({"enrollment":"gone","registration_id":"pump-1"})", "enrollment_not_found"},
      {R"({"url":"https://a","registration_id":"pump-1"})", "no_hub_available"},
      {R"({"url":"https://a","registration_id":"pump-1","more":1})", "invalid_argument"},
  };
  for (const auto& [body, code] : cases) EXPECT_EQ(outcome(test(body)), code) << body;
}

TEST_F(AdminWebhook, KeepsHubsWithPlaceAndLimits) {
  const std::string body =
      R"({"healthy":false,"in_allocation":false,"devices_max":5,"latitude":52.52,"longitude":-13.4})";
  ASSERT_EQ(outcome(put("hubs/a.example", body)), "201");
  const json::object hub = object(get("hubs/a.example"));
  EXPECT_FALSE(hub.at("healthy").as_bool());
  EXPECT_FALSE(hub.at("in_allocation").as_bool());
  EXPECT_EQ(hub.at("devices_max").as_int64(), 5);
  EXPECT_DOUBLE_EQ(hub.at("latitude").as_double(), 52.52);
  EXPECT_DOUBLE_EQ(hub.at("longitude").as_double(), -13.4);
  EXPECT_EQ(outcome(put("hubs/a.example", json::serialize(hub))), "200") << "what is shown can be sent back";

  ASSERT_EQ(outcome(put("hubs/a.example", "{}")), "200");
  const json::object plain = object(get("hubs/a.example"));
  EXPECT_TRUE(plain.at("healthy").as_bool());
  EXPECT_TRUE(plain.at("in_allocation").as_bool());
  for (const char* member : {"devices_max", "latitude", "longitude"}) EXPECT_TRUE(plain.at(member).is_null());

  for (const char* wrong :
       {R"({"latitude":1})", R"({"latitude":91,"longitude":0})", R"({"latitude":0,"longitude":-181})",
        R"({"latitude":"0","longitude":0})", R"({"devices_max":-1})", R"({"devices_max":1.5})", R"({"healthy":1})"})
    EXPECT_EQ(outcome(put("hubs/b.example", wrong)), "invalid_argument") << wrong;
}

}  // namespace
}  // namespace muster::dialect::admin
