// Devices, hubs, principals, policies and the audit trail through the API.
#include "dialect/admin/fixture_test.hpp"

namespace muster::dialect::admin {
namespace {

class AdminDevices : public AdminApiTest {
 protected:
  Uuid add_device(const std::string& name, EnrollmentReference enrollment) {
    Device device;
    device.tenant = tenant_a;
    device.id = Uuid::draw(random);
    device.name = *base::RegistrationId::parse(name);
    device.hub_device_id = name;
    device.enrollment = std::move(enrollment);
    device.created_at = device.updated_at = noon;
    Registration registration;
    registration.tenant = tenant_a;
    registration.device = device.id;
    registration.operation_id = "operation-1";
    registration.status = RegistrationStatus::assigned;
    registration.hub = HubName("a.example");
    registration.payload = R"({"model":"m1"})";
    registration.refusal = "token_expired: it ended yesterday";
    registration.created_at = registration.updated_at = noon;
    Credential credential;
    credential.tenant = tenant_a;
    credential.device = device.id;
    credential.id = Uuid::draw(random);
    credential.kind = CredentialKind::hub_symmetric_key;
    credential.secret = base::to_bytes("sealed octets");
    credential.valid_from = noon;
    Placement placement;
    placement.tenant = tenant_a;
    placement.device = device.id;
    placement.id = Uuid::draw(random);
    placement.hub = HubName("a.example");
    placement.valid_from = noon;
    Challenge challenge;
    challenge.tenant = tenant_a;
    challenge.registration_id = device.name;
    challenge.id = Uuid::draw(random);
    challenge.created_at = noon;
    challenge.expires_at = noon + std::chrono::minutes(5);
    Write write{.tenant = tenant_a, .changes = {}, .audit = {}};
    write.changes = {Put{device}, Put{registration}, Put{credential}, Put{placement}, Put{challenge}};
    if (!run(store->commit(std::move(write)))) throw std::runtime_error("device");
    return device.id;
  }
};

TEST_F(AdminDevices, ShowsEverythingOfARecordButSecrets) {
  const Uuid id = add_device("Pump-1", {true, "line-3"});
  for (const std::string& name : {std::string("pump-1"), id.str()}) {
    const auto response = get("devices/" + name);
    ASSERT_EQ(outcome(response), "200");
    const json::object device = object(response);
    EXPECT_EQ(device.at("registration_id").as_string(), "Pump-1");
    EXPECT_EQ(device.at("registration").at("refusal").as_string(), "token_expired: it ended yesterday");
    EXPECT_EQ(device.at("registration").at("payload").at("model").as_string(), "m1");
    EXPECT_EQ(device.at("credentials").at(0).at("kind").as_string(), "hub_symmetric_key");
    EXPECT_EQ(device.at("placements").at(0).at("hub").as_string(), "a.example");
    EXPECT_EQ(response.body.find("sealed"), std::string::npos);
    EXPECT_EQ(response.body.find(base::to_base64(base::view("sealed octets"))), std::string::npos);
  }
}

TEST_F(AdminDevices, ForgetsEveryRowOfADevice) {
  const Uuid id = add_device("pump-1", {true, "line-3"});
  EXPECT_EQ(outcome(send({"DELETE", "devices/pump-1", {}, {{"If-Match", "x"}}})), "etag_mismatch");
  ASSERT_EQ(outcome(send({"DELETE", "devices/pump-1", {}, {}})), "204");
  EXPECT_EQ(outcome(get("devices/pump-1")), "device_not_found");
  EXPECT_FALSE(run(store->find_device(tenant_a, id)));
  EXPECT_TRUE(run(store->list_challenges(tenant_a, "pump-1")).empty());
  EXPECT_EQ(audit_of(tenant_a).front().action, "device.removed");
  EXPECT_EQ(outcome(send({"DELETE", "devices/pump-1", {}, {}})), "device_not_found");
  add_device("pump-1", {true, "line-3"});
  EXPECT_EQ(object(get("devices/pump-1")).at("credentials").as_array().size(), 1U);
}

TEST_F(AdminDevices, ForgetsTheOneThatWasMeantWhereAnotherHasItsIdForAName) {
  const Uuid pump = add_device("pump-1", {true, "line-3"});
  const Uuid impostor = add_device(pump.str(), {true, "line-3"});
  EXPECT_EQ(object(get("devices/" + pump.str())).at("registration_id").as_string(), "pump-1");
  ASSERT_EQ(outcome(send({"DELETE", "devices/pump-1", {}, {}})), "204");
  EXPECT_FALSE(run(store->find_device(tenant_a, pump)));
  EXPECT_TRUE(run(store->find_device(tenant_a, impostor)));
}

TEST_F(AdminDevices, ListsThoseOfOneEnrollment) {
  add_device("a", {true, "line-3"});
  add_device("b", {true, "line-4"});
  add_device("c", {false, "c"});
  const auto count = [this](const std::string& query) {
    return object(get("devices" + query)).at("items").as_array().size();
  };
  EXPECT_EQ(count(""), 3U);
  EXPECT_EQ(count("?group=LINE-3"), 1U);
  EXPECT_EQ(count("?enrollment=c"), 1U);
  EXPECT_EQ(outcome(get("devices?group=line-3&enrollment=c")), "invalid_argument");
}

TEST_F(AdminDevices, ShowsScopedPrincipalsTheirGroupsDevicesOnly) {
  ASSERT_EQ(outcome(put("groups/line-3", R"({"attestation":{"type":"symmetric_key"}})")), "201");
  const auto installer = add_principal(tenant_a, "ines", Role::installer, "line-3");
  add_device("a", {true, "line-3"});
  add_device("b", {false, "b"});
  EXPECT_EQ(object(send({"GET", "devices", {}, {}}, installer)).at("items").as_array().size(), 1U);
  EXPECT_EQ(outcome(send({"GET", "devices/a", {}, {}}, installer)), "200");
  EXPECT_EQ(outcome(send({"GET", "devices/b", {}, {}}, installer)), "permission_denied");
  EXPECT_EQ(outcome(send({"DELETE", "devices/a", {}, {}}, installer)), "permission_denied");
}

class AdminRefusals : public AdminDevices {
 protected:
  void add_refusal(const std::string& name, const std::string& enrollment, TimePoint at = noon) {
    RefusalRecord refusal;
    refusal.tenant = tenant_a;
    refusal.registration_id = *base::RegistrationId::parse(name);
    refusal.id = Uuid::draw(random);
    refusal.at = refusal.last_at = at;
    refusal.transport = Transport::amqp;
    refusal.attestation = "symmetric_key";
    refusal.enrollment = enrollment;
    refusal.code = "token_expired";
    refusal.detail = "it ended yesterday";
    refusal.address = "192.0.2.9";
    Write write{.tenant = tenant_a, .changes = {}, .audit = {}};
    write.changes = {Put{refusal}};
    if (!run(store->commit(std::move(write)))) throw std::runtime_error("refusal");
  }
};

TEST_F(AdminRefusals, AreToldWithCauseCureAndHowThingsStand) {
  ASSERT_EQ(outcome(put("enrollments/pump-1", R"({"attestation":{"type":"symmetric_key"},"enabled":false})")), "201");
  add_device("Pump-1", {false, "pump-1"});
  add_refusal("pump-1", "enrollment pump-1", noon - std::chrono::hours(1));
  add_refusal("pump-1", "", noon + std::chrono::hours(1));
  const auto response = get("devices/PUMP-1/refusals");
  ASSERT_EQ(outcome(response), "200");
  const json::object report = object(response);
  EXPECT_EQ(report.at("registration_id").as_string(), "Pump-1");
  const json::array& refusals = report.at("refusals").as_array();
  ASSERT_EQ(refusals.size(), 2U);
  EXPECT_EQ(refusals[0].at("last_at").as_string(), "2025-11-24T17:00:00.0000000Z");
  EXPECT_FALSE(refusals[0].at("registered_since").as_bool());
  EXPECT_TRUE(refusals[0].at("enrollment").is_null());
  EXPECT_TRUE(refusals[1].at("registered_since").as_bool());
  EXPECT_EQ(refusals[1].at("enrollment").as_string(), "enrollment pump-1");
  EXPECT_EQ(refusals[1].at("transport").as_string(), "amqp");
  EXPECT_EQ(refusals[1].at("message").as_string(), "The token has expired.");
  EXPECT_EQ(refusals[1].at("cause").as_string(), "The token's time is over.");
  EXPECT_FALSE(refusals[1].at("cure").as_string().empty());
  EXPECT_EQ(report.at("device").at("hub").as_string(), "a.example");
  EXPECT_EQ(
      report.at("enrollment"),
      json::value({{"kind", "individual"}, {"id", "pump-1"}, {"enabled", false}, {"attestation", "symmetric_key"}}));
}

TEST_F(AdminRefusals, AreToldOfNamesThatNeverRegisteredAndOfThoseThatWereNeverRefused) {
  add_refusal("stranger-1", "");
  EXPECT_EQ(object(get("devices/stranger-1/refusals")).at("refusals").as_array().size(), 1U);
  EXPECT_TRUE(object(get("devices/stranger-1/refusals")).at("device").is_null());
  EXPECT_EQ(object(get("devices/stranger-2/refusals")).at("refusals").as_array().size(), 0U);
  EXPECT_EQ(outcome(get("devices/stranger%203/refusals")), "invalid_registration_id");
  const auto other = add_principal(tenant_b, "otto", Role::operator_);
  const auto foreign = send({"GET", "devices/stranger-1/refusals", {}, {}}, other);
  EXPECT_EQ(object(foreign).at("refusals").as_array().size(), 0U) << "another tenant's";
}

TEST_F(AdminRefusals, AreForScopedPrincipalsThoseOfTheirGroup) {
  ASSERT_EQ(outcome(put("groups/line-3", R"({"attestation":{"type":"symmetric_key"}})")), "201");
  const auto installer = add_principal(tenant_a, "ines", Role::installer, "line-3");
  const auto asked = [&](const std::string& id) {
    return send({"GET", "devices/" + id + "/refusals", {}, {}}, installer);
  };
  add_device("a", {true, "line-3"});
  add_device("b", {false, "b"});
  EXPECT_EQ(outcome(asked("a")), "200");
  EXPECT_EQ(object(asked("a")).at("enrollment").at("id").as_string(), "line-3");
  EXPECT_EQ(outcome(asked("b")), "permission_denied");
  EXPECT_EQ(outcome(asked("new-1")), "permission_denied");
  add_refusal("new-1", "group line-4");
  EXPECT_EQ(outcome(asked("new-1")), "permission_denied");
  add_refusal("new-1", "group line-3");
  EXPECT_EQ(object(asked("new-1")).at("refusals").as_array().size(), 1U);
}

using AdminHubs = AdminApiTest;

TEST_F(AdminHubs, AreLinkedChangedAndRemoved) {
  ASSERT_EQ(outcome(put("hubs/A.example", R"({"weight":3,"location":"Berlin","tags":["eu"]})")), "201");
  const auto shown = get("hubs/a.example");
  EXPECT_EQ(object(shown).at("weight").as_int64(), 3);
  EXPECT_EQ(object(shown).at("tags"), json::value(json::array{"eu"}));
  ASSERT_EQ(
      outcome(send({"PUT", "hubs/a.example", R"({"accepts_devices":false})", {{"If-Match", header(shown, "ETag")}}})),
      "200");
  EXPECT_EQ(object(get("hubs")).at("items").as_array().size(), 1U);
  EXPECT_EQ(outcome(send({"DELETE", "hubs/a.example", {}, {{"If-Match", header(shown, "ETag")}}})), "etag_mismatch");
  EXPECT_EQ(outcome(send({"DELETE", "hubs/a.example", {}, {}})), "204");
  EXPECT_EQ(outcome(get("hubs/a.example")), "hub_not_found");
  EXPECT_EQ(audit_of(tenant_a).front().action, "hub.removed");
}

TEST_F(AdminHubs, AreRefusedWhereTheyCanNotBe) {
  const std::string tag(65, 'x');
  const std::pair<std::string, std::string> cases[] = {
      {"hubs/a%20b", "{}"},
      {"hubs/-a.example", "{}"},
      {"hubs/a.example", R"({"weight":0})"},
      {"hubs/a.example", R"({"weight":1001})"},
      {"hubs/a.example", R"({"weight":1.5})"},
      {"hubs/a.example", R"({"name":"b.example"})"},
      {"hubs/a.example", R"({"kind":"azure"})"},
      {"hubs/a.example", R"({"location":"a\nb"})"},
      {"hubs/a.example", R"({"tags":[""]})"},
      {"hubs/a.example", R"({"tags":[")" + tag + R"("]})"},
      {"hubs/a.example", R"({"tags":["1","2","3","4","5","6","7","8","9","a","b","c","d","e","f","g","h"]})"},
  };
  for (const auto& [path, body] : cases) EXPECT_EQ(outcome(put(path, body)), "invalid_argument") << path << body;
}

class AdminPrincipals : public AdminApiTest {
 protected:
  net::HttpResponse add(const std::string& body) { return send({"POST", "principals", body, {}}); }
};

TEST_F(AdminPrincipals, WorkWithTheTokenThatIsShownOnceUntilTheyAreRemoved) {
  const auto made = add(R"({"name":"anna","role":"auditor","expires_at":"2027-01-01T00:00:00Z"})");
  ASSERT_EQ(outcome(made), "201");
  const std::string token(object(made).at("token").as_string().c_str());
  EXPECT_EQ(token.size(), 68U);
  EXPECT_EQ(outcome(send({"GET", "audit", {}, {}}, token)), "200");
  EXPECT_EQ(get("principals/anna").body.find("token"), std::string::npos);
  EXPECT_EQ(get("principals").body.find("mst_"), std::string::npos);
  ASSERT_EQ(outcome(send({"DELETE", "principals/anna", {}, {}})), "204");
  EXPECT_EQ(outcome(send({"GET", "audit", {}, {}}, token)), "signature_mismatch");
  EXPECT_EQ(outcome(send({"DELETE", "principals/anna", {}, {}})), "principal_not_found");
}

TEST_F(AdminPrincipals, AreRefusedWhereTheyCanNotBe) {
  ASSERT_EQ(outcome(add(R"({"name":"anna","role":"auditor"})")), "201");
  EXPECT_EQ(outcome(add(R"({"name":"anna","role":"operator"})")), "already_exists");
  for (const char* body : {R"({"name":"","role":"auditor"})", R"({"name":"a b","role":"auditor"})",
                           R"({"name":"b","role":"king"})", R"({"name":"b"})", R"({"name":"b","role":"platform"})",
                           R"({"name":"b","role":"auditor","expires_at":"tomorrow"})",
                           R"({"name":"b","role":"auditor","expires_at":"2020-01-01T00:00:00Z"})",
                           R"({"name":"b","role":"factory","scope":"nowhere"})"})
    EXPECT_EQ(outcome(add(body)), "invalid_argument") << body;
}

TEST_F(AdminPrincipals, CanNotRemoveThemselves) {
  EXPECT_EQ(outcome(send({"DELETE", "principals/olga", {}, {}})), "in_use");
}

TEST_F(AdminPrincipals, OfThePlatformAreMadeInItsOwnTenantOnly) {
  const auto platform = add_principal(platform_tenant, "root", Role::platform);
  const Requested second{"POST", "principals", R"({"name":"second","role":"platform"})", {}};
  EXPECT_EQ(outcome(send(second, platform)), "201");
  EXPECT_EQ(outcome(send({"POST", "principals?tenant=tenant-a", second.body, {}}, platform)), "invalid_argument");
  EXPECT_EQ(outcome(send({"POST", "principals", R"({"name":"x","role":"auditor"})", {}}, platform)),
            "invalid_argument");
}

class AdminPolicies : public AdminApiTest {
 protected:
  net::HttpResponse add(const std::string& body) { return send({"POST", "policies", body, {}}); }
};

TEST_F(AdminPolicies, GetKeysOfTheirOwnAndNewOnesOnDemand) {
  const auto made = add(R"({"name":"reader","rights":["enrollmentread","registration_read"]})");
  ASSERT_EQ(outcome(made), "201");
  EXPECT_EQ(object(made).at("rights"), json::value(json::array{"EnrollmentRead", "RegistrationStatusRead"}));
  const auto before = object(get("policies/reader/keys"));
  EXPECT_EQ(before.at("primary_key"), object(made).at("primary_key"));
  EXPECT_EQ(get("policies/reader").body.find("primary_key"), std::string::npos);

  ASSERT_EQ(outcome(send({"POST", "policies/reader/keys", R"({"regenerate":"secondary"})", {}})), "200");
  const auto after = object(get("policies/reader/keys"));
  EXPECT_EQ(after.at("primary_key"), before.at("primary_key"));
  EXPECT_NE(after.at("secondary_key"), before.at("secondary_key"));
  EXPECT_EQ(audit_of(tenant_a).front().action, "policy.key_regenerated");

  EXPECT_EQ(object(get("policies")).at("items").as_array().size(), 1U);
  EXPECT_EQ(outcome(send({"DELETE", "policies/reader", {}, {}})), "204");
  EXPECT_EQ(outcome(get("policies/reader")), "policy_not_found");
}

TEST_F(AdminPolicies, AreRefusedWhereTheyCanNotBe) {
  ASSERT_EQ(outcome(add(R"({"name":"reader","rights":["ServiceConfig"]})")), "201");
  EXPECT_EQ(outcome(add(R"({"name":"reader","rights":["ServiceConfig"]})")), "already_exists");
  for (const char* body : {R"({"name":"a/b","rights":["ServiceConfig"]})", R"({"name":"x","rights":[]})",
                           R"({"name":"x"})", R"({"name":"x","rights":["Everything"]})"})
    EXPECT_EQ(outcome(add(body)), "invalid_argument") << body;
  EXPECT_EQ(outcome(send({"POST", "policies/reader/keys", R"({"regenerate":"both"})", {}})), "invalid_argument");
  EXPECT_EQ(outcome(send({"POST", "policies/x/keys", R"({"regenerate":"primary"})", {}})), "policy_not_found");
}

using AdminAudit = AdminApiTest;

TEST_F(AdminAudit, ListsTheLatestFirstInPages) {
  ASSERT_EQ(outcome(put("hubs/a.example", "{}")), "201");
  ASSERT_EQ(outcome(put("hubs/b.example", "{}")), "201");
  const auto first = object(get("audit?limit=1"));
  EXPECT_EQ(first.at("items").at(0).at("subject").as_string(), "hub:b.example");
  EXPECT_EQ(first.at("items").at(0).at("address").as_string(), "192.0.2.7");
  const std::string next(first.at("next").as_string().c_str());
  EXPECT_EQ(object(get("audit?limit=1&after=" + next)).at("items").at(0).at("subject").as_string(), "hub:a.example");
  EXPECT_EQ(outcome(get("audit?after=x")), "invalid_argument");
}

}  // namespace
}  // namespace muster::dialect::admin
