#include "provisioning/device_changes.hpp"

#include <algorithm>

#include "provisioning/fixture_test.hpp"

namespace muster::provisioning {
namespace {

class DeviceChangesTest : public ProvisioningTest {
 protected:
  DeviceChangesTest() {
    caller.tenant = *run(store->find_tenant(tenant_a));
    caller.registration_id = registration_id("pump-1");
    EnrollmentGroup line;
    line.tenant = tenant_a;
    line.id = GroupId("line-1");
    if (!run(store->commit({.tenant = tenant_a, .changes = {Put{line}}, .audit = {}})))
      throw std::runtime_error("no group");
    attested.enrollment = {.is_group = true, .id = "line-1"};
    attested.enrollment_revision = 1;
  }

  /// A whole registration of a device that was last seen as `stored`.
  Write registered(std::optional<DeviceRecord> stored) {
    DeviceChanges changes(caller, attested, std::move(stored), clock.now(), random);
    if (!changes.keeps_hub(run(store->list_hubs(tenant_a)))) changes.place_at(HubName("hub.example"));
    changes.give_credential(CredentialKind::enrollment_key, {});
    changes.finish(std::nullopt);
    return std::move(changes).write();
  }
  std::string committed(Write write) { return outcome(run(store->commit(std::move(write)))); }

  Caller caller;
  Attested attested;
};

TEST_F(DeviceChangesTest, LetOnlyTheFirstOfTwoNewDevicesOfOneNameIn) {
  Write one = registered(std::nullopt);
  Write other = registered(std::nullopt);
  EXPECT_EQ(committed(std::move(one)), "done");
  EXPECT_EQ(committed(std::move(other)), "revision_conflict");
  EXPECT_EQ(audited("device.registered").size(), 1U) << "what did not happen is not reported";
}

TEST_F(DeviceChangesTest, LetOnlyTheFirstOfTwoRegistrationsOfOneStateIn) {
  ASSERT_EQ(committed(registered(std::nullopt)), "done");
  const DeviceRecord seen_by_both = device("pump-1");
  Write one = registered(seen_by_both);
  Write other = registered(seen_by_both);
  EXPECT_EQ(committed(std::move(one)), "done");
  EXPECT_EQ(committed(std::move(other)), "revision_conflict");
}

TEST_F(DeviceChangesTest, LetARegistrationLoseAgainstAChangeOfItsEnrollment) {
  Write late = registered(std::nullopt);
  EnrollmentGroup line = *run(store->find_group(tenant_a, GroupId("line-1")));
  line.terms.enabled = false;
  Write disable{.tenant = tenant_a, .changes = {Put{line}}, .audit = {}};
  ASSERT_EQ(committed(std::move(disable)), "done");
  EXPECT_EQ(committed(std::move(late)), "revision_conflict");
  EXPECT_FALSE(run(store->find_device(tenant_a, "pump-1")));
}

TEST_F(DeviceChangesTest, LetARegistrationLoseAgainstTheRevocationOfItsCertificate) {
  IssuedCertificate issued{.tenant = tenant_a,
                           .serial = "AB",
                           .authority = Uuid::draw(random),
                           .purpose = CertificatePurpose::device,
                           .certificate = {1},
                           .key = {},
                           .not_before = noon,
                           .not_after = noon};
  commit(tenant_a, {Put{issued}});
  issued.revision = 1;
  attested.issued = issued;
  Write late = registered(std::nullopt);
  issued.revoked_at = noon;
  commit(tenant_a, {Put{issued}});
  EXPECT_EQ(committed(std::move(late)), "revision_conflict");
}

TEST_F(DeviceChangesTest, LetARegistrationLoseAgainstItsRemoval) {
  ASSERT_EQ(committed(registered(std::nullopt)), "done");
  Write late = registered(device("pump-1"));
  ASSERT_TRUE(run(registrations.remove(tenant_a, caller.registration_id, {}, operator_ann)));
  EXPECT_EQ(committed(std::move(late)), "revision_conflict");
  EXPECT_FALSE(device("pump-1").registration);
}

TEST_F(DeviceChangesTest, WriteNoMoreThanTheRegistrationWhereNothingElseChanged) {
  ASSERT_EQ(committed(registered(std::nullopt)), "done");
  const Write again = registered(device("pump-1"));
  ASSERT_EQ(again.changes.size(), 3U);
  EXPECT_TRUE(std::holds_alternative<Tenant>(std::get<Keep>(again.changes[0]).row));
  EXPECT_TRUE(std::holds_alternative<EnrollmentGroup>(std::get<Keep>(again.changes[1]).row)) << "the terms still hold";
  EXPECT_TRUE(std::holds_alternative<Registration>(std::get<Put>(again.changes[2]).row));
  EXPECT_EQ(again.audit.size(), 1U);
}

TEST_F(DeviceChangesTest, NameTheOperationAsAzureDoes) {
  ASSERT_EQ(committed(registered(std::nullopt)), "done");
  const std::string id = device("pump-1").registration->operation_id;
  ASSERT_EQ(id.size(), 2U + 16U + 1U + 36U);
  EXPECT_EQ(id.substr(0, 2), "5.");
  EXPECT_EQ(std::ranges::count(id, '-'), 4);
}

}  // namespace
}  // namespace muster::provisioning
