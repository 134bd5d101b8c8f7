#include "provisioning/remembering_store.hpp"

#include <functional>

#include "attest/symmetric_key/symmetric_key.hpp"
#include "base/completion.hpp"
#include "provisioning/device_changes.hpp"
#include "provisioning/fixture_test.hpp"
#include "provisioning/hubs.hpp"
#include "provisioning/limited_store.hpp"
#include "provisioning/registration_basis.hpp"

namespace muster::provisioning {
namespace {

/// A node that remembers. The fixture's own store stands for another node's.
class RememberingStoreTest : public ProvisioningTest {
 protected:
  std::shared_ptr<RegistrationBasis> basis() {
    IdScope id_scope = scope_a;
    return run(remembering.registration_basis(std::move(id_scope)));
  }
  std::size_t known_hubs() { return run(basis()->hubs())->size(); }
  std::size_t known_groups() { return run(basis()->groups(AttestationKind::symmetric_key))->size(); }

  /// What the other node commits.
  void change_group(bool enabled, const Secret& key) {
    Draft<EnrollmentGroup> draft;
    draft.wanted = *run(store->find_group(tenant_a, GroupId("line-1")));
    draft.wanted.terms.enabled = enabled;
    draft.keys = {.primary = key, .secondary = key};
    ASSERT_TRUE(run(enrollments.put(std::move(draft), operator_ann)));
  }
  template <class Change>
  void change_tenant(Change change) {
    Tenant tenant = *run(store->find_tenant(tenant_a));
    change(tenant);
    commit(tenant_a, {Put{tenant}});
  }
  /// A device of the group registers at the node that remembers.
  std::string registers(const std::string& id, const Secret& group_key) {
    const Secret key = attest::symmetric_key::derive_device_key(group_key, id);
    return outcome(run(node.register_device(signed_request(id, key))));
  }

  RememberingStore remembering{store::open_store(directory.path() / "muster.db", random), clock};
  Vault node_vault{secret(7), 1, remembering, random};
  Hubs node_hubs{remembering, clock};
  Registrar node{remembering, node_vault, clock, random};
};

TEST_F(RememberingStoreTest, GivesTheSameForASecond) {
  const auto first = basis();
  EXPECT_EQ(first->tenant().id, tenant_a);
  clock.advance(std::chrono::milliseconds(999));
  EXPECT_EQ(basis(), first);
  clock.advance(std::chrono::milliseconds(1));
  EXPECT_NE(basis(), first);
}

TEST_F(RememberingStoreTest, KnowsWhatAnotherNodeWroteASecondLater) {
  EXPECT_EQ(known_hubs(), 1U);
  add_hub("other.example");
  EXPECT_EQ(known_hubs(), 1U);
  EXPECT_FALSE(run(basis()->is_current()));
  clock.advance(RememberingStore::remembered_for);
  EXPECT_EQ(known_hubs(), 2U);
  EXPECT_TRUE(run(basis()->is_current()));
}

TEST_F(RememberingStoreTest, DoesNotBelieveAClockThatWasSetBack) {
  const auto first = basis();
  clock.advance(-std::chrono::hours(1));
  EXPECT_NE(basis(), first);
}

TEST_F(RememberingStoreTest, KnowsAtOnceWhatWasWrittenThroughIt) {
  const auto committed = [this](Change change) {
    Write write{.tenant = tenant_a, .changes = {std::move(change)}, .audit = {}};
    return outcome(run(remembering.commit(std::move(write))));
  };
  EXPECT_EQ(known_hubs(), 1U);
  Hub hub;
  hub.tenant = tenant_a;
  hub.name = HubName("other.example");
  EXPECT_EQ(committed(Put{hub}), "done");
  EXPECT_EQ(known_hubs(), 2U);
  EXPECT_EQ(committed(Remove{*run(store->find_hub(tenant_a, hub.name))}), "done");
  EXPECT_EQ(known_hubs(), 1U);

  EXPECT_EQ(known_groups(), 0U);
  EnrollmentGroup group;
  group.tenant = tenant_a;
  group.id = GroupId("line-1");
  group.terms.attestation = SymmetricKeyAttestation{};
  EXPECT_EQ(committed(Put{group}), "done");
  EXPECT_EQ(known_groups(), 1U);

  EXPECT_TRUE(run(basis()->ca_certificates())->empty());
  CaCertificate certificate;
  certificate.tenant = tenant_a;
  certificate.name = "root";
  EXPECT_EQ(committed(Put{certificate}), "done");
  EXPECT_EQ(run(basis()->ca_certificates())->size(), 1U);

  Tenant tenant = *run(store->find_tenant(tenant_a));
  tenant.enabled = false;
  EXPECT_EQ(committed(Put{tenant}), "done");
  EXPECT_FALSE(basis()->tenant().enabled);

  const auto before = basis();
  Device device;
  device.tenant = tenant_a;
  device.id = Uuid::draw(random);
  device.name = registration_id("pump-1");
  EXPECT_EQ(committed(Put{device}), "done");
  EXPECT_EQ(basis(), before) << "devices are no part of it";

  AuditEvent event{.actor = "a", .action = "b", .subject = "c", .detail = {}, .personal = {}, .at = noon};
  ASSERT_TRUE(run(remembering.remove_tenant(*run(store->find_tenant(tenant_a)), std::move(event))));
  EXPECT_FALSE(basis());
}

TEST_F(RememberingStoreTest, ForgetsAlsoWhereAWriteWasRefused) {
  add_hub("other.example");
  EXPECT_EQ(known_hubs(), 2U);
  remove_hub("other.example");
  Hub stale;
  stale.tenant = tenant_a;
  stale.name = HubName("hub.example");
  Write write{.tenant = tenant_a, .changes = {Put{stale}}, .audit = {}};
  EXPECT_EQ(outcome(run(remembering.commit(std::move(write)))), "revision_conflict");
  EXPECT_EQ(known_hubs(), 1U) << "whoever decides anew must not decide upon the same";
}

/// Gives what it has read only when it is told to.
class SlowStore final : public StoreInFront {
 public:
  using StoreInFront::StoreInFront;
  Task<std::shared_ptr<RegistrationBasis>> registration_basis(IdScope id_scope) override {
    auto read = co_await inner_->registration_basis(std::move(id_scope));
    if (hold) co_await hold->wait();
    co_return read;
  }
  std::optional<base::Completion<base::Done>> hold;
};

TEST_F(RememberingStoreTest, DoesNotRememberWhatWasReadWhileSomebodyWrote) {
  auto made = std::make_unique<SlowStore>(store::open_store(directory.path() / "muster.db", random));
  SlowStore& slow = *made;
  RememberingStore behind(std::move(made), clock);
  const auto ask = [&] {
    IdScope id_scope = scope_a;
    return behind.registration_basis(std::move(id_scope));
  };
  slow.hold.emplace();
  const auto hold = *slow.hold;
  std::optional<std::shared_ptr<RegistrationBasis>> read;
  start(base::store_result(ask(), read));
  context.restart();
  context.poll();
  Tenant tenant = *run(store->find_tenant(tenant_a));
  tenant.enabled = false;
  Write write{.tenant = tenant_a, .changes = {Put{tenant}}, .audit = {}};
  ASSERT_TRUE(run(behind.commit(std::move(write))));
  slow.hold.reset();
  hold.set({});
  run_until([&] { return read.has_value(); });
  EXPECT_TRUE((*read)->tenant().enabled) << "it had been read before";
  EXPECT_FALSE(run(ask())->tenant().enabled);
}

TEST_F(RememberingStoreTest, RefusesNobodyForWhatAnotherNodeHasChanged) {
  EXPECT_EQ(registers("pump-1", secret(1)), "enrollment_not_found");
  enroll_group("line-1", terms_of(SymmetricKeyAttestation{}), {secret(1), secret(1)});
  EXPECT_EQ(registers("pump-1", secret(1)), "done") << "a group that is new";
  EXPECT_EQ(known_groups(), 1U) << "what is known to be old is not given to the next";
  change_group(true, secret(2));
  EXPECT_EQ(registers("pump-1", secret(2)), "done") << "a key that is new";

  clock.advance(RememberingStore::remembered_for);
  change_group(false, secret(2));
  EXPECT_EQ(registers("pump-1", secret(2)), "enrollment_disabled");
  change_group(true, secret(2));
  EXPECT_EQ(registers("pump-1", secret(2)), "done") << "a group that is enabled again";

  clock.advance(RememberingStore::remembered_for);
  change_tenant([](Tenant& tenant) { tenant.enabled = false; });
  EXPECT_EQ(registers("pump-1", secret(2)), "tenant_disabled");
  change_tenant([](Tenant& tenant) { tenant.enabled = true; });
  EXPECT_EQ(registers("pump-1", secret(2)), "done") << "a tenant that is enabled again";
}

TEST_F(RememberingStoreTest, LetsNobodyInByWhatAnotherNodeHasChanged) {
  enroll_group("line-1", terms_of(SymmetricKeyAttestation{}), {secret(1), secret(1)});
  EXPECT_EQ(registers("pump-1", secret(1)), "done");
  change_group(true, secret(2));
  EXPECT_EQ(registers("pump-2", secret(1)), "signature_mismatch") << "a key that is gone";
  change_group(false, secret(2));
  EXPECT_EQ(registers("pump-2", secret(2)), "enrollment_disabled");
}

TEST_F(RememberingStoreTest, PlacesNoDeviceInAHubThatAnotherNodeHasTakenOut) {
  enroll_group("line-1", terms_of(SymmetricKeyAttestation{}), {secret(1), secret(1)});
  EXPECT_EQ(registers("pump-1", secret(1)), "done");
  add_hub("other.example");
  Hub old = *run(store->find_hub(tenant_a, HubName("hub.example")));
  old.in_allocation = false;
  commit(tenant_a, {Put{old}});
  EXPECT_EQ(registers("pump-2", secret(1)), "done");
  EXPECT_EQ(active(device("pump-2").placements)->hub, HubName("other.example"));
}

TEST_F(RememberingStoreTest, GivesRoomAtOnceWhereAnotherNodeHasRaisedALimit) {
  LimitedStore limited(
      std::make_unique<RememberingStore>(store::open_store(directory.path() / "muster.db", random), clock), clock);
  Registrar limited_node(limited, node_vault, clock, random);
  const auto registers_there = [&](const std::string& id) {
    const Secret key = attest::symmetric_key::derive_device_key(secret(1), id);
    return outcome(run(limited_node.register_device(signed_request(id, key))));
  };
  enroll_group("line-1", terms_of(SymmetricKeyAttestation{}), {secret(1), secret(1)});
  change_tenant([](Tenant& tenant) {
    tenant.limits.devices_max = 1;
    tenant.limits.requests_per_minute_and_device = 1;
  });
  EXPECT_EQ(registers_there("pump-1"), "done");
  EXPECT_EQ(registers_there("pump-2"), "quota_exceeded");
  change_tenant([](Tenant& tenant) { tenant.limits.devices_max = 2; });
  EXPECT_EQ(registers_there("pump-4"), "done") << "judged twice, and yet one request";
  EXPECT_EQ(registers_there("pump-3"), "quota_exceeded");
}

TEST_F(RememberingStoreTest, LetsNobodyIntoATenantThatAnotherNodeHasDisabled) {
  enroll_group("line-1", terms_of(SymmetricKeyAttestation{}), {secret(1), secret(1)});
  EXPECT_EQ(registers("pump-1", secret(1)), "done");
  change_tenant([](Tenant& tenant) { tenant.enabled = false; });
  EXPECT_EQ(registers("pump-1", secret(1)), "tenant_disabled");
  change_tenant([](Tenant& tenant) {
    tenant.enabled = true;
    tenant.ip_rules = {{.name = "all", .action = IpAction::reject, .network = "0.0.0.0/0"}};
  });
  EXPECT_EQ(registers("pump-1", secret(1)), "address_not_allowed");
}

TEST_F(RememberingStoreTest, LetsNobodyInByAGroupThatAnotherNodeHasMadeAnew) {
  enroll_group("line-1", terms_of(SymmetricKeyAttestation{}), {secret(1), secret(1)});
  EXPECT_EQ(registers("pump-1", secret(1)), "done");
  ASSERT_TRUE(run(enrollments.remove(tenant_a, GroupId("line-1"), {}, operator_ann)));
  clock.advance(std::chrono::microseconds(1));
  enroll_group("line-1", terms_of(SymmetricKeyAttestation{}), {secret(2), secret(2)});
  EXPECT_EQ(registers("pump-2", secret(1)), "signature_mismatch");
}

TEST_F(RememberingStoreTest, LeavesNoDeviceInAHubThatAnotherNodeHasUnlinked) {
  auto terms = terms_of(SymmetricKeyAttestation{});
  terms.reprovision.update_hub_assignment = false;
  enroll_group("line-1", std::move(terms), {secret(1), secret(1)});
  EXPECT_EQ(registers("pump-1", secret(1)), "done");
  EXPECT_EQ(active(device("pump-1").placements)->hub, HubName("hub.example"));
  add_hub("other.example");
  remove_hub("hub.example");
  EXPECT_EQ(registers("pump-1", secret(1)), "done");
  EXPECT_EQ(active(device("pump-1").placements)->hub, HubName("other.example"));
}

TEST_F(RememberingStoreTest, KeepsNothingOfATenantThatAnotherNodeHasRemoved) {
  enroll_group("line-1", terms_of(SymmetricKeyAttestation{}), {secret(1), secret(1)});
  EXPECT_EQ(registers("pump-1", secret(1)), "done");
  AuditEvent event{.actor = "a", .action = "b", .subject = "c", .detail = {}, .personal = {}, .at = noon};
  ASSERT_TRUE(run(store->remove_tenant(*run(store->find_tenant(tenant_a)), std::move(event))));
  EXPECT_EQ(registers("pump-1", secret(1)), "unknown_id_scope");
  EXPECT_EQ(registers("pump-2", secret(9)), "unknown_id_scope");
  EXPECT_TRUE(run(store->list_refusals(tenant_a, "pump-1")).empty());
  EXPECT_TRUE(run(store->list_refusals(tenant_a, "pump-2")).empty());
  EXPECT_FALSE(run(store->find_device(tenant_a, std::string("pump-1"))));
}

TEST_F(RememberingStoreTest, LetsNobodyAskMoreOftenWhereAnotherNodeHasChangedSomething) {
  enroll_group("line-1", terms_of(SymmetricKeyAttestation{}), {secret(1), secret(1)});
  change_tenant([](Tenant& tenant) { tenant.limits.requests_per_minute_and_device = 1; });
  EXPECT_EQ(registers("pump-1", secret(1)), "done");
  EXPECT_EQ(registers("pump-1", secret(1)), "rate_limited");
  add_hub("other.example");
  EXPECT_EQ(registers("pump-1", secret(1)), "rate_limited") << "judged again, and not let through for it";
}

/// A node beside another one that changes something before each of its writes.
class RestlessStore final : public StoreInFront {
 public:
  using StoreInFront::StoreInFront;
  Task<Status> commit(Write write) override {
    ++commits;
    if (before_commit) co_await before_commit(commits);
    co_return co_await inner_->commit(std::move(write));
  }
  int commits = 0;
  std::function<Task<void>(int)> before_commit;
};

class RestlessTenant : public RememberingStoreTest {
 protected:
  RestlessTenant() {
    enroll_group("line-1", terms_of(SymmetricKeyAttestation{}), {secret(1), secret(1)});
    restless.before_commit = [this](int number) -> Task<void> {
      // Twice something that decides nothing, so that from the third on the rows themselves are kept.
      Hub hub;
      hub.tenant = tenant_a;
      hub.name = HubName("hub-" + std::to_string(number) + ".example");
      hub.in_allocation = false;
      Write write{.tenant = tenant_a, .changes = {}, .audit = {}};
      if (number < 3) write.changes.emplace_back(Put{hub});
      if (number == 3) write.changes = std::move(third);
      const auto committed = co_await store->commit(std::move(write));
      if (!committed) throw std::runtime_error("the other node could not write");
    };
  }
  std::string registers_there() {
    const Secret key = attest::symmetric_key::derive_device_key(secret(1), "pump-1");
    return outcome(run(restless_node.register_device(signed_request("pump-1", key))));
  }

  std::vector<Change> third;  ///< what the other node writes before the third commit
  RestlessStore restless{
      std::make_unique<RememberingStore>(store::open_store(directory.path() / "muster.db", random), clock)};
  Registrar restless_node{restless, node_vault, clock, random};
};

TEST_F(RestlessTenant, LetsDevicesInWhileSomethingElseIsChanged) {
  EXPECT_EQ(registers_there(), "done");
  EXPECT_EQ(restless.commits, 3);
}

TEST_F(RestlessTenant, LetsNobodyInByAGroupThatIsDisabledAtTheLastMoment) {
  EnrollmentGroup group = *run(store->find_group(tenant_a, GroupId("line-1")));
  group.terms.enabled = false;
  third = {Put{group}};
  EXPECT_EQ(registers_there(), "enrollment_disabled");
}

TEST_F(RestlessTenant, LetsNobodyIntoATenantThatIsDisabledAtTheLastMoment) {
  Tenant tenant = *run(store->find_tenant(tenant_a));
  tenant.enabled = false;
  third = {Put{tenant}};
  EXPECT_EQ(registers_there(), "tenant_disabled");
}

TEST_F(RestlessTenant, PlacesNobodyInAHubThatIsUnlinkedAtTheLastMoment) {
  add_hub("other.example");
  const Hub other = *run(store->find_hub(tenant_a, HubName("other.example")));
  const Hub first = *run(store->find_hub(tenant_a, HubName("hub.example")));
  third = {Remove{other}, Remove{first}};
  EXPECT_EQ(registers_there(), "no_hub_available");
}

TEST_F(RestlessTenant, LeavesNobodyInAHubThatIsUnlinkedAtTheLastMoment) {
  auto terms = terms_of(SymmetricKeyAttestation{});
  terms.reprovision.update_hub_assignment = false;
  enroll_group("line-1", std::move(terms), {secret(1), secret(1)});
  EXPECT_EQ(registers("pump-1", secret(1)), "done");
  add_hub("other.example");
  third = {Remove{*run(store->find_hub(tenant_a, HubName("hub.example")))}};
  EXPECT_EQ(registers_there(), "done");
  EXPECT_EQ(active(device("pump-1").placements)->hub, HubName("other.example"));
}

}  // namespace
}  // namespace muster::provisioning
