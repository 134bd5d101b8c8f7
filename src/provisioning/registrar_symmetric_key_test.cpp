// Registrations by symmetric key, and what every registration has in common.
#include <boost/asio/co_spawn.hpp>

#include "attest/symmetric_key/symmetric_key.hpp"
#include "provisioning/device_changes.hpp"
#include "provisioning/fixture_test.hpp"

namespace muster::provisioning {
namespace {

constexpr ReprovisionPolicy never{.update_hub_assignment = false, .migrate_device_data = false};
constexpr ReprovisionPolicy migrate{.update_hub_assignment = true, .migrate_device_data = true};
constexpr ReprovisionPolicy reset{.update_hub_assignment = true, .migrate_device_data = false};

class SymmetricKeyTest : public ProvisioningTest {
 protected:
  static SymmetricKeys keys() { return {.primary = secret(1), .secondary = secret(2)}; }

  Enrollment enroll_pump(EnrollmentTerms terms = {}) { return enroll("pump-1", std::move(terms), keys()); }
  EnrollmentGroup enroll_line(const std::string& id, std::uint8_t primary, bool enabled = true) {
    EnrollmentTerms terms;
    terms.enabled = enabled;
    return enroll_group(id, std::move(terms), {.primary = secret(primary), .secondary = secret(primary + 1U)});
  }
  static EnrollmentTerms at_hub(const std::string& hub, ReprovisionPolicy policy) {
    EnrollmentTerms terms;
    terms.hubs = {HubName(hub)};
    terms.reprovision = policy;
    return terms;
  }
  RegistrationRequest pump() const { return signed_request("pump-1", secret(1)); }
  RegistrationRequest member(std::string_view id, std::uint8_t group_key) const {
    return signed_request(id, attest::symmetric_key::derive_device_key(secret(group_key), id));
  }
};

/// Finds every device at one place. The first time that it is asked, a hub begins to drain, as by another node.
class DrainingLocator final : public Locator {
 public:
  DrainingLocator(store::SqlStore& store, boost::asio::io_context& context, Hub hub)
      : store_(store), context_(context), hub_(std::move(hub)) {}

  std::optional<Place> locate(const std::string& /*address*/) const override {
    if (!has_drained_) {
      has_drained_ = true;
      boost::asio::co_spawn(context_, drain(), [](const std::exception_ptr& fault) {
        if (fault) std::rethrow_exception(fault);
      });
      context_.run();
    }
    return Place{.latitude = 0, .longitude = 0};
  }

 private:
  Task<void> drain() const {
    Hub drained = hub_;
    drained.accepts_devices = false;
    Write write{.tenant = hub_.tenant, .changes = {Put{std::move(drained)}}, .audit = {}};
    if (!co_await store_.commit(std::move(write))) throw std::runtime_error("the hub was not changed");
  }

  store::SqlStore& store_;
  boost::asio::io_context& context_;
  Hub hub_;
  mutable bool has_drained_ = false;
};

TEST_F(SymmetricKeyTest, PlacesNoDeviceAtAHubThatBeginsToDrainMeanwhile) {
  Hub near = *run(store->find_hub(tenant_a, HubName("hub.example")));
  near.latitude_microdegrees = near.longitude_microdegrees = 0;
  Hub far = near;
  far.name = HubName("far.example");
  far.latitude_microdegrees = far.longitude_microdegrees = 10'000'000;
  far.revision = 0;
  commit(tenant_a, {Put{near}, Put{far}});
  EnrollmentTerms terms;
  terms.allocation_policy = AllocationPolicy::geo_latency;
  enroll_pump(std::move(terms));

  boost::asio::io_context other_context{1};
  const auto other_node = store::open_store(directory.path() / "muster.db", random);
  const DrainingLocator locator(*other_node, other_context, *run(store->find_hub(tenant_a, near.name)));
  Registrar with_locator(*store, vault, clock, random, {.locator = &locator});
  const auto outcome = run(with_locator.register_device(pump()));
  ASSERT_TRUE(outcome);
  EXPECT_EQ(std::get<RegisteredDevice>(*outcome).registration.hub, far.name);
}

TEST_F(SymmetricKeyTest, RegistersWithEitherKeyOfTheEnrollment) {
  enroll_pump();
  for (const std::uint8_t key : {std::uint8_t{1}, std::uint8_t{2}}) {
    const auto registered = must_register(signed_request("pump-1", secret(key)));
    EXPECT_EQ(registered.registration.status, RegistrationStatus::assigned);
    EXPECT_EQ(registered.registration.hub, HubName("hub.example"));
    EXPECT_EQ(registered.registration.attestation, AttestationKind::symmetric_key);
    EXPECT_EQ(registered.device.hub_device_id, "pump-1");
    EXPECT_FALSE(registered.activation_blob);
  }
  EXPECT_EQ(outcome(send(signed_request("pump-1", secret(3)))), "signature_mismatch");
}

TEST_F(SymmetricKeyTest, StoresAllThatADeviceHas) {
  enroll_pump();
  auto sent = pump();
  sent.payload = R"({"line":3})";
  must_register(std::move(sent));

  const DeviceRecord stored = device("PUMP-1");
  EXPECT_EQ(stored.device.enrollment, (EnrollmentReference{.is_group = false, .id = "pump-1"}));
  ASSERT_EQ(stored.credentials.size(), 1U);
  EXPECT_EQ(stored.credentials[0].kind, CredentialKind::enrollment_key);
  EXPECT_TRUE(stored.credentials[0].secret.empty());
  ASSERT_EQ(stored.placements.size(), 1U);
  EXPECT_EQ(stored.placements[0].hub, HubName("hub.example"));
  ASSERT_EQ(stored.ownerships.size(), 1U);
  EXPECT_EQ(stored.ownerships[0].owner, "Plant");
  EXPECT_TRUE(stored.identities.empty());
  EXPECT_EQ(stored.registration->payload, R"({"line":3})");
}

TEST_F(SymmetricKeyTest, KeepsThePayloadOfADeviceThatSendsNone) {
  enroll_pump();
  auto with_payload = pump();
  with_payload.payload = "1";
  must_register(std::move(with_payload));
  must_register(pump());
  EXPECT_EQ(device("pump-1").registration->payload, "1");
}

TEST_F(SymmetricKeyTest, NamesTheDeviceInItsHubAsTheEnrollmentSays) {
  Draft<Enrollment> draft;
  draft.wanted.tenant = tenant_a;
  draft.wanted.registration_id = registration_id("pump-1");
  draft.wanted.device_id = "Pumpe-Halle-3";
  draft.keys = keys();
  ASSERT_TRUE(run(enrollments.put(std::move(draft), operator_ann)));
  EXPECT_EQ(must_register(pump()).device.hub_device_id, "Pumpe-Halle-3");
}

TEST_F(SymmetricKeyTest, ReportsWithTheRegistrationWhoRegisteredAndFromWhere) {
  enroll_pump();
  must_register(pump());
  const auto events = audited("device.registered");
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].actor, "device:pump-1");
  EXPECT_EQ(events[0].outcome, "done");
  EXPECT_EQ(events[0].personal, "198.51.100.9");
  EXPECT_EQ(events[0].at, noon);
  EXPECT_EQ(events[0].detail.find("198.51.100.9"), std::string::npos);
}

TEST_F(SymmetricKeyTest, RefusesWhatIsWrongWithTheToken) {
  enroll_pump();
  EXPECT_EQ(outcome(send(request("pump-1"))), "credentials_missing");

  auto for_another = request("pump-1");
  for_another.evidence.token = token(scope_a.str() + "/registrations/pump-2", secret(1));
  EXPECT_EQ(outcome(send(std::move(for_another))), "token_for_another_resource");

  auto expired = pump();
  clock.advance(std::chrono::minutes(30));
  EXPECT_EQ(outcome(send(std::move(expired))), "token_expired");

  auto with_certificate = request("pump-1");
  with_certificate.evidence.certificates = {Bytes{0x30}};
  EXPECT_EQ(outcome(send(std::move(with_certificate))), "attestation_kind_mismatch");
}

TEST_F(SymmetricKeyTest, RefusesAnUnknownScopeAndADisabledTenant) {
  enroll_pump();
  auto lost = pump();
  lost.id_scope = IdScope("0ne0000000B");
  EXPECT_EQ(outcome(send(std::move(lost))), "unknown_id_scope");

  auto tenant = *run(store->find_tenant(tenant_a));
  tenant.enabled = false;
  commit(tenant_a, {Put{tenant}});
  EXPECT_EQ(outcome(send(pump())), "tenant_disabled");
}

TEST_F(SymmetricKeyTest, DoesNotLetADeviceIntoAnotherTenant) {
  enroll_pump();
  const IdScope scope_b("0ne0000000B");
  add_tenant(TenantId("tenant-b"), scope_b);
  auto visitor = request("pump-1");
  visitor.id_scope = scope_b;
  visitor.evidence.token = token(scope_b.str() + "/registrations/pump-1", secret(1));
  EXPECT_EQ(outcome(send(std::move(visitor))), "enrollment_not_found");
}

TEST_F(SymmetricKeyTest, TellsOnlyTheRightfulDeviceThatItsEnrollmentIsDisabled) {
  EnrollmentTerms terms;
  terms.enabled = false;
  enroll_pump(std::move(terms));
  EXPECT_EQ(outcome(send(pump())), "enrollment_disabled");
  EXPECT_EQ(outcome(send(signed_request("pump-1", secret(3)))), "signature_mismatch");
  EXPECT_FALSE(run(store->find_device(tenant_a, "pump-1")));
}

TEST_F(SymmetricKeyTest, RegistersMembersOfAGroupWithDerivedKeys) {
  enroll_line("line-1", 10);
  enroll_line("line-2", 20);
  EXPECT_EQ(must_register(member("valve-1", 20)).device.enrollment.id, "line-2");
  EXPECT_EQ(must_register(member("valve-2", 11)).device.enrollment.id, "line-1");
  // The secondary key's turn, and a device that derived from the lower-case form of its id.
  auto folded = signed_request("Valve-3", attest::symmetric_key::derive_device_key(secret(10), "valve-3"));
  EXPECT_EQ(must_register(std::move(folded)).device.name.str(), "Valve-3");

  EXPECT_EQ(outcome(send(member("valve-4", 30))), "signature_mismatch");
  EXPECT_EQ(outcome(send(signed_request("valve-5", secret(10)))), "signature_mismatch");
  EXPECT_EQ(outcome(send(signed_request("valve-2", attest::symmetric_key::derive_device_key(secret(10), "valve-1")))),
            "signature_mismatch");
}

TEST_F(SymmetricKeyTest, DoesNotLetADisabledGroupsMembersIn) {
  enroll_line("line-1", 10, false);
  EXPECT_EQ(outcome(send(member("valve-1", 10))), "enrollment_disabled");
  // The same keys in a group that is enabled: that one lets it in.
  enroll_line("line-2", 10);
  EXPECT_EQ(must_register(member("valve-1", 10)).device.enrollment.id, "line-2");
}

TEST_F(SymmetricKeyTest, LetsAnIndividualEnrollmentDecideBeforeAGroup) {
  enroll_line("line-1", 10);
  enroll_pump();
  EXPECT_EQ(outcome(send(member("pump-1", 10))), "signature_mismatch");
  EXPECT_FALSE(must_register(pump()).device.enrollment.is_group);
}

TEST_F(SymmetricKeyTest, RefusesADeviceThatNothingEnrolls) {
  EXPECT_EQ(outcome(send(pump())), "enrollment_not_found");
  EXPECT_EQ(outcome(send(request("pump-1"))), "enrollment_not_found");
}

TEST_F(SymmetricKeyTest, SaysWhenAllocationHasNoHub) {
  enroll_pump(at_hub("gone.example", migrate));
  EXPECT_EQ(outcome(send(pump())), "hub_not_linked");
  EXPECT_FALSE(run(store->find_device(tenant_a, "pump-1")));
}

// Registering again.

TEST_F(SymmetricKeyTest, TellsHowTheNewHubRelatesToTheOld) {
  struct Case {
    ReprovisionPolicy policy;
    const char* hub;
    RegistrationSubstatus told;
  };
  const Case cases[] = {
      {migrate, "b.example", RegistrationSubstatus::device_data_migrated},
      {reset, "b.example", RegistrationSubstatus::device_data_reset},
      {never, "a.example", RegistrationSubstatus::reprovisioned_to_initial_assignment},
  };
  add_hub("a.example");
  add_hub("b.example");
  int number = 0;
  for (const auto& [policy, hub, told] : cases) {
    const std::string id = "pump-" + std::to_string(++number);
    enroll(id, at_hub("a.example", policy), keys());
    const auto first = must_register(signed_request(id, secret(1)));
    EXPECT_EQ(first.registration.substatus, RegistrationSubstatus::initial_assignment);
    EXPECT_EQ(must_register(signed_request(id, secret(1))).registration.substatus,
              RegistrationSubstatus::reprovisioned_to_initial_assignment);

    enroll(id, at_hub("b.example", policy), keys());
    const auto second = must_register(signed_request(id, secret(1)));
    EXPECT_EQ(second.registration.hub, HubName(hub)) << id;
    EXPECT_EQ(second.registration.substatus, told) << id;
    EXPECT_EQ(second.device.id, first.device.id);
    EXPECT_EQ(second.registration.operation_id, first.registration.operation_id);
  }
}

TEST_F(SymmetricKeyTest, MovesADeviceWhoseHubIsUnlinkedWhateverThePolicy) {
  add_hub("a.example");
  enroll_pump(at_hub("a.example", never));
  must_register(pump());
  remove_hub("a.example");
  EXPECT_EQ(outcome(send(pump())), "hub_not_linked");
  enroll_pump(at_hub("hub.example", never));
  EXPECT_EQ(must_register(pump()).registration.hub, HubName("hub.example"));
}

TEST_F(SymmetricKeyTest, LeavesADeviceInAHubThatTakesNoNewOnes) {
  enroll_pump();
  enroll("pump-2", {}, keys());
  must_register(pump());
  auto hub = *run(store->find_hub(tenant_a, HubName("hub.example")));
  hub.accepts_devices = false;
  commit(tenant_a, {Put{hub}});
  EXPECT_EQ(must_register(pump()).registration.hub, HubName("hub.example"));
  EXPECT_EQ(outcome(send(signed_request("pump-2", secret(1)))), "no_hub_available");
}

TEST_F(SymmetricKeyTest, ClosesAPlacementAndNamesItAsThePredecessor) {
  add_hub("a.example");
  enroll_pump(at_hub("hub.example", migrate));
  must_register(pump());
  clock.advance(std::chrono::hours(1));
  enroll_pump(at_hub("a.example", migrate));
  must_register(pump());

  const DeviceRecord moved = device("pump-1");
  ASSERT_EQ(moved.placements.size(), 2U);
  const Placement* now = active(moved.placements);
  const Placement& before = now == &moved.placements[0] ? moved.placements[1] : moved.placements[0];
  EXPECT_EQ(now->hub, HubName("a.example"));
  EXPECT_EQ(now->predecessor, before.id);
  EXPECT_EQ(now->valid_from, clock.now());
  EXPECT_EQ(before.state, OverlapState::revoked);
  EXPECT_EQ(before.valid_until, clock.now());
  EXPECT_FALSE(before.predecessor);
  EXPECT_EQ(moved.credentials.size(), 1U);
}

TEST_F(SymmetricKeyTest, KeepsWithThePlacementWhatTheTwinAndTheCapabilityAre) {
  struct Case {
    ReprovisionPolicy policy;
    const char* hub;
    const char* twin;
    bool iot_edge;
  };
  const Case cases[] = {
      {migrate, "b.example", "old", true},
      {reset, "b.example", "new", false},
      {never, "a.example", "old", true},
  };
  add_hub("a.example");
  add_hub("b.example");
  int number = 0;
  for (const auto& [policy, hub, twin, iot_edge] : cases) {
    const std::string id = "edge-" + std::to_string(++number);
    EnrollmentTerms terms = at_hub("a.example", policy);
    terms.initial_twin = "old";
    terms.iot_edge = true;
    enroll(id, terms, keys());
    must_register(signed_request(id, secret(1)));

    terms.initial_twin = "new";
    terms.iot_edge = false;
    enroll(id, terms, keys());
    must_register(signed_request(id, secret(1)));
    EXPECT_EQ(active(device(id).placements)->twin, "old") << "the same hub: untouched";
    EXPECT_TRUE(active(device(id).placements)->iot_edge);

    terms.hubs = {HubName("b.example")};
    enroll(id, terms, keys());
    must_register(signed_request(id, secret(1)));
    const DeviceRecord now = device(id);
    EXPECT_EQ(active(now.placements)->hub, HubName(hub)) << id;
    EXPECT_EQ(active(now.placements)->twin, twin) << id;
    EXPECT_EQ(active(now.placements)->iot_edge, iot_edge) << id;
  }
}

TEST_F(SymmetricKeyTest, BeginsAnewAfterItsRegistrationWasDeleted) {
  EnrollmentTerms terms = at_hub("hub.example", migrate);
  terms.initial_twin = "old";
  enroll_pump(terms);
  must_register(pump());
  ASSERT_TRUE(run(registrations.remove(tenant_a, registration_id("pump-1"), {}, operator_ann)));
  terms.initial_twin = "new";
  enroll_pump(terms);
  EXPECT_EQ(must_register(pump()).registration.substatus, RegistrationSubstatus::initial_assignment);
  EXPECT_EQ(active(device("pump-1").placements)->twin, "new");
}

TEST_F(SymmetricKeyTest, DoesNotLetADeviceForceWhatItsPolicyForbids) {
  add_hub("a.example");
  add_hub("b.example");
  enroll_pump(at_hub("a.example", never));
  must_register(pump());
  enroll_pump(at_hub("b.example", never));
  auto forced = pump();
  forced.force = true;
  EXPECT_EQ(must_register(std::move(forced)).registration.hub, HubName("a.example"));
}

TEST_F(SymmetricKeyTest, SerialisesFirstRegistrationsOfOneDevice) {
  enroll_pump();
  const auto [one, other] = run_together(registrar.register_device(pump()), registrar.register_device(pump()));
  ASSERT_TRUE(one && other);
  const auto& first = std::get<RegisteredDevice>(*one);
  const auto& second = std::get<RegisteredDevice>(*other);
  EXPECT_EQ(first.device.id, second.device.id);
  EXPECT_EQ(first.registration.operation_id, second.registration.operation_id);
  EXPECT_NE(first.registration.substatus, second.registration.substatus);

  const DeviceRecord stored = device("pump-1");
  EXPECT_EQ(stored.credentials.size(), 1U);
  EXPECT_EQ(stored.placements.size(), 1U);
  EXPECT_EQ(stored.ownerships.size(), 1U);
  EXPECT_EQ(audited("device.registered").size(), 2U);
}

TEST_F(SymmetricKeyTest, SerialisesLaterRegistrationsOfOneDevice) {
  enroll_pump();
  const auto before = must_register(pump());
  const auto [one, other] = run_together(registrar.register_device(pump()), registrar.register_device(pump()));
  ASSERT_TRUE(one && other);
  EXPECT_EQ(device("pump-1").registration->revision, before.registration.revision + 2);
}

TEST_F(SymmetricKeyTest, RegistersTwoDevicesAtTheSameTime) {
  enroll_line("line-1", 10);
  const auto [one, other] =
      run_together(registrar.register_device(member("valve-1", 10)), registrar.register_device(member("valve-2", 10)));
  ASSERT_TRUE(one && other);
  EXPECT_NE(std::get<RegisteredDevice>(*one).device.id, std::get<RegisteredDevice>(*other).device.id);
}

// Asking about a registration.

TEST_F(SymmetricKeyTest, AnswersForTheDevicesOwnOperationOnly) {
  enroll_pump();
  enroll("pump-2", {}, keys());
  EXPECT_EQ(outcome(run(registrar.look_up(pump()))), "registration_not_found");
  const auto mine = must_register(pump()).registration.operation_id;
  const auto other = must_register(signed_request("pump-2", secret(1))).registration.operation_id;

  const auto status = run(registrar.operation_status(pump(), mine));
  ASSERT_TRUE(status);
  EXPECT_EQ(status->registration.status, RegistrationStatus::assigned);
  EXPECT_EQ(status->device.id, device("pump-1").device.id);
  EXPECT_EQ(outcome(run(registrar.operation_status(pump(), other))), "operation_not_found");
  EXPECT_EQ(outcome(run(registrar.operation_status(pump(), ""))), "operation_not_found");
  EXPECT_EQ(outcome(run(registrar.operation_status(signed_request("pump-1", secret(3)), mine))), "signature_mismatch");
  EXPECT_EQ(outcome(run(registrar.look_up(request("pump-1")))), "credentials_missing");
}

TEST_F(SymmetricKeyTest, StopsAnsweringOnceTheEnrollmentIsDisabled) {
  enroll_pump();
  const auto mine = must_register(pump()).registration.operation_id;
  EnrollmentTerms terms;
  terms.enabled = false;
  enroll_pump(std::move(terms));
  EXPECT_EQ(outcome(run(registrar.operation_status(pump(), mine))), "enrollment_disabled");
  EXPECT_EQ(outcome(send(pump())), "enrollment_disabled");
}

TEST_F(SymmetricKeyTest, KeepsADevicesNameInItsHubHoweverItSpellsItself) {
  enroll_line("line-1", 10);
  const auto first = must_register(member("Valve-1", 10));
  const auto second = must_register(member("valve-1", 10));
  EXPECT_EQ(first.device.id, second.device.id);
  EXPECT_EQ(second.device.hub_device_id, "Valve-1");
}

TEST_F(SymmetricKeyTest, KeepsADeviceOfOneGroupFromAnotherGroupsKeys) {
  enroll_line("line-1", 1);
  enroll_line("line-2", 11);
  const auto first = must_register(member("pump-1", 1));
  EXPECT_EQ(outcome(send(member("pump-1", 11))), "name_taken");
  EXPECT_EQ(device("pump-1").device.enrollment.id, "line-1");

  // Once the first group is gone, the name is free.
  ASSERT_TRUE(run(enrollments.remove(tenant_a, GroupId("line-1"), {}, operator_ann)));
  EXPECT_EQ(must_register(member("pump-1", 11)).device.enrollment.id, "line-2");
}

}  // namespace
}  // namespace muster::provisioning
