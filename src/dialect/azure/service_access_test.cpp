#include "dialect/azure/service_access.hpp"

#include "dialect/azure/errors.hpp"
#include "dialect/azure/fixture_test.hpp"

namespace muster::dialect::azure {
namespace {

using base::Errc;
using provisioning::ServiceRight;

class AzureServiceAccess : public AzureApiTest {
 protected:
  base::Result<ServiceCaller> authenticate(const std::string& authorization,
                                           const std::string& path = "/enrollments/dev-1") {
    const auto request = request_of({.method = "GET", .path = path, .authorization = authorization});
    return base::run_task(access.authenticate(request));
  }
  Errc refusal_of(const std::string& authorization, const std::string& path = "/enrollments/dev-1") {
    const auto caller = authenticate(authorization, path);
    EXPECT_FALSE(caller) << authorization;
    return caller ? Errc::internal_error : caller.error().code();
  }
};

TEST_F(AzureServiceAccess, LetsInWhoeverHasEitherKeyOfThePolicy) {
  const auto keys = keys_of(tenant_a, owner);
  for (const auto* key : {&keys.primary, &keys.secondary}) {
    const auto caller = authenticate(codec::make_sas_token(service_host, *key, noon + std::chrono::seconds(1), owner));
    ASSERT_TRUE(caller) << caller.error().detail();
    EXPECT_EQ(caller->tenant, tenant_a);
    EXPECT_EQ(caller->policy, owner);
    EXPECT_EQ(caller->rights, provisioning::all_service_rights);
  }
}

TEST_F(AzureServiceAccess, RefusesAReplacedKey) {
  const std::string before = service_token();
  provisioning::Actor actor{"system", {}};
  ASSERT_TRUE(
      base::run_task(policies.regenerate(tenant_a, owner, provisioning::Policies::Which::primary, std::move(actor))));
  EXPECT_EQ(refusal_of(before), Errc::signature_mismatch);
  EXPECT_TRUE(authenticate(service_token()));
}

TEST_F(AzureServiceAccess, TakesATokenForItsHostInEverySpelling) {
  for (const char* resource :
       {"dps.example", "DPS.Example", "dps.example:8443", "localhost", "dps.example/", "dps%2Eexample", "2001:db8::1"})
    EXPECT_TRUE(authenticate(service_token(owner, resource))) << resource;
}

TEST_F(AzureServiceAccess, TakesATokenForThePathByWholeSegments) {
  for (const char* resource : {"dps.example/enrollments", "dps.example/Enrollments/",
                               "dps.example%2fenrollments%2fdev-1", "dps.example:443/enrollments/DEV-1"})
    EXPECT_TRUE(authenticate(service_token(owner, resource))) << resource;
  for (const char* resource : {"dps.example/enroll", "dps.example/enrollments/dev", "dps.example/enrollmentGroups",
                               "dps.example/enrollments/dev-1/attestationmechanism"})
    EXPECT_EQ(refusal_of(service_token(owner, resource)), Errc::token_for_another_resource) << resource;
}

TEST_F(AzureServiceAccess, RefusesATokenForAnotherHost) {
  for (const char* resource : {"other.example", "example", "xdps.example", "dps.example.evil",
                               "dps.examplex/enrollments", "/enrollments", "0ne0000000a/registrations/dev-1"})
    EXPECT_EQ(refusal_of(service_token(owner, resource)), Errc::token_for_another_resource) << resource;
}

TEST_F(AzureServiceAccess, RefusesWhatIsNoToken) {
  EXPECT_EQ(refusal_of(""), Errc::credentials_missing);
  EXPECT_EQ(refusal_of("Bearer abc"), Errc::credentials_malformed);
  EXPECT_EQ(refusal_of("SharedAccessSignature sr=dps.example&se=1"), Errc::credentials_malformed);
  EXPECT_EQ(refusal_of("SharedAccessSignature " + std::string(5000, 'x')), Errc::credentials_malformed);
}

TEST_F(AzureServiceAccess, RefusesAnExpiredToken) {
  const std::string token = service_token();
  clock.advance(std::chrono::hours(1) - std::chrono::seconds(1));
  EXPECT_TRUE(authenticate(token));
  clock.advance(std::chrono::seconds(1));
  EXPECT_EQ(refusal_of(token), Errc::token_expired);
}

TEST_F(AzureServiceAccess, RefusesAnUnknownPolicyAndAForeignKey) {
  const base::Secret key = keys_of(tenant_a, owner).primary;
  const auto later = noon + std::chrono::hours(1);
  EXPECT_EQ(refusal_of(codec::make_sas_token(service_host, key, later, "nobody")), Errc::unknown_policy);
  EXPECT_EQ(refusal_of(codec::make_sas_token(service_host, key, later, "")), Errc::unknown_policy);
  EXPECT_EQ(refusal_of(codec::make_sas_token(service_host, base::Secret(base::Bytes(32, 1)), later, owner)),
            Errc::signature_mismatch);
}

TEST_F(AzureServiceAccess, TellsTenantsWithOnePolicyNameApartByTheSignature) {
  const base::TenantId tenant_b("tenant-b");
  add_tenant(tenant_b, "0ne0000000b");
  add_policy(tenant_b, owner, static_cast<unsigned>(ServiceRight::enrollment_read));
  const auto later = noon + std::chrono::hours(1);
  const auto caller = authenticate(codec::make_sas_token(service_host, keys_of(tenant_b, owner).primary, later, owner));
  ASSERT_TRUE(caller);
  EXPECT_EQ(caller->tenant, tenant_b);
  EXPECT_EQ(authenticate(service_token())->tenant, tenant_a);
}

TEST_F(AzureServiceAccess, FindsThePolicyOfTheTenantThatTheKeyNameNames) {
  const base::TenantId tenant_b("tenant-b");
  add_tenant(tenant_b, "0ne0000000b");
  add_policy(tenant_b, owner, provisioning::all_service_rights);
  const auto later = noon + std::chrono::hours(1);
  const base::Secret key_a = keys_of(tenant_a, owner).primary;
  const base::Secret key_b = keys_of(tenant_b, owner).primary;
  const std::string name(owner);
  for (const char* scope : {"@0ne0000000b", "@0NE0000000B"}) {
    const auto caller = authenticate(codec::make_sas_token(service_host, key_b, later, name + scope));
    ASSERT_TRUE(caller) << scope;
    EXPECT_EQ(caller->tenant, tenant_b) << scope;
    EXPECT_EQ(caller->policy, owner) << scope;
  }
  const auto refusal = [&](const base::Secret& key, const std::string& key_name) {
    return refusal_of(codec::make_sas_token(service_host, key, later, key_name));
  };
  EXPECT_EQ(refusal(key_b, name + "@0ne0000000a"), Errc::signature_mismatch);
  EXPECT_EQ(refusal(key_a, name + "@0ne0000000b"), Errc::signature_mismatch);
  const std::string unknown_names[] = {name + "@0ne0000000c",  name + "@", name + "@tenant-b",
                                       "@0ne0000000b",         "@",        "nobody@0ne0000000b",
                                       name + "@x@0ne0000000b"};
  for (const auto& unknown : unknown_names) EXPECT_EQ(refusal(key_b, unknown), Errc::unknown_policy) << unknown;
}

TEST_F(AzureServiceAccess, LooksAtTheOldestPoliciesAloneWhereTheKeyNameNamesNoTenant) {
  const auto scope_of = [](std::size_t number) { return "0ne1" + std::to_string(1000000 + number); };
  const auto tenant_of = [](std::size_t number) { return base::TenantId("t" + std::to_string(1000 - number)); };
  const auto later = noon + std::chrono::hours(1);
  for (std::size_t number = 1; number <= provisioning::namesakes_max; ++number) {
    clock.advance(std::chrono::seconds(1));
    add_tenant(tenant_of(number), scope_of(number));
    add_policy(tenant_of(number), owner, provisioning::all_service_rights);
  }
  const auto token_of = [&](std::size_t number, const std::string& key_name) {
    return codec::make_sas_token(service_host, keys_of(tenant_of(number), owner).primary, later, key_name);
  };
  // Tenant A is the first.
  constexpr std::size_t last = provisioning::namesakes_max;
  EXPECT_TRUE(authenticate(service_token()));
  EXPECT_EQ(authenticate(token_of(last - 1, owner))->tenant, tenant_of(last - 1));
  EXPECT_EQ(refusal_of(token_of(last, owner)), Errc::signature_mismatch);
  EXPECT_EQ(authenticate(token_of(last, owner + ("@" + scope_of(last))))->tenant, tenant_of(last));
}

TEST_F(AzureServiceAccess, RefusesADisabledTenant) {
  const base::TenantId off("tenant-off");
  add_tenant(off, "0ne0000000f", false);
  add_policy(off, owner, provisioning::all_service_rights);
  const auto key = keys_of(off, owner).primary;
  const std::string key_names[] = {owner, owner + std::string("@0ne0000000f")};
  for (const auto& key_name : key_names)
    EXPECT_EQ(refusal_of(codec::make_sas_token(service_host, key, noon + std::chrono::hours(1), key_name)),
              Errc::tenant_disabled);
}

struct Right {
  const char* method;
  const char* path;
  ServiceRight needed;
};

// Microsoft's "Control access to the Device Provisioning Service": what each call needs.
TEST_F(AzureServiceAccess, OpensEachCallToItsRightAlone) {
  const Right calls[] = {
      {"GET", "/enrollments/dev-1", ServiceRight::enrollment_read},
      {"POST", "/enrollments/query", ServiceRight::enrollment_read},
      {"PUT", "/enrollments/dev-1", ServiceRight::enrollment_write},
      {"DELETE", "/enrollments/dev-1", ServiceRight::enrollment_write},
      {"POST", "/enrollments", ServiceRight::enrollment_write},
      {"POST", "/enrollments/dev-1/attestationmechanism", ServiceRight::enrollment_write},
      {"GET", "/enrollmentGroups/line-1", ServiceRight::enrollment_read},
      {"POST", "/enrollmentGroups/query", ServiceRight::enrollment_read},
      {"PUT", "/enrollmentGroups/line-1", ServiceRight::enrollment_write},
      {"DELETE", "/enrollmentGroups/line-1", ServiceRight::enrollment_write},
      {"POST", "/enrollmentGroups", ServiceRight::enrollment_write},
      {"POST", "/enrollmentGroups/line-1/attestationmechanism", ServiceRight::enrollment_write},
      {"GET", "/registrations/dev-1", ServiceRight::registration_read},
      {"POST", "/registrations/line-1/query", ServiceRight::registration_read},
      {"DELETE", "/registrations/dev-1", ServiceRight::registration_write},
  };
  const ServiceRight rights[] = {ServiceRight::service_config, ServiceRight::enrollment_read,
                                 ServiceRight::enrollment_write, ServiceRight::registration_read,
                                 ServiceRight::registration_write};
  for (const auto right : rights) {
    const std::string policy = "only-" + std::to_string(static_cast<unsigned>(right));
    add_policy(tenant_a, policy, static_cast<unsigned>(right));
    const std::string token = service_token(policy);
    for (const auto& call : calls) {
      const int code = outcome(send({.method = call.method, .path = call.path, .body = "{}", .authorization = token}));
      EXPECT_EQ(code != error_code(Errc::permission_denied), right == call.needed)
          << policy << " " << call.method << " " << call.path;
    }
  }
}

}  // namespace
}  // namespace muster::dialect::azure
