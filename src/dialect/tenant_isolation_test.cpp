// Whether a tenant can see or affect another one: every call of every API, by whoever belongs to one tenant, at what
// belongs to the other. docs/reference/tenant-isolation.md is printed from the tables here. After a change:
// MUSTER_WRITE_REFERENCE=1 dialect_test --gtest_filter=TenantIsolation.*
#include <boost/json/serialize.hpp>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>
#include <span>

#include "dialect/admin/admin_api.hpp"
#include "dialect/azure/errors.hpp"
#include "dialect/azure/fixture_test.hpp"
#include "dialect/azure/webhook_client.hpp"
#include "provisioning/authority_test.hpp"
#include "provisioning/tenants.hpp"
#include "source_directory.hpp"

namespace muster::dialect {
namespace {

namespace json = boost::json;
using azure::noon;
using azure::Requested;
using azure::tenant_a;
using provisioning::TestAuthority;

constexpr const char* shared_serial = "AA";
constexpr const char* serial_of_b = "BB";
constexpr const char* scope_b = "0ne0000000b";
/// Stands in everything that tenant B has; no answer to tenant A's people may hold it.
constexpr const char* marker = "marker-of-b";

/// A call and what becomes of it where tenant A's credentials meet what only tenant B has.
struct Row {
  std::string_view method;
  std::string_view path;  ///< as the API's own table has it
  const char* body;
  const char* outcome;  ///< the refusal's name, or the status where it is no refusal
};

constexpr const char* certificate_body = R"({"certificate":"{certificate}"})";

// {id} stands for what only tenant B has; a call that makes something makes it in tenant A.
constexpr Row admin_rows[] = {
    {"POST", "webhook/test", R"({"enrollment":"only-b","registration_id":"only-b"})", "enrollment_not_found"},
    {"GET", "enrollments", "", "200"},
    {"GET", "enrollments/{id}", "", "enrollment_not_found"},
    {"GET", "enrollments/{id}/keys", "", "enrollment_not_found"},
    {"DELETE", "enrollments/{id}", "", "enrollment_not_found"},
    {"PUT", "enrollments/{id}", R"({"attestation":{"type":"symmetric_key"}})", "201"},
    {"GET", "groups", "", "200"},
    {"GET", "groups/{id}", "", "group_not_found"},
    {"GET", "groups/{id}/keys", "", "group_not_found"},
    {"DELETE", "groups/{id}", "", "group_not_found"},
    {"PUT", "groups/{id}", R"({"attestation":{"type":"symmetric_key"}})", "201"},
    {"GET", "devices", "", "200"},
    {"GET", "devices/{id}", "", "device_not_found"},
    {"GET", "devices/{id}/refusals", "", "200"},
    {"DELETE", "devices/{id}", "", "device_not_found"},
    {"GET", "hubs", "", "200"},
    {"GET", "hubs/{id}", "", "hub_not_found"},
    {"DELETE", "hubs/{id}", "", "hub_not_found"},
    {"PUT", "hubs/{id}", "{}", "201"},
    {"GET", "principals", "", "200"},
    {"GET", "principals/{id}", "", "principal_not_found"},
    {"DELETE", "principals/{id}", "", "principal_not_found"},
    {"POST", "principals", R"({"name":"only-b","role":"auditor"})", "201"},
    {"GET", "policies", "", "200"},
    {"GET", "policies/{id}", "", "policy_not_found"},
    {"GET", "policies/{id}/keys", "", "policy_not_found"},
    {"POST", "policies/{id}/keys", R"({"regenerate":"primary"})", "policy_not_found"},
    {"DELETE", "policies/{id}", "", "policy_not_found"},
    {"POST", "policies", R"({"name":"only-b","rights":["EnrollmentRead"]})", "201"},
    {"GET", "cas", "", "200"},
    {"GET", "cas/{id}", "", "ca_not_found"},
    {"POST", "cas/{id}/code", "{}", "ca_not_found"},
    {"POST", "cas/{id}/proof", certificate_body, "ca_not_found"},
    {"DELETE", "cas/{id}", "", "ca_not_found"},
    {"PUT", "cas/{id}", certificate_body, "201"},
    {"GET", "credential-policies", "", "200"},
    {"GET", "credential-policies/{id}", "", "credential_policy_not_found"},
    {"DELETE", "credential-policies/{id}", "", "credential_policy_not_found"},
    {"PUT", "credential-policies/{id}", "{}", "201"},
    {"GET", "certificates", "", "200"},
    {"GET", "certificates/{id}", "", "certificate_not_found"},
    {"POST", "certificates/{id}/revocation", R"({"reason":"key_compromise"})", "certificate_not_found"},
    {"GET", "webhook/key", "", "200"},
    {"POST", "webhook/key", "{}", "200"},
    {"GET", "tenants", "", "200"},
    {"POST", "tenants", R"({"id":"tenant-c"})", "permission_denied"},
    {"GET", "tenants/{id}", "", "permission_denied"},
    {"PUT", "tenants/{id}", R"({"name":"taken"})", "permission_denied"},
    {"PUT", "tenants/{id}/limits", R"({"hubs_max":0})", "permission_denied"},
    {"PUT", "tenants/{id}/state", R"({"enabled":false})", "permission_denied"},
    {"DELETE", "tenants/{id}", "", "permission_denied"},
    {"GET", "audit", "", "200"},
    {"GET", "status", "", "200"},
};

constexpr const char* symmetric = R"({"attestation":{"type":"symmetricKey"}})";
constexpr Row service_rows[] = {
    {"POST", "enrollments/query", R"({"query":"SELECT * FROM enrollments"})", "200"},
    {"GET", "enrollments/{id}", "", "enrollment_not_found"},
    {"DELETE", "enrollments/{id}", "", "enrollment_not_found"},
    {"POST", "enrollments/{id}/attestationmechanism", "", "enrollment_not_found"},
    {"PUT", "enrollments/{id}", symmetric, "200"},
    {"POST", "enrollmentGroups/query", R"({"query":"SELECT * FROM enrollmentGroups"})", "200"},
    {"GET", "enrollmentGroups/{id}", "", "group_not_found"},
    {"DELETE", "enrollmentGroups/{id}", "", "group_not_found"},
    {"POST", "enrollmentGroups/{id}/attestationmechanism", "", "group_not_found"},
    {"GET", "registrations/{id}", "", "registration_not_found"},
    {"DELETE", "registrations/{id}", "", "registration_not_found"},
    {"POST", "registrations/{id}/query", "{}", "group_not_found"},
    {"PUT", "enrollmentGroups/{id}", symmetric, "200"},
    {"POST", "enrollments", R"({"mode":"delete","enrollments":[{"registrationId":"only-b"}]})", "200"},
    {"POST", "enrollmentGroups", R"({"mode":"delete","enrollmentGroups":[{"enrollmentGroupId":"only-b"}]})", "200"},
};

// A device of tenant A, with good credentials, at tenant B's ID scope, where a device of the same name has its own.
constexpr Row device_rows[] = {
    {"PUT", "{scope}/registrations/{id}/register", "{}", "signature_mismatch"},
    {"GET", "{scope}/registrations/{id}/operations/{operation}", "{}", "signature_mismatch"},
    {"POST", "{scope}/registrations/{id}", "{}", "signature_mismatch"},
};

/// What the tables by route have no place for.
struct Attempt {
  const char* what;
  const char* outcome;
};
constexpr Attempt attempts[] = {
    {"Any call of the admin API with tenant A's token and `?tenant=tenant-b`", "`permission_denied`"},
    {"Any call of the admin API and of the service API at a name that both tenants have",
     "works on tenant A's own; tenant B's stays as it is"},
    {"A continuation token, or `after`, that tenant B got", "goes on in tenant A's own list"},
    {"Tenant B's operation id, polled by tenant A's device of the same name", "`operation_not_found`"},
    {"A device of tenant A with a certificate of tenant A's issuing CA at tenant B's ID scope",
     "`certificate_authority_unknown`"},
    {"A token of tenant A's policy `provisioningserviceowner`, which tenant B has too", "acts in tenant A alone"},
    {"A token signed with tenant A's key for tenant B's ID scope", "`signature_mismatch`"},
};

std::string replaced(std::string text, std::string_view what, std::string_view with) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
    text.replace(at, what.size(), with);
  return text;
}

class TenantIsolation : public azure::AzureApiTest {
 protected:
  TenantIsolation() {
    add_tenant(tenant_b, scope_b);
    add_policy(tenant_b, azure::owner, provisioning::all_service_rights);
    provisioning::Write platform{.tenant = provisioning::platform_tenant, .changes = {}, .audit = {}};
    platform.changes.emplace_back(provisioning::Put{vault.make_data_key(provisioning::platform_tenant, 1, noon)});
    if (!base::run_task(store->commit(std::move(platform)))) throw std::runtime_error("platform");
    platform_token = add_principal(provisioning::platform_tenant, "root", provisioning::Role::platform);
    operator_of_a = add_principal(tenant_a, "olga", provisioning::Role::operator_);
    add_principal(tenant_b, "olga", provisioning::Role::operator_);
    furnish(tenant_a, scope_a_text, key_a, "of-a");
    furnish(tenant_b, scope_b, key_b, marker);
    for (const char* call :
         {R"(PUT enrollments/only-b {"attestation":{"type":"symmetric_key"},"device_id":"marker-of-b"})",
          R"(PUT groups/only-b {"attestation":{"type":"symmetric_key"}})",
          R"(PUT hubs/only-b.example {"location":"marker-of-b"})",
          R"(POST principals {"name":"only-b","role":"auditor"})",
          R"(POST policies {"name":"only-b","rights":["EnrollmentRead"]})"})
      must_administer(tenant_b, call);
    must_administer(tenant_b, "PUT cas/only-b " + body_of(certificate_body));
    must_administer(tenant_b, "PUT credential-policies/only-b {}");
    add_issued_certificate(tenant_b, serial_of_b);
    register_device(scope_b, "only-b", key_of_only_b());
  }

  static constexpr const char* scope_a_text = azure::scope_a;

  std::string add_principal(const base::TenantId& tenant, std::string name, provisioning::Role role) {
    provisioning::Principal wanted;
    wanted.tenant = tenant;
    wanted.name = std::move(name);
    wanted.role = role;
    provisioning::Actor actor{"system", {}};
    const auto made = base::run_task(principals.add(std::move(wanted), std::move(actor)));
    return std::string(base::text_view(made->token.reveal()));
  }

  net::HttpResponse administer(const std::string& method, const std::string& path, const std::string& body,
                               const std::string& token) {
    Requested wanted{.method = method, .path = std::string(admin::path_prefix) + path.substr(0, path.find('?'))};
    wanted.body = body;
    wanted.authorization = "Bearer " + token;
    wanted.query = path.find('?') == std::string::npos ? "" : path.substr(path.find('?') + 1);
    return base::run_task(admin_api.handle(request_of(std::move(wanted))));
  }
  /// "METHOD path body" as the platform, in this tenant.
  std::string must_administer(const base::TenantId& tenant, const std::string& call) {
    const std::size_t path = call.find(' ') + 1;
    const std::size_t body = call.find(' ', path);
    const auto answer =
        administer(call.substr(0, path - 1), call.substr(path, body - path) + "?limit=1000&tenant=" + tenant.str(),
                   body == std::string::npos ? std::string() : call.substr(body + 1), platform_token);
    if (answer.status >= 300) throw std::runtime_error(call + ": " + answer.body);
    return answer.body;
  }

  /// The same names in both tenants.
  void furnish(const base::TenantId& tenant, const std::string& scope, const base::Secret& key,
               const std::string& mark) {
    const std::string text = base::to_base64(key.reveal());
    const std::string proof =
        R"("attestation":{"type":"symmetric_key","primary_key":")" + text + R"(","secondary_key":")" + text + R"("})";
    must_administer(tenant, "PUT enrollments/both {" + proof + R"(,"device_id":")" + mark + "\"}");
    must_administer(tenant, "PUT groups/both {" + proof + R"(,"initial_twin":{"tags":{"of":")" + mark + "\"}}}");
    must_administer(tenant, R"(PUT hubs/both.example {"location":")" + mark + "\"}");
    must_administer(tenant, R"(POST policies {"name":"both","rights":["EnrollmentRead"]})");
    must_administer(tenant, R"(POST principals {"name":"both","role":"auditor"})");
    must_administer(tenant,
                    "PUT cas/both " + replaced(certificate_body, "{certificate}", base::to_base64(shared_ca.der())));
    must_administer(tenant, "PUT credential-policies/both {}");
    add_issued_certificate(tenant, shared_serial);
    must_administer(tenant,
                    "PUT tenants/" + tenant.str() + R"( {"name":")" + mark + R"(","location":")" + mark + "\"}");
    register_device(scope, "both", key, R"({"payload":{"of":")" + mark + "\"}}");
  }

  void add_issued_certificate(const base::TenantId& tenant, const char* serial) {
    provisioning::IssuedCertificate issued;
    issued.tenant = tenant;
    issued.serial = serial;
    issued.purpose = provisioning::CertificatePurpose::device;
    issued.certificate = uploaded.der();
    issued.not_before = noon;
    issued.not_after = noon + std::chrono::hours(24);
    issued.subject = tenant == tenant_b ? marker : "of-a";
    provisioning::Write write{.tenant = tenant, .changes = {}, .audit = {}};
    write.changes.emplace_back(provisioning::Put{issued});
    if (!base::run_task(store->commit(std::move(write)))) throw std::runtime_error("certificate");
  }

  std::string register_device(const std::string& scope, const std::string& id, const base::Secret& key,
                              const std::string& body = "{}") {
    const auto answer = send({.method = "PUT",
                              .path = "/" + scope + "/registrations/" + id + "/register",
                              .body = body,
                              .authorization = device_token(id, key, scope)});
    if (answer.status != 202) throw std::runtime_error(answer.body);
    return std::string(object(answer).at("operationId").as_string());
  }
  base::Secret key_of_only_b() {
    const auto keys = json::parse(must_administer(tenant_b, "GET enrollments/only-b/keys"));
    return base::Secret(*base::from_base64(keys.at("primary_key").as_string().c_str()));
  }

  /// All of tenant B that anybody could read or change.
  std::string snapshot_of_b() {
    std::string text;
    for (const char* list :
         {"enrollments", "groups", "devices", "hubs", "principals", "policies", "cas", "credential-policies",
          "certificates", "webhook/key", "audit", "tenants/tenant-b", "enrollments/both/keys", "groups/both/keys",
          "policies/both/keys", "policies/provisioningserviceowner/keys", "policies/only-b/keys"})
      text += must_administer(tenant_b, std::string("GET ") + list) + "\n";
    return text;
  }
  void expect_nothing_of_b(const net::HttpResponse& answer, const std::string& what) {
    for (const std::string& secret : {std::string(marker), std::string(scope_b), base::to_base64(key_b.reveal())})
      EXPECT_EQ(answer.body.find(secret), std::string::npos) << what << ": " << answer.body;
    for (const auto& [name, value] : answer.headers) EXPECT_EQ(value.find(marker), std::string::npos) << what;
  }
  static std::string outcome_of(const net::HttpResponse& answer) {
    if (answer.status < 400) return std::to_string(answer.status);
    return object(answer).at("error").at("code").as_string().c_str();
  }
  /// Azure's codes stand for several refusals; whether it is this one.
  static bool is_refused_with(const net::HttpResponse& answer, std::string_view name) {
    if (answer.status < 400) return std::to_string(answer.status) == name;
    for (const auto& entry : base::error_catalog())
      if (entry.name == name) return azure::error_code(entry.code) == object(answer).at("errorCode").as_int64();
    return false;
  }

  /// A row's body with a CA certificate where it asks for one.
  std::string body_of(const char* text) const {
    return replaced(text, "{certificate}", base::to_base64(uploaded.der()));
  }

  static std::string address(std::string_view route, bool is_shared) {
    const std::string name = is_shared ? "both" : "only-b";
    if (route.starts_with("hubs/")) return replaced(std::string(route), "{id}", name + ".example");
    if (route.starts_with("certificates/"))
      return replaced(std::string(route), "{id}", is_shared ? shared_serial : serial_of_b);
    if (route.starts_with("tenants/")) return replaced(std::string(route), "{id}", is_shared ? "tenant-a" : "tenant-b");
    return replaced(std::string(route), "{id}", name);
  }

  const base::TenantId tenant_b{"tenant-b"};
  const TestAuthority uploaded{"Uploaded CA", noon};
  const TestAuthority shared_ca{"CA of both", noon};
  const base::Secret key_a{base::Bytes(32, 0xa1)};
  const base::Secret key_b{base::Bytes(32, 0xb1)};
  provisioning::Devices devices{*store, clock};
  provisioning::Hubs hubs{*store, clock};
  provisioning::Principals principals{*store, clock, random};
  provisioning::Tenants tenants{*store, vault, clock, random};
  provisioning::CaCertificates cas{*store, clock, random};
  net::HttpClient http_client{{}};
  provisioning::WebhookKeys webhook_keys{*store, vault, clock, random};
  azure::WebhookClient webhook{http_client, webhook_keys, clock, std::chrono::seconds(5)};
  provisioning::CredentialPolicies credential_policies{*store, clock};
  provisioning::Revocations revocations{*store, vault, clock};
  admin::AdminApi admin_api{{*store, enrollments, devices, hubs, principals, policies, tenants, cas, webhook_keys,
                             webhook, credential_policies, revocations, clock}};
  std::string platform_token;
  std::string operator_of_a;
};

template <class Routes>
void expect_a_row_for_each(const Routes& routes, std::span<const Row> rows, const char* api) {
  std::multiset<std::string> served;
  for (const auto& route : routes) served.insert(std::string(route.method) + " " + std::string(route.path));
  std::multiset<std::string> tabled;
  for (const auto& row : rows) tabled.insert(std::string(row.method) + " " + std::string(row.path));
  EXPECT_EQ(tabled, served) << "each route of the " << api << " needs a row here, and no other has one";
}

TEST_F(TenantIsolation, IsLookedAtForEveryCallThatThereIs) {
  expect_a_row_for_each(admin_api.routes(), admin_rows, "admin API");
  expect_a_row_for_each(azure::ServiceApi::routes(), service_rows, "service API");
  expect_a_row_for_each(azure::DeviceApi::routes(), device_rows, "device API");
}

TEST_F(TenantIsolation, HoldsForEveryCallOfTheAdminApi) {
  const std::string before = snapshot_of_b();
  for (const auto& row : admin_rows) {
    const std::string method(row.method);
    const std::string confirmed = row.path.starts_with("tenants/") && method == "DELETE" ? "?confirm=tenant-b" : "";
    const std::string what = method + " " + std::string(row.path);
    const auto named =
        administer(method, address(row.path, true) + (confirmed.empty() ? "?" : confirmed + "&") + "tenant=tenant-b",
                   body_of(row.body), operator_of_a);
    EXPECT_EQ(outcome_of(named), "permission_denied") << what;
    expect_nothing_of_b(named, what);

    const auto foreign = administer(method, address(row.path, false) + confirmed, body_of(row.body), operator_of_a);
    EXPECT_EQ(outcome_of(foreign), row.outcome) << what << ": " << foreign.body;
    expect_nothing_of_b(foreign, what);

    const auto shared = administer(method, address(row.path, true), body_of(row.body), operator_of_a);
    if (method == "GET") {
      EXPECT_EQ(shared.status, 200) << what << ": " << shared.body;
    }
    expect_nothing_of_b(shared, what);
    ASSERT_EQ(snapshot_of_b(), before) << what;
  }
}

TEST_F(TenantIsolation, HoldsForEveryCallOfTheServiceApi) {
  const std::string before = snapshot_of_b();
  for (const auto& row : service_rows) {
    const std::string method(row.method);
    const std::string what = method + " " + std::string(row.path);
    const auto foreign = manage({.method = method, .path = "/" + address(row.path, false), .body = row.body});
    EXPECT_TRUE(is_refused_with(foreign, row.outcome)) << what << ": " << foreign.body;
    expect_nothing_of_b(foreign, what);

    const auto shared =
        manage({.method = method, .path = "/" + address(row.path, true), .body = replaced(row.body, "only-b", "both")});
    if (method == "GET") {
      EXPECT_EQ(shared.status, 200) << what << ": " << shared.body;
    }
    expect_nothing_of_b(shared, what);
    ASSERT_EQ(snapshot_of_b(), before) << what;
  }
}

TEST_F(TenantIsolation, HoldsForEveryCallOfTheDeviceApi) {
  const std::string operation_of_b = register_device(scope_b, "both", key_b);
  const auto told_to_b = [&] {
    return send({.method = "POST",
                 .path = std::string("/") + scope_b + "/registrations/both",
                 .body = "{}",
                 .authorization = device_token("both", key_b, scope_b)});
  };
  const json::object before = object(told_to_b());
  for (const auto& row : device_rows) {
    std::string path = replaced("/" + std::string(row.path), "{scope}", scope_b);
    path = replaced(replaced(path, "{id}", "both"), "{operation}", operation_of_b);
    const std::string what = std::string(row.method) + " " + std::string(row.path);
    const auto answer = send({.method = std::string(row.method),
                              .path = path,
                              .body = row.body,
                              .authorization = device_token("both", key_a, scope_b)});
    EXPECT_TRUE(is_refused_with(answer, row.outcome)) << what << ": " << answer.body;
    EXPECT_EQ(answer.body.find(marker), std::string::npos) << what;
    // Its own token is for its own scope.
    const auto foreign = send({.method = std::string(row.method),
                               .path = path,
                               .body = row.body,
                               .authorization = device_token("both", key_a, scope_a_text)});
    EXPECT_TRUE(is_refused_with(foreign, "token_for_another_resource")) << what << ": " << foreign.body;
  }
  // That somebody tried is noted with tenant B's device, for tenant B.
  const json::object after = object(told_to_b());
  for (const char* member : {"status", "substatus", "assignedHub", "deviceId", "createdDateTimeUtc"})
    EXPECT_EQ(after.at(member), before.at(member)) << member;

  const auto polled =
      send({.method = "GET",
            .path = std::string("/") + scope_a_text + "/registrations/both/operations/" + operation_of_b,
            .authorization = device_token("both", key_a, scope_a_text)});
  EXPECT_TRUE(is_refused_with(polled, "operation_not_found")) << polled.body;
  expect_nothing_of_b(polled, "poll");
}

TEST_F(TenantIsolation, HoldsForCertificates) {
  const TestAuthority of_a("Issuing CA of A", noon);
  const TestAuthority of_b("Issuing CA of B", noon);
  for (const auto& [tenant, authority] : {std::pair(tenant_a, &of_a), std::pair(tenant_b, &of_b)}) {
    json::object group;
    group["attestation"] = json::object{{"type", "x509"}, {"primary_certificate", base::to_base64(authority->der())}};
    must_administer(tenant, "PUT groups/certified " + json::serialize(group));
  }
  const auto register_with = [&](const std::string& scope, const TestAuthority& authority) {
    auto request = request_of({.method = "PUT", .path = "/" + scope + "/registrations/meter-1/register", .body = "{}"});
    auto peer = std::make_shared<net::Peer>();
    peer->address = "192.0.2.7";
    peer->certificates = net::PresentedCertificates({authority.issue("meter-1")});
    request.peer = std::move(peer);
    return base::run_task(azure.handle(std::move(request)));
  };
  EXPECT_EQ(register_with(scope_a_text, of_a).status, 202);
  EXPECT_TRUE(is_refused_with(register_with(scope_b, of_a), "certificate_authority_unknown"));
  EXPECT_TRUE(is_refused_with(register_with(scope_a_text, of_b), "certificate_authority_unknown"));
}

TEST_F(TenantIsolation, HoldsForPlacesInLists) {
  must_administer(tenant_a, R"(PUT enrollments/zebra {"attestation":{"type":"symmetric_key"}})");
  const auto continued = [&](const std::string& after) {
    Requested wanted{.method = "POST", .path = "/enrollments/query", .body = R"({"query":"*"})"};
    wanted.authorization = service_token();
    auto request = request_of(std::move(wanted));
    request.headers.emplace_back("x-ms-continuation", base::to_base64(base::view(after)));
    return base::run_task(azure.handle(std::move(request)));
  };
  const auto page = continued("only-b");
  EXPECT_EQ(json::parse(page.body).as_array().size(), 1U);
  EXPECT_EQ(json::parse(page.body).at(0).at("registrationId").as_string(), "zebra");
  const auto listed = administer("GET", "enrollments?after=only-b", "", operator_of_a);
  EXPECT_EQ(object(listed).at("items").as_array().size(), 1U);
  // The number of an audit record counts over all tenants; whatever number is named, the list is one's own.
  const auto trail = administer("GET", "audit?after=1000000&limit=1000", "", operator_of_a);
  EXPECT_EQ(trail.status, 200);
  expect_nothing_of_b(trail, "audit");
}

std::string rows_of(std::span<const Row> rows) {
  std::string text = "| Call | Outcome |\n|---|---|\n";
  for (const auto& row : rows) {
    const std::string outcome = row.outcome;
    text += "| `" + std::string(row.method) + " /" + std::string(row.path) + "` | " +
            (outcome.find('_') == std::string::npos ? outcome : "`" + outcome + "`") + " |\n";
  }
  return text;
}

std::string print_page() {
  std::string page =
      "# Tenant isolation\n"
      "\n"
      "What happens where somebody of one tenant, A, with good credentials, tries what belongs to another one, B. The\n"
      "tables are those that the unit test `TenantIsolation` works through over one store: after each call it also\n"
      "checks that no answer holds anything of tenant B, and that all of tenant B, its audit trail included, is as it\n"
      "was. A route without a row fails the test. The management API has a table of its own, in `ManagementApiTest`.\n"
      "\n"
      "## By whatever means\n"
      "\n"
      "| What is tried | Outcome |\n"
      "|---|---|\n";
  for (const auto& [what, outcome] : attempts) page += std::string("| ") + what + " | " + outcome + " |\n";
  page +=
      "\n"
      "## The device API\n"
      "\n"
      "A device of tenant A at tenant B's ID scope, where a device of the same name has a key of its own.\n"
      "\n" +
      rows_of(device_rows) +
      "\n"
      "## The service API\n"
      "\n"
      "With a token of tenant A's policy; `{id}` is a name that only tenant B has. 200 is an answer from tenant A's "
      "own:\n"
      "queries list it, bulk calls find nothing to delete, PUT makes something in tenant A.\n"
      "\n" +
      rows_of(service_rows) +
      "\n"
      "## The admin API\n"
      "\n"
      "With the token of tenant A's operator; `{id}` is a name that only tenant B has, for `/tenants` it is tenant B. "
      "200\n"
      "and 201 are answers from tenant A's own.\n"
      "\n" +
      rows_of(admin_rows);
  return page;
}

constexpr const char* page_file = MUSTER_SOURCE_DIR "/docs/reference/tenant-isolation.md";

TEST(TenantIsolationPage, EqualsWhatTheTablesPrint) {
  if (std::getenv("MUSTER_WRITE_REFERENCE") != nullptr) std::ofstream(page_file, std::ios::binary) << print_page();
  std::ifstream file(page_file, std::ios::binary);
  ASSERT_TRUE(file) << page_file;
  const std::string committed{std::istreambuf_iterator<char>(file), {}};
  EXPECT_EQ(committed, print_page());
}

}  // namespace
}  // namespace muster::dialect
