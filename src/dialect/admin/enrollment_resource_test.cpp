// Individual enrollments and groups through the API.
#include <boost/json/serialize.hpp>

#include "codec/tpm/vectors_test.hpp"
#include "crypto/certificate.hpp"
#include "dialect/admin/fixture_test.hpp"

namespace muster::dialect::admin {
namespace {

constexpr const char* symmetric = R"({"attestation":{"type":"symmetric_key"}})";

std::string endorsement_key() {
  const json::value vectors = codec::tpm::load_vectors("tpm.json");
  return base::to_base64(codec::tpm::octets(vectors.at("ekCerts").at(0).at("ekPubTPM2B")));
}

json::object x509_body(const std::string& text) {
  return {{"attestation", json::object{{"type", "x509"}, {"primary_certificate", text}}}};
}

class AdminEnrollments : public AdminApiTest {
 protected:
  std::string entity_tag(const std::string& path) { return object(get(path)).at("entity_tag").as_string().c_str(); }
};

TEST_F(AdminEnrollments, DrawsSymmetricKeysAndShowsThemInThatAnswerOnly) {
  const auto created = put("enrollments/Device-1", symmetric);
  ASSERT_EQ(outcome(created), "201");
  const json::object attestation = object(created).at("attestation").as_object();
  EXPECT_EQ(base::from_base64(attestation.at("primary_key").as_string().c_str())->size(), 64U);
  EXPECT_NE(attestation.at("primary_key"), attestation.at("secondary_key"));
  EXPECT_EQ(object(created).at("registration_id").as_string(), "Device-1");

  const auto shown = get("enrollments/device-1");
  ASSERT_EQ(outcome(shown), "200");
  EXPECT_EQ(object(shown).at("attestation"), json::value({{"type", "symmetric_key"}}));
  EXPECT_EQ(header(shown, "ETag"), '"' + entity_tag("enrollments/device-1") + '"');

  const auto keys = object(get("enrollments/device-1/keys"));
  EXPECT_EQ(keys.at("primary_key"), attestation.at("primary_key"));
  EXPECT_EQ(keys.at("secondary_key"), attestation.at("secondary_key"));
}

TEST_F(AdminEnrollments, TakesSymmetricKeysThatAreGiven) {
  const std::string key = base::to_base64(base::Bytes(32, 0x5a));
  ASSERT_EQ(outcome(put("enrollments/device-1",
                        R"({"attestation":{"type":"symmetric_key","primary_key":")" + key + R"("}})")),
            "201");
  EXPECT_EQ(object(get("enrollments/device-1/keys")).at("primary_key").as_string(), key);
}

TEST_F(AdminEnrollments, TakesBackWhatItShowed) {
  ASSERT_EQ(outcome(put("enrollments/device-1", symmetric)), "201");
  const auto keys = get("enrollments/device-1/keys").body;
  json::object changed = object(get("enrollments/device-1"));
  changed["enabled"] = false;
  const auto answer = send({"PUT",
                            "enrollments/device-1",
                            json::serialize(changed),
                            {{"If-Match", '"' + entity_tag("enrollments/device-1") + '"'}}});
  ASSERT_EQ(outcome(answer), "200");
  EXPECT_FALSE(object(get("enrollments/device-1")).at("enabled").as_bool());
  EXPECT_EQ(get("enrollments/device-1/keys").body, keys);
}

TEST_F(AdminEnrollments, KeepsAllTermsAsTheyWereSent) {
  const json::value wanted = {
      {"device_id", "pump"},
      {"attestation", {{"type", "tpm"}, {"endorsement_key", endorsement_key()}}},
      {"enabled", false},
      {"hubs", json::array{"a.example", "B.example"}},
      {"allocation_policy", "static"},
      {"reprovision_policy", {{"update_hub_assignment", true}, {"migrate_device_data", false}}},
      {"initial_twin", {{"tags", {{"site", "Berlin"}}}}},
      {"capabilities", {{"iot_edge", true}}},
      {"custom_allocation", {{"webhook_url", "https://hook.example"}, {"api_version", "2019-03-31"}}},
      {"device_information", {{"serial", 7}}},
  };
  ASSERT_EQ(outcome(put("enrollments/device-1", json::serialize(wanted))), "201");
  json::object shown = object(get("enrollments/device-1"));
  EXPECT_EQ(shown.at("hubs"), json::value(json::array{"a.example", "b.example"}));
  for (const char* name : {"device_id", "attestation", "enabled", "allocation_policy", "reprovision_policy",
                           "initial_twin", "capabilities", "custom_allocation", "device_information"})
    EXPECT_EQ(shown.at(name), wanted.at(name)) << name;
}

TEST_F(AdminEnrollments, TakesCertificatesAsPemAndAsBase64) {
  const std::string pem = read_vector("certificates/device.pem");
  ASSERT_EQ(outcome(put("enrollments/pem", json::serialize(x509_body(pem)))), "201");
  const auto der = crypto::Certificate::from_text(pem)->der();
  ASSERT_EQ(outcome(put("enrollments/der", json::serialize(x509_body(base::to_base64(der))))), "201");
  const auto from_pem = object(get("enrollments/pem")).at("attestation");
  EXPECT_EQ(from_pem, object(get("enrollments/der")).at("attestation"));
  EXPECT_EQ(from_pem.at("primary_certificate_information").at("subject").as_string(),
            crypto::Certificate::from_text(pem)->subject());
}

TEST_F(AdminEnrollments, RefusesWhatIsNoEnrollment) {
  const std::pair<const char*, const char*> cases[] = {
      {"{}", "invalid_argument"},
      {R"({"attestation":{}})", "invalid_argument"},
      {R"({"attestation":{"type":"none"}})", "invalid_argument"},
      {R"({"attestation":{"type":"tpm"}})", "invalid_argument"},
      {R"({"attestation":{"type":"tpm","endorsement_key":"AAAA"}})", "tpm_structure_malformed"},
      {R"({"attestation":{"type":"tpm","endorsement_key":"not base64"}})", "invalid_argument"},
      {R"({"attestation":{"type":"x509"}})", "invalid_argument"},
      {R"({"attestation":{"type":"x509","primary_certificate":"AAAA"}})", "certificate_malformed"},
      {R"({"attestation":{"type":"tpm_vendor","roots":[]}})", "invalid_argument"},
      {R"({"attestation":{"type":"symmetric_key","primary_key":"AAAA"}})", "invalid_argument"},
      {R"({"attestation":{"type":"symmetric_key","key":"AAAA"}})", "invalid_argument"},
      {R"({"attestation":{"type":"symmetric_key"},"enabled":"yes"})", "invalid_argument"},
      {R"({"attestation":{"type":"symmetric_key"},"hubs":"a.example"})", "invalid_argument"},
      {R"({"attestation":{"type":"symmetric_key"},"allocation_policy":"random"})", "invalid_argument"},
      {R"({"attestation":{"type":"symmetric_key"},"initial_twin":3})", "invalid_argument"},
      {R"({"attestation":{"type":"symmetric_key"},"capabilities":{"edge":true}})", "invalid_argument"},
      {R"({"attestation":{"type":"symmetric_key"},"registration_id":"device-2"})", "invalid_argument"},
      {R"({"attestation":{"type":"symmetric_key"},"unknown":1})", "invalid_argument"},
  };
  for (const auto& [body, code] : cases) EXPECT_EQ(outcome(put("enrollments/device-1", body)), code) << body;
  EXPECT_EQ(outcome(put("enrollments/device%201", symmetric)), "invalid_registration_id");
  EXPECT_EQ(outcome(get("enrollments/device-1")), "enrollment_not_found");
}

TEST_F(AdminEnrollments, HoldsWritesAgainstTheirPrecondition) {
  const std::string path = "enrollments/device-1";
  EXPECT_EQ(outcome(send({"PUT", path, symmetric, {{"If-Match", "*"}}})), "enrollment_not_found");
  EXPECT_EQ(outcome(send({"PUT", path, symmetric, {{"If-None-Match", "*"}}})), "201");
  EXPECT_EQ(outcome(send({"PUT", path, symmetric, {{"If-None-Match", "*"}}})), "already_exists");
  EXPECT_EQ(outcome(send({"PUT", path, symmetric, {{"If-None-Match", "\"x\""}}})), "invalid_argument");
  EXPECT_EQ(outcome(send({"PUT", path, symmetric, {{"If-Match", "*"}, {"If-None-Match", "*"}}})), "invalid_argument");
  const std::string first = entity_tag(path);
  EXPECT_EQ(outcome(send({"PUT", path, symmetric, {{"If-Match", first}}})), "200");
  EXPECT_EQ(outcome(send({"PUT", path, symmetric, {{"If-Match", first}}})), "etag_mismatch");
  EXPECT_EQ(outcome(send({"DELETE", path, {}, {{"If-Match", first}}})), "etag_mismatch");
  EXPECT_EQ(outcome(send({"DELETE", path, {}, {{"If-Match", entity_tag(path)}}})), "204");
  EXPECT_EQ(outcome(send({"DELETE", path, {}, {}})), "enrollment_not_found");
}

TEST_F(AdminEnrollments, ListsInPages) {
  for (const char* id : {"c", "A", "b"}) ASSERT_EQ(outcome(put(std::string("enrollments/") + id, symmetric)), "201");
  const auto first = object(get("enrollments?limit=2"));
  ASSERT_EQ(first.at("items").as_array().size(), 2U);
  EXPECT_EQ(first.at("items").at(0).at("registration_id").as_string(), "A");
  EXPECT_EQ(first.at("next").as_string(), "b");
  const auto second = object(get("enrollments?limit=2&after=b"));
  ASSERT_EQ(second.at("items").as_array().size(), 1U);
  EXPECT_EQ(second.at("items").at(0).at("registration_id").as_string(), "c");
  EXPECT_TRUE(second.at("next").is_null());
  for (const char* limit : {"0", "1001", "-1", "ten", "", "1x"})
    EXPECT_EQ(outcome(get(std::string("enrollments?limit=") + limit)), "invalid_argument") << limit;
}

TEST_F(AdminEnrollments, LetsAFactoryAddButNotChange) {
  const auto factory = add_principal(tenant_a, "line", Role::factory);
  const std::string path = "enrollments/device-1";
  EXPECT_EQ(outcome(send({"PUT", path, symmetric, {}}, factory)), "201");
  EXPECT_EQ(outcome(send({"PUT", path, symmetric, {}}, factory)), "already_exists");
  EXPECT_EQ(outcome(send({"PUT", path, symmetric, {{"If-Match", entity_tag(path)}}}, factory)), "permission_denied");
  EXPECT_EQ(outcome(send({"DELETE", path, {}, {}}, factory)), "permission_denied");
  EXPECT_EQ(outcome(send({"GET", path + "/keys", {}, {}}, factory)), "permission_denied");
  EXPECT_EQ(outcome(send({"GET", path, {}, {}}, factory)), "200");
}

TEST_F(AdminEnrollments, RecordsWhoChangedWhat) {
  ASSERT_EQ(outcome(put("enrollments/device-1", symmetric)), "201");
  const AuditEvent latest = audit_of(tenant_a).front();
  EXPECT_EQ(latest.actor, "principal:olga");
  EXPECT_EQ(latest.action, "enrollment.created");
  EXPECT_EQ(latest.subject, "enrollment:device-1");
  EXPECT_EQ(latest.personal, "192.0.2.7");
}

using AdminGroups = AdminEnrollments;

TEST_F(AdminGroups, FoldsTheirIdsToLowerCase) {
  ASSERT_EQ(outcome(put("groups/Line-3", symmetric)), "201");
  EXPECT_EQ(object(get("groups/LINE-3")).at("id").as_string(), "line-3");
  EXPECT_EQ(outcome(get("groups/line-3/keys")), "200");
  EXPECT_EQ(outcome(put("groups/line_3_", symmetric)), "invalid_argument");
}

TEST_F(AdminGroups, TakeABundleOfVendorRoots) {
  const std::string bundle = read_vector("certificates/root.pem") + read_vector("certificates/intermediate.pem");
  const std::string hash(64, 'a');
  const json::value wanted = {
      {"attestation", {{"type", "tpm_vendor"}, {"roots", json::array{bundle}}, {"allowed_keys", json::array{hash}}}}};
  ASSERT_EQ(outcome(put("groups/gateways", json::serialize(wanted))), "201");
  const auto attestation = object(get("groups/gateways")).at("attestation").as_object();
  EXPECT_EQ(attestation.at("roots").as_array().size(), 2U);
  EXPECT_EQ(attestation.at("allowed_keys"), json::value(json::array{hash}));
  EXPECT_EQ(outcome(get("groups/gateways/keys")), "attestation_kind_mismatch");
}

TEST_F(AdminGroups, AreAllThatAScopedPrincipalSees) {
  ASSERT_EQ(outcome(put("groups/mine", symmetric)), "201");
  ASSERT_EQ(outcome(put("groups/other", symmetric)), "201");
  const auto token = add_principal(tenant_a, "scoped", Role::operator_, "mine");
  const auto list = object(send({"GET", "groups", {}, {}}, token)).at("items").as_array();
  ASSERT_EQ(list.size(), 1U);
  EXPECT_EQ(list.front().at("id").as_string(), "mine");
  EXPECT_EQ(outcome(send({"GET", "groups/mine", {}, {}}, token)), "200");
  for (const char* path : {"groups/other", "groups/other/keys", "enrollments", "hubs", "principals", "policies",
                           "audit", "devices?group=other", "devices?enrollment=mine"})
    EXPECT_EQ(outcome(send({"GET", path, {}, {}}, token)), "permission_denied") << path;
  EXPECT_EQ(outcome(send({"PUT", "groups/other", symmetric, {}}, token)), "permission_denied");
}

}  // namespace
}  // namespace muster::dialect::admin
