#include "dialect/azure/management_fixture_test.hpp"
#include "provisioning/authority_test.hpp"

namespace muster::dialect::azure {
namespace {

class ManagementCertificatesTest : public ManagementApiTest {
 protected:
  static std::string certificate(const std::string& below = {}) {
    return path_of("tenant-a", "/certificates/plant" + below);
  }
  static std::string description(const std::string& text) {
    return json::serialize(json::object{{"properties", json::object{{"certificate", text}}}});
  }
  net::HttpResponse upload() {
    return call("operator", "PUT", certificate(), description(base::to_base64(root.der())));
  }
  static std::string tag_of(const net::HttpResponse& response) {
    return std::string(object(response).at("etag").as_string());
  }
  static json::object properties_of(const net::HttpResponse& response) {
    return object(response).at("properties").as_object();
  }
  static std::string proof(const base::Bytes& der) {
    return json::serialize(json::object{{"certificate", base::to_base64(der)}});
  }

  const provisioning::TestAuthority root{"Plant Root", noon};
};

TEST_F(ManagementCertificatesTest, ShowsWhatWasUploaded) {
  const auto uploaded = upload();
  ASSERT_EQ(uploaded.status, 200) << uploaded.body;
  const auto shown = object(uploaded);
  EXPECT_EQ(shown.at("id").as_string(), certificate());
  EXPECT_EQ(shown.at("name").as_string(), "plant");
  EXPECT_EQ(shown.at("type").as_string(), "Microsoft.Devices/provisioningServices/certificates");
  const auto properties = properties_of(uploaded);
  EXPECT_EQ(properties.at("subject").as_string(), root.certificate().subject());
  EXPECT_EQ(properties.at("thumbprint").as_string(), root.certificate().sha1_thumbprint());
  EXPECT_EQ(properties.at("certificate").as_string(), base::to_base64(root.der()));
  EXPECT_FALSE(properties.at("isVerified").as_bool());
  EXPECT_EQ(properties.at("created").as_string(), "Mon, 24 Nov 2025 16:00:00 GMT");
  EXPECT_EQ(properties.at("updated"), properties.at("created"));
  EXPECT_FALSE(properties.contains("verificationCode"));

  EXPECT_EQ(object(call("auditor", "GET", certificate())), shown);
  const auto list = object(call("auditor", "GET", path_of("tenant-a", "/certificates")));
  ASSERT_EQ(list.at("value").as_array().size(), 1U);
  EXPECT_EQ(list.at("value").as_array()[0].as_object(), shown);
}

TEST_F(ManagementCertificatesTest, TakesDerAndPemInBase64) {
  const std::string pem = root.certificate().pem();
  for (const auto& text : {base::to_base64(root.der()), base::to_base64(base::view(pem)), pem}) {
    const auto response = call("operator", "PUT", certificate(), description(text));
    ASSERT_EQ(response.status, 200) << response.body;
    EXPECT_EQ(properties_of(response).at("certificate").as_string(), base::to_base64(root.der()));
  }
}

TEST_F(ManagementCertificatesTest, RefusesWhatIsNoAuthority) {
  const std::pair<std::string, const char*> cases[] = {
      {"{}", "properties is missing"},
      {R"({"properties":{}})", "properties.certificate is missing"},
      {R"({"properties":{"certificate":7}})", "properties.certificate is not a text"},
      {R"({"properties":{"certificate":"AAAA","isVerified":"yes"}})", "properties.isVerified is neither"},
      {description("not a certificate"), ""},
      {description(base::to_base64(root.issue("pump-1"))), ""},
  };
  for (const auto& [body, words] : cases) {
    const auto response = call("operator", "PUT", certificate(), body);
    EXPECT_EQ(response.status, 400) << body;
    EXPECT_NE(reason(response).find(words), std::string::npos) << reason(response);
  }
  EXPECT_EQ(call("operator", "GET", certificate()).status, 404);
}

TEST_F(ManagementCertificatesTest, LetsAnOperatorVouch) {
  const std::string body = json::serialize(
      json::object{{"properties", json::object{{"certificate", base::to_base64(root.der())}, {"isVerified", true}}}});
  EXPECT_TRUE(properties_of(call("operator", "PUT", certificate(), body)).at("isVerified").as_bool());
}

TEST_F(ManagementCertificatesTest, VerifiesAProofOfPossession) {
  const std::string tag = tag_of(upload());
  const auto drawn = call("operator", "POST", certificate("/generateVerificationCode"), "", tag);
  ASSERT_EQ(drawn.status, 200) << drawn.body;
  const std::string code(properties_of(drawn).at("verificationCode").as_string());
  EXPECT_GE(code.size(), 32U);

  const provisioning::TestAuthority stranger("Stranger", noon);
  const std::string path = certificate("/verify");
  EXPECT_EQ(call("operator", "POST", path, proof(root.issue("another")), tag_of(drawn)).status, 400);
  EXPECT_EQ(call("operator", "POST", path, proof(stranger.issue(code)), tag_of(drawn)).status, 400);
  EXPECT_EQ(call("operator", "POST", path, "{}", tag_of(drawn)).status, 400);
  EXPECT_EQ(call("operator", "POST", path, proof(root.issue(code)), tag).status, 412);
  const auto verified = call("operator", "POST", path, proof(root.issue(code)), tag_of(drawn));
  ASSERT_EQ(verified.status, 200) << verified.body;
  EXPECT_TRUE(properties_of(verified).at("isVerified").as_bool());
}

TEST_F(ManagementCertificatesTest, WantsTheEntityTagThatAzureWants) {
  const std::string tag = tag_of(upload());
  for (const auto& [method, path] :
       {std::pair("DELETE", certificate()), std::pair("POST", certificate("/generateVerificationCode")),
        std::pair("POST", certificate("/verify"))}) {
    const auto response = call("operator", method, path, "{}");
    EXPECT_EQ(response.status, 400);
    EXPECT_NE(reason(response).find("If-Match is missing"), std::string::npos);
    EXPECT_EQ(call("operator", method, path, proof(root.issue("x")), "\"stale\"").status, 412);
  }
  EXPECT_EQ(call("operator", "DELETE", certificate(), "", tag).status, 200);
  EXPECT_EQ(call("operator", "DELETE", certificate(), "", "*").status, 404);
}

}  // namespace
}  // namespace muster::dialect::azure
