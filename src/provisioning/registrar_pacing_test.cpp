// Registrations that are put off, and devices and addresses that a tenant does not let through.
#include <map>
#include <queue>

#include "attest/symmetric_key/symmetric_key.hpp"
#include "provisioning/fixture_test.hpp"

namespace muster::provisioning {
namespace {

class RegistrarPacing : public ProvisioningTest {
 protected:
  void limit(TenantLimits limits) {
    Tenant tenant = *run(store->find_tenant(tenant_a));
    tenant.limits = limits;
    commit(tenant_a, {Put{tenant}});
  }
  void filter(std::vector<IpRule> rules) {
    Tenant tenant = *run(store->find_tenant(tenant_a));
    tenant.ip_rules = std::move(rules);
    commit(tenant_a, {Put{tenant}});
  }
  static std::string name_of(int number) { return "device-" + std::to_string(number); }
  void enroll_group_of_devices() {
    enroll_group("line-1", terms_of(SymmetricKeyAttestation{}), {.primary = group_key, .secondary = group_key});
  }
  RegistrationRequest request_of(const std::string& id) {
    return signed_request(id, attest::symmetric_key::derive_device_key(group_key, id));
  }
  DeferredOperation must_be_put_off(RegistrationRequest request) {
    auto answer = send(std::move(request));
    if (!answer) throw std::runtime_error(base::to_string(answer.error()));
    return std::get<DeferredOperation>(*std::move(answer));
  }
  Result<RegistrationOutcome> poll(const std::string& id, const DeferredOperation& operation) {
    return run(registrar.continue_deferred(request_of(id), operation.operation_id));
  }
  /// Uses up what the tenant may register at once.
  void use_up(int number) {
    for (int i = 0; i < number; ++i) must_register(request_of("early-" + std::to_string(i)));
  }

  const Secret group_key = secret(9);
};

TEST_F(RegistrarPacing, PutsAnExcessRegistrationOffAndDoesItInItsTurn) {
  enroll_group_of_devices();
  limit({.registrations_per_minute = 60});
  use_up(7);
  RegistrationRequest request = request_of("late");
  request.payload = R"({"a":1})";
  const DeferredOperation operation = must_be_put_off(std::move(request));
  EXPECT_EQ(operation.turn, noon + std::chrono::seconds(1));
  EXPECT_FALSE(run(store->find_device(tenant_a, std::string("late"))));

  const auto early = poll("late", operation);
  ASSERT_TRUE(early);
  EXPECT_EQ(std::get<DeferredOperation>(*early).turn, operation.turn);
  EXPECT_FALSE(run(store->find_device(tenant_a, std::string("late"))));

  clock.advance(std::chrono::seconds(1));
  const auto done = poll("late", operation);
  ASSERT_TRUE(done) << done.error().detail();
  const auto& registered = std::get<RegisteredDevice>(*done);
  EXPECT_EQ(registered.registration.status, RegistrationStatus::assigned);
  EXPECT_EQ(registered.registration.operation_id, operation.operation_id);
  EXPECT_EQ(registered.registration.payload, R"({"a":1})") << "what it sent with the register is not lost";
  EXPECT_FALSE(run(store->find_deferred(tenant_a, std::string("late")))) << "it is cleared away";
}

TEST_F(RegistrarPacing, GivesTheSameRegistrationToWhoeverAsksAgain) {
  enroll_group_of_devices();
  limit({.registrations_per_minute = 60});
  use_up(7);
  const DeferredOperation operation = must_be_put_off(request_of("late"));
  clock.advance(std::chrono::seconds(1));
  ASSERT_TRUE(poll("late", operation));
  const Revision revision = device("late").registration->revision;
  clock.advance(std::chrono::hours(24));
  ASSERT_TRUE(poll("late", operation)) << "the operation of the registration stays";
  EXPECT_EQ(device("late").registration->revision, revision);
}

TEST_F(RegistrarPacing, LetsAnyNodeGoOn) {
  enroll_group_of_devices();
  limit({.registrations_per_minute = 60});
  use_up(7);
  RegistrationRequest request = request_of("late");
  request.payload = R"({"a":1})";
  const DeferredOperation operation = must_be_put_off(std::move(request));
  clock.advance(std::chrono::seconds(1));
  Vault other_vault(secret(7), 1, *store, random);
  Registrar other(*store, other_vault, clock, random);
  const auto done = run(other.continue_deferred(request_of("late"), operation.operation_id));
  ASSERT_TRUE(done);
  EXPECT_EQ(std::get<RegisteredDevice>(*done).registration.payload, R"({"a":1})");
}

TEST_F(RegistrarPacing, ChecksTheEvidenceOnceMoreWhenTheTurnHasCome) {
  enroll_group_of_devices();
  limit({.registrations_per_minute = 60});
  use_up(7);
  const DeferredOperation operation = must_be_put_off(request_of("late"));
  clock.advance(std::chrono::seconds(1));
  RegistrationRequest stranger = signed_request("late", secret(4));
  EXPECT_EQ(outcome(run(registrar.continue_deferred(std::move(stranger), operation.operation_id))),
            "signature_mismatch");
  RegistrationRequest silent = request("late");
  EXPECT_EQ(outcome(run(registrar.continue_deferred(std::move(silent), operation.operation_id))),
            "enrollment_not_found");
  EXPECT_EQ(outcome(poll("other", operation)), "operation_not_found") << "it is another device's";
  EXPECT_FALSE(run(store->find_device(tenant_a, std::string("late"))));
  EXPECT_EQ(outcome(poll("late", operation)), "done");
}

TEST_F(RegistrarPacing, CountsNobodyWhoHasNotProvedWhoItIs) {
  enroll_group_of_devices();
  limit({.registrations_per_minute = 60, .requests_per_minute_and_device = 2});
  for (int i = 0; i < 100; ++i) EXPECT_EQ(outcome(send(signed_request("device-1", secret(4)))), "signature_mismatch");
  EXPECT_EQ(outcome(send(request_of("device-1"))), "done") << "strangers use up neither its rate nor the tenant's";
}

TEST_F(RegistrarPacing, RefusesADeviceThatAsksTooOften) {
  enroll_group_of_devices();
  limit({.requests_per_minute_and_device = 3});
  must_register(request_of("device-1"));
  EXPECT_EQ(outcome(run(registrar.look_up(request_of("device-1")))), "done");
  const std::string operation = device("device-1").registration->operation_id;
  EXPECT_EQ(outcome(run(registrar.operation_status(request_of("device-1"), operation))), "done");
  EXPECT_EQ(outcome(send(request_of("device-1"))), "rate_limited");
  EXPECT_EQ(outcome(run(registrar.look_up(request_of("device-1")))), "rate_limited");
  EXPECT_EQ(outcome(send(request_of("device-2"))), "done");
  clock.advance(std::chrono::seconds(20));
  EXPECT_EQ(outcome(send(request_of("device-1"))), "done");
}

TEST_F(RegistrarPacing, RefusesADeviceThatPollsTooOftenWhileItWaits) {
  enroll_group_of_devices();
  limit({.registrations_per_minute = 1, .requests_per_minute_and_device = 3});
  use_up(1);
  const DeferredOperation operation = must_be_put_off(request_of("late"));
  EXPECT_EQ(outcome(poll("late", operation)), "done");
  EXPECT_EQ(outcome(poll("late", operation)), "done");
  EXPECT_EQ(outcome(poll("late", operation)), "rate_limited");
  clock.advance(std::chrono::seconds(54));
  EXPECT_EQ(outcome(poll("late", operation)), "done") << "its turn is not lost";
  EXPECT_TRUE(device("late").registration);
}

// Each comes when it was told to. So many that the store is asked singly take too long here; what holds for the turns
// of 50,000 is PacingTest's.
TEST_F(RegistrarPacing, DrainsAllThatComeAtOnceInOrderAndAtTheRateWithoutRefusingOne) {
  constexpr int devices = 600;
  enroll_group_of_devices();
  limit({.registrations_per_minute = 600});
  struct Waiting {
    std::int64_t comes_at;  // seconds after noon, as Retry-After has it
    int number;
    DeferredOperation operation;
    bool operator>(const Waiting& other) const {
      return std::pair(comes_at, number) > std::pair(other.comes_at, other.number);
    }
  };
  std::priority_queue<Waiting, std::vector<Waiting>, std::greater<>> waiting;
  std::map<std::int64_t, int> registered_in_second;
  for (int i = 0; i < devices; ++i) {
    auto answer = send(request_of(name_of(i)));
    ASSERT_TRUE(answer) << i;
    if (std::holds_alternative<RegisteredDevice>(*answer)) {
      ++registered_in_second[0];
      continue;
    }
    auto& operation = std::get<DeferredOperation>(*answer);
    const auto wait = std::chrono::ceil<std::chrono::seconds>(operation.turn - noon).count();
    ASSERT_TRUE(waiting.empty() || wait >= waiting.top().comes_at);
    waiting.push({wait, i, std::move(operation)});
  }
  std::int64_t now = 0;
  int last = -1;
  while (!waiting.empty()) {
    const Waiting next = waiting.top();
    waiting.pop();
    clock.advance(std::chrono::seconds(next.comes_at - now));
    now = next.comes_at;
    const auto answer = poll(name_of(next.number), next.operation);
    ASSERT_TRUE(answer) << next.number;
    ASSERT_TRUE(std::holds_alternative<RegisteredDevice>(*answer)) << next.number;
    EXPECT_GT(next.number, last);
    last = next.number;
    ++registered_in_second[now];
  }
  EXPECT_EQ(run(store->count(tenant_a, Countable::devices)), devices);
  EXPECT_EQ(registered_in_second[0], 61);
  for (const auto& [second, number] : registered_in_second)
    if (second > 0) {
      EXPECT_LE(number, 10) << second;
    }
}

TEST_F(RegistrarPacing, LetsInFromWhereTheTenantsFilterSays) {
  enroll_group_of_devices();
  filter({{.name = "plant", .action = IpAction::accept, .network = "198.51.100.0/24", .target = IpTarget::device_api},
          {.name = "others", .action = IpAction::reject, .network = "0.0.0.0/0", .target = IpTarget::all}});
  EXPECT_EQ(outcome(send(request_of("device-1"))), "done");
  for (const char* address : {"203.0.113.9", "::ffff:203.0.113.9"}) {
    const auto from = [&](RegistrationRequest request) {
      request.address = address;
      return request;
    };
    EXPECT_EQ(outcome(send(from(request_of("device-1")))), "address_not_allowed");
    EXPECT_EQ(outcome(run(registrar.authenticate(from(request_of("device-1"))))), "address_not_allowed");
    EXPECT_EQ(outcome(run(registrar.look_up(from(request_of("device-1"))))), "address_not_allowed");
    EXPECT_EQ(outcome(run(registrar.operation_status(from(request_of("device-1")), "5.a"))), "address_not_allowed");
    EXPECT_EQ(outcome(run(registrar.continue_deferred(from(request_of("device-1")), "4.a"))), "address_not_allowed");
  }
}

}  // namespace
}  // namespace muster::provisioning
