#include <boost/json/serialize.hpp>

#include "dialect/admin/fixture_test.hpp"
#include "provisioning/authority_test.hpp"

namespace muster::dialect::admin {
namespace {

class CaResourceTest : public AdminApiTest {
 protected:
  static std::string body(const std::string& certificate, std::optional<bool> verified = {}) {
    json::object object{{"certificate", certificate}};
    if (verified) object["verified"] = *verified;
    return json::serialize(object);
  }
  net::HttpResponse post(const std::string& path, const std::string& text) { return send({"POST", path, text, {}}); }

  const provisioning::TestAuthority root{"Plant Root", noon};
};

TEST_F(CaResourceTest, KeepsACaCertificateFromUploadToRemoval) {
  const auto created = put("cas/plant", body(root.certificate().pem()));
  ASSERT_EQ(outcome(created), "201");
  const auto stored = object(get("cas/plant"));
  EXPECT_EQ(stored.at("name"), "plant");
  EXPECT_EQ(stored.at("verified"), false);
  EXPECT_EQ(stored.at("certificate").as_string(), root.certificate().pem());
  EXPECT_EQ(stored.at("certificate_information").at("subject"), "CN=Plant Root");
  EXPECT_EQ(stored.at("expires_in_days"), 10);
  EXPECT_EQ(stored.at("warning"), "expires in 10 days");
  EXPECT_TRUE(stored.at("verification_code").is_null());

  const auto drawn = object(post("cas/plant/code", "{}"));
  const std::string code(drawn.at("verification_code").as_string());
  EXPECT_EQ(outcome(post("cas/plant/proof", body(base::to_base64(root.issue("other"))))), "verification_failed");
  const auto verified = post("cas/plant/proof", body(base::to_base64(root.issue(code))));
  ASSERT_EQ(outcome(verified), "200");
  EXPECT_EQ(object(verified).at("verified"), true);

  const auto listed = object(get("cas")).at("items").as_array();
  ASSERT_EQ(listed.size(), 1U);
  EXPECT_EQ(listed[0].at("verified"), true);
  EXPECT_EQ(put("cas/plant", json::serialize(listed[0])).status, 200) << "what an answer has can be sent back";

  const std::string group = R"({"attestation":{"type":"x509","primary_reference":"plant"}})";
  ASSERT_EQ(outcome(put("groups/line-1", group)), "201");
  EXPECT_EQ(object(get("groups/line-1")).at("attestation").at("primary_reference"), "plant");
  EXPECT_EQ(outcome(send({"DELETE", "cas/plant", {}, {}})), "in_use");
  ASSERT_EQ(send({"DELETE", "groups/line-1", {}, {}}).status, 204);
  EXPECT_EQ(send({"DELETE", "cas/plant", {}, {}}).status, 204);
  EXPECT_EQ(outcome(get("cas/plant")), "ca_not_found");
}

TEST_F(CaResourceTest, RefusesWhatItCannotKeep) {
  EXPECT_EQ(outcome(put("cas/plant", "{}")), "invalid_argument");
  EXPECT_EQ(outcome(put("cas/plant", body("nonsense!"))), "certificate_malformed");
  EXPECT_EQ(outcome(put("cas/pl%20ant", body(root.certificate().pem()))), "invalid_argument");
  EXPECT_EQ(outcome(put("cas/plant", R"({"certificate":"x","surprise":1})")), "invalid_argument");
  EXPECT_EQ(outcome(post("cas/plant/code", "{}")), "ca_not_found");
  EXPECT_EQ(outcome(post("cas/plant/proof", body(root.certificate().pem()))), "ca_not_found");
  EXPECT_EQ(outcome(put("groups/line-1", R"({"attestation":{"type":"x509","primary_reference":"plant"}})")),
            "ca_not_found");
  Requested stale{"PUT", "cas/plant", body(root.certificate().pem()), {{"If-Match", "\"stale\""}}};
  EXPECT_EQ(outcome(send(stale)), "ca_not_found");
  ASSERT_EQ(outcome(put("cas/plant", body(root.certificate().pem(), true))), "201");
  EXPECT_EQ(outcome(send(stale)), "etag_mismatch");
}

}  // namespace
}  // namespace muster::dialect::admin
