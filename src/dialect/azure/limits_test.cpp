// What clients see of a tenant's rates and of its IP filter.
#include "dialect/azure/fixture_test.hpp"

namespace muster::dialect::azure {
namespace {

class Limits : public AzureApiTest {
 protected:
  Limits() {
    const std::string key_text = base::to_base64(key.reveal());
    for (int i = 0; i < 20; ++i) {
      const std::string id = "device-" + std::to_string(i);
      const auto put = manage({"PUT", "/enrollments/" + id,
                               R"({"attestation":{"type":"symmetricKey","symmetricKey":{"primaryKey":")" + key_text +
                                   R"(","secondaryKey":")" + key_text + R"("}}})"});
      if (put.status != 200) throw std::runtime_error(put.body);
    }
  }

  void change(const std::function<void(provisioning::Tenant&)>& apply) {
    auto tenant = *base::run_task(store->find_tenant(tenant_a));
    apply(tenant);
    provisioning::Write write{.tenant = tenant_a, .changes = {}, .audit = {}};
    write.changes.emplace_back(provisioning::Put{tenant});
    if (!base::run_task(store->commit(std::move(write)))) throw std::runtime_error("tenant");
  }
  net::HttpResponse register_device(const std::string& id, const std::string& body = "{}") {
    return send(
        {"PUT", std::string("/") + scope_a + "/registrations/" + id + "/register", body, device_token(id, key)});
  }
  net::HttpResponse poll(const std::string& id, const std::string& operation) {
    return send({"GET", std::string("/") + scope_a + "/registrations/" + id + "/operations/" + operation, "{}",
                 device_token(id, key)});
  }

  const base::Secret key{base::Bytes(32, 5)};
};

TEST_F(Limits, PutOffAnExcessRegistrationWith202UntilItsTurn) {
  change([](provisioning::Tenant& tenant) { tenant.limits.registrations_per_minute = 6; });
  EXPECT_EQ(object(register_device("device-0")).at("status").as_string(), "assigned");
  const auto put_off = register_device("device-1", R"({"registrationId":"device-1","payload":{"a":1}})");
  EXPECT_EQ(put_off.status, 202);
  EXPECT_EQ(object(put_off).at("status").as_string(), "assigning");
  EXPECT_FALSE(object(put_off).contains("registrationState"));
  EXPECT_EQ(header(put_off, "Retry-After"), "4");
  EXPECT_EQ(header(register_device("device-2"), "Retry-After"), "14");
  const std::string operation(object(put_off).at("operationId").as_string());

  clock.advance(std::chrono::seconds(1));
  const auto early = poll("device-1", operation);
  EXPECT_EQ(early.status, 202);
  EXPECT_EQ(object(early).at("status").as_string(), "assigning");
  EXPECT_EQ(object(early).at("registrationState").at("registrationId").as_string(), "device-1");
  EXPECT_EQ(header(early, "Retry-After"), "3");

  clock.advance(std::chrono::seconds(3));
  const auto done = poll("device-1", operation);
  EXPECT_EQ(done.status, 200);
  EXPECT_EQ(object(done).at("operationId").as_string(), operation);
  EXPECT_EQ(object(done).at("status").as_string(), "assigned");
  EXPECT_EQ(object(done).at("registrationState").at("assignedHub").as_string(), "hub.example");
  EXPECT_EQ(header(done, "Retry-After"), "");
}

TEST_F(Limits, LetNoDeviceWaitLongerThanTwoMinutesForAnAnswer) {
  change([](provisioning::Tenant& tenant) { tenant.limits.registrations_per_minute = 1; });
  register_device("device-0");
  EXPECT_EQ(header(register_device("device-1"), "Retry-After"), "54");
  EXPECT_EQ(header(register_device("device-2"), "Retry-After"), "114");
  EXPECT_EQ(header(register_device("device-3"), "Retry-After"), "120");
}

TEST_F(Limits, RefuseWith429OnlyWhatTheScheduleHasNoRoomFor) {
  change([](provisioning::Tenant& tenant) { tenant.limits.registrations_per_minute = 1; });
  for (int i = 0; i < 16; ++i) EXPECT_EQ(register_device("device-" + std::to_string(i)).status, 202) << i;
  const auto refused = register_device("device-16");
  EXPECT_EQ(outcome(refused), 429001);
  EXPECT_EQ(header(refused, "Retry-After"), "20");
}

TEST_F(Limits, RefuseWith429ADeviceThatAsksTooOften) {
  change([](provisioning::Tenant& tenant) { tenant.limits.requests_per_minute_and_device = 1; });
  EXPECT_EQ(register_device("device-0").status, 202);
  const auto refused = register_device("device-0");
  EXPECT_EQ(outcome(refused), 429001);
  EXPECT_EQ(header(refused, "Retry-After"), "20");
}

TEST_F(Limits, RefuseServiceCallsWith429) {
  change([](provisioning::Tenant& tenant) { tenant.limits.service_calls_per_minute = 6; });
  clock.advance(std::chrono::minutes(1));
  EXPECT_EQ(manage({"GET", "/enrollments/device-0"}).status, 200);
  EXPECT_EQ(manage({"GET", "/enrollments/device-0"}).status, 200);
  const auto refused = manage({"GET", "/enrollments/device-0"});
  EXPECT_EQ(outcome(refused), 429001);
  EXPECT_EQ(header(refused, "Retry-After"), "20");
  EXPECT_EQ(outcome(send({"GET", "/enrollments/device-0"})), 401000) << "who shows no token is not counted";
  clock.advance(std::chrono::seconds(20));
  EXPECT_EQ(manage({"GET", "/enrollments/device-0"}).status, 200);
}

TEST_F(Limits, LetServiceClientsAndDevicesInByTheirOwnRules) {
  change([](provisioning::Tenant& tenant) {
    tenant.ip_rules = {{.name = "here",
                        .action = provisioning::IpAction::reject,
                        .network = "192.0.2.0/24",
                        .target = provisioning::IpTarget::service_api}};
  });
  EXPECT_EQ(outcome(manage({"GET", "/enrollments/device-0"})), 401005);
  EXPECT_EQ(register_device("device-0").status, 202);
  change([](provisioning::Tenant& tenant) { tenant.ip_rules[0].target = provisioning::IpTarget::device_api; });
  EXPECT_EQ(manage({"GET", "/enrollments/device-0"}).status, 200);
  EXPECT_EQ(outcome(register_device("device-0")), 401005);
  EXPECT_NE(log.text.find("reason=the IP rule here rejects 192.0.2.7"), std::string::npos);
}

}  // namespace
}  // namespace muster::dialect::azure
