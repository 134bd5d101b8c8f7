// Credential policies, and the certificates that are issued under them.
#include "dialect/admin/fixture_test.hpp"

namespace muster::dialect::admin {
namespace {

class CertificateResourceTest : public AdminApiTest {
 protected:
  net::HttpResponse post(const std::string& path, const std::string& text) { return send({"POST", path, text, {}}); }

  void add_certificate(const std::string& serial, CertificatePurpose purpose) {
    IssuedCertificate issued{.tenant = tenant_a,
                             .serial = serial,
                             .authority = Uuid::draw(random),
                             .purpose = purpose,
                             .certificate = {0x30, 0x00},
                             .key = {},
                             .not_before = noon,
                             .not_after = noon + std::chrono::hours(24)};
    if (purpose == CertificatePurpose::device) {
      issued.device = Uuid::draw(random);
      issued.subject = "pump-1";
    }
    Write write{.tenant = tenant_a, .changes = {}, .audit = {}};
    write.changes.emplace_back(Put{issued});
    ASSERT_TRUE(run(store->commit(std::move(write))));
  }
};

TEST_F(CertificateResourceTest, KeepsCredentialPolicies) {
  const std::string body = R"({"lifetime_hours":24,"key_kinds":["P-256"],"allow_dns_names":true})";
  ASSERT_EQ(outcome(put("credential-policies/daily", body)), "201");
  const auto stored = object(get("credential-policies/daily"));
  EXPECT_EQ(stored.at("lifetime_hours"), 24);
  EXPECT_EQ(stored.at("key_kinds").as_array().size(), 1U);
  EXPECT_EQ(stored.at("allow_dns_names"), true);
  EXPECT_EQ(object(get("credential-policies")).at("items").as_array().size(), 1U);
  const std::string group = R"({"attestation":{"type":"symmetric_key"},"credential_policy":"daily"})";
  ASSERT_EQ(outcome(put("groups/line-1", group)), "201");
  EXPECT_EQ(object(get("groups/line-1")).at("credential_policy"), "daily");
  EXPECT_EQ(outcome(send({"DELETE", "credential-policies/daily", {}, {}})), "in_use");
  ASSERT_EQ(send({"DELETE", "groups/line-1", {}, {}}).status, 204);
  EXPECT_EQ(send({"DELETE", "credential-policies/daily", {}, {}}).status, 204);
  EXPECT_EQ(outcome(put("groups/line-1", group)), "credential_policy_not_found");
  for (const char* wrong : {R"({"lifetime_hours":0})", R"({"lifetime_hours":87601})", R"({"key_kinds":["DSA"]})",
                            R"({"surprise":1})", R"({"allow_dns_names":1})"})
    EXPECT_EQ(outcome(put("credential-policies/daily", wrong)), "invalid_argument") << wrong;
}

TEST_F(CertificateResourceTest, ShowsAndRevokesWhatDevicesWereIssued) {
  add_certificate("AA", CertificatePurpose::device);
  add_certificate("BB", CertificatePurpose::server);
  const auto listed = object(get("certificates")).at("items").as_array();
  ASSERT_EQ(listed.size(), 1U);
  EXPECT_EQ(listed[0].at("serial"), "AA");
  EXPECT_EQ(listed[0].at("registration_id"), "pump-1");
  EXPECT_TRUE(listed[0].at("revoked_at").is_null());
  EXPECT_EQ(outcome(get("certificates?device=nobody")), "device_not_found");
  EXPECT_EQ(outcome(get("certificates/BB")), "certificate_not_found") << "the server's own";

  EXPECT_EQ(outcome(post("certificates/AA/revocation", R"({"reason":"boredom"})")), "invalid_argument");
  EXPECT_EQ(outcome(post("certificates/BB/revocation", "{}")), "certificate_not_found");
  const auto revoked = object(post("certificates/AA/revocation", R"({"reason":"key_compromise"})"));
  EXPECT_EQ(revoked.at("revocation_reason"), "key_compromise");
  EXPECT_EQ(object(get("certificates/AA")).at("revocation_reason"), "key_compromise");
}

}  // namespace
}  // namespace muster::dialect::admin
