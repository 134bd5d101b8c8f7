// What every backend keeps of provisioning::Store: rows, revisions, uniqueness, tenants, listings.
#include <algorithm>

#include "store/fixture_test.hpp"

namespace muster::store {
namespace {

template <class Backend>
class StoreContract : public StoreTest<Backend> {};
TYPED_TEST_SUITE(StoreContract, Backends);

template <class T>
std::vector<std::string> names_of(const std::vector<T>& rows, auto name) {
  std::vector<std::string> names;
  for (const T& row : rows) names.push_back(name(row));
  return names;
}
using Names = std::vector<std::string>;

TYPED_TEST(StoreContract, StartsARowAtRevisionOneAndCountsItsWrites) {
  Hub row = hub(tenant_a, "one.example");
  ASSERT_EQ(outcome(this->put(tenant_a, row)), "accepted");
  row = *run(this->store->find_hub(tenant_a, row.name));
  EXPECT_EQ(row.revision, 1);
  row.weight = 7;
  ASSERT_EQ(outcome(this->put(tenant_a, row)), "accepted");
  row = *run(this->store->find_hub(tenant_a, row.name));
  EXPECT_EQ(row.revision, 2);
  EXPECT_EQ(row.weight, 7);
}

TYPED_TEST(StoreContract, RefusesASecondWriterOfOneRevision) {
  ASSERT_EQ(outcome(this->put(tenant_a, hub(tenant_a, "one.example"))), "accepted");
  const Hub seen_by_both = *run(this->store->find_hub(tenant_a, HubName("one.example")));
  EXPECT_EQ(outcome(this->put(tenant_a, seen_by_both)), "accepted");
  const Status second = this->put(tenant_a, seen_by_both);
  ASSERT_EQ(outcome(second), "revision_conflict");
  EXPECT_NE(second.error().detail().find("hub tenant-a one.example"), std::string::npos) << second.error().detail();
}

TYPED_TEST(StoreContract, RefusesToCreateARowThatExists) {
  ASSERT_EQ(outcome(this->put(tenant_a, hub(tenant_a, "one.example"))), "accepted");
  EXPECT_EQ(outcome(this->put(tenant_a, hub(tenant_a, "one.example"))), "revision_conflict");
}

TYPED_TEST(StoreContract, RefusesToChangeARowThatIsMissing) {
  Hub row = hub(tenant_a, "one.example");
  row.revision = 1;
  EXPECT_EQ(outcome(this->put(tenant_a, row)), "revision_conflict");
  EXPECT_FALSE(run(this->store->find_hub(tenant_a, row.name)));
}

TYPED_TEST(StoreContract, RemovesARowOnlyAtTheRevisionThatWasRead) {
  Hub row = hub(tenant_a, "one.example");
  ASSERT_EQ(outcome(this->put(tenant_a, row)), "accepted");
  EXPECT_EQ(outcome(this->remove(tenant_a, row)), "revision_conflict");
  row.revision = 2;
  EXPECT_EQ(outcome(this->remove(tenant_a, row)), "revision_conflict");
  row.revision = 1;
  EXPECT_EQ(outcome(this->remove(tenant_a, row)), "accepted");
  EXPECT_FALSE(run(this->store->find_hub(tenant_a, row.name)));
  EXPECT_EQ(outcome(this->remove(tenant_a, row)), "revision_conflict");
}

TYPED_TEST(StoreContract, AppliesAWriteAllOrNothing) {
  ASSERT_EQ(outcome(this->put(tenant_a, hub(tenant_a, "taken.example"))), "accepted");
  const Status both = this->commit(
      write_of(tenant_a, {Put{hub(tenant_a, "new.example")}, Put{hub(tenant_a, "taken.example")}}, {event("hubs")}));
  EXPECT_EQ(outcome(both), "revision_conflict");
  EXPECT_FALSE(run(this->store->find_hub(tenant_a, HubName("new.example"))));
  EXPECT_TRUE(run(this->store->scan_audit(0, 10)).empty());
}

TYPED_TEST(StoreContract, RefusesANameThatAnotherRowHas) {
  ASSERT_EQ(outcome(this->put(tenant_a, device(tenant_a, 1, "Pump-1"))), "accepted");
  EXPECT_EQ(outcome(this->put(tenant_a, device(tenant_a, 2, "pUMP-1"))), "revision_conflict") << "device, created";
  ASSERT_EQ(outcome(this->put(tenant_a, device(tenant_a, 2, "pump-2"))), "accepted");
  Device renamed = run(this->store->find_device(tenant_a, uuid(2)))->device;
  renamed.name = registration_id("pump-1");
  EXPECT_EQ(outcome(this->put(tenant_a, renamed)), "revision_conflict") << "device, renamed";

  ASSERT_EQ(outcome(this->put(tenant_a, tenant(tenant_a, "0ne00000001"))), "accepted");
  EXPECT_EQ(outcome(this->put(tenant_b, tenant(tenant_b, "0ne00000001"))), "revision_conflict") << "ID scope";

  Principal ann;
  ann.tenant = tenant_a;
  ann.id = uuid(1);
  ann.name = "ann";
  ASSERT_EQ(outcome(this->put(tenant_a, ann)), "accepted");
  ann.id = uuid(2);
  EXPECT_EQ(outcome(this->put(tenant_a, ann)), "revision_conflict") << "principal";
}

TYPED_TEST(StoreContract, FindsARenamedDeviceByItsNewNameOnly) {
  ASSERT_EQ(outcome(this->put(tenant_a, device(tenant_a, 1, "old"))), "accepted");
  Device row = run(this->store->find_device(tenant_a, uuid(1)))->device;
  row.name = registration_id("New");
  ASSERT_EQ(outcome(this->put(tenant_a, row)), "accepted");
  EXPECT_FALSE(run(this->store->find_device(tenant_a, "old")));
  const auto found = run(this->store->find_device(tenant_a, "new"));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->device.name.str(), "New");
}

TYPED_TEST(StoreContract, KeepsTenantsApart) {
  for (const TenantId& of : {tenant_a, tenant_b}) {
    Hub one = hub(of, "one.example");
    one.location = of.str();
    EnrollmentGroup group;
    group.tenant = of;
    group.id = GroupId("group");
    ASSERT_EQ(outcome(this->commit(write_of(
                  of, {Put{one}, Put{device(of, 1, "pump")}, Put{enrollment(of, "pump")}, Put{group}}, {event("x")}))),
              "accepted");
  }
  const TenantId stranger("tenant-c");
  EXPECT_EQ(run(this->store->find_hub(tenant_b, HubName("one.example")))->location, "tenant-b");
  EXPECT_EQ(run(this->store->find_device(tenant_b, "pump"))->device.tenant, tenant_b);
  EXPECT_EQ(run(this->store->list_hubs(tenant_a)).size(), 1U);
  EXPECT_EQ(run(this->store->list_devices(tenant_a, std::nullopt, Page{})).size(), 1U);
  EXPECT_EQ(run(this->store->list_enrollments(tenant_a, Page{})).size(), 1U);
  EXPECT_EQ(run(this->store->list_groups(tenant_a, Page{})).size(), 1U);
  EXPECT_EQ(run(this->store->list_audit(tenant_a, std::nullopt, 10)).size(), 1U);
  EXPECT_FALSE(run(this->store->find_hub(stranger, HubName("one.example"))));
  EXPECT_FALSE(run(this->store->find_device(stranger, "pump")));
  EXPECT_FALSE(run(this->store->find_device(stranger, uuid(1))));
  EXPECT_FALSE(run(this->store->find_enrollment(stranger, "pump")));
  EXPECT_TRUE(run(this->store->list_devices(stranger, std::nullopt, Page{})).empty());
}

TYPED_TEST(StoreContract, TreatsARowOfAnotherTenantAsABug) {
  EXPECT_THROW((void)this->put(tenant_a, hub(tenant_b, "one.example")), std::logic_error);
  EXPECT_THROW((void)this->remove(tenant_a, tenant(tenant_b, "0ne00000001")), std::logic_error);
}

TYPED_TEST(StoreContract, PagesThroughOrderedListings) {
  for (const char* name : {"c", "A", "e", "B", "d"}) {
    const auto number = static_cast<std::uint8_t>(name[0]);
    ASSERT_EQ(outcome(this->commit(
                  write_of(tenant_a, {Put{device(tenant_a, number, name)}, Put{enrollment(tenant_a, name)}}))),
              "accepted");
  }
  const auto device_name = [](const DeviceRecord& record) { return record.device.name.folded(); };
  const auto enrollment_name = [](const Enrollment& row) { return row.registration_id.folded(); };
  Page page{.after = "", .limit = 2};
  EXPECT_EQ(names_of(run(this->store->list_devices(tenant_a, std::nullopt, page)), device_name), (Names{"a", "b"}));
  EXPECT_EQ(names_of(run(this->store->list_enrollments(tenant_a, page)), enrollment_name), (Names{"a", "b"}));
  page.after = "b";
  EXPECT_EQ(names_of(run(this->store->list_devices(tenant_a, std::nullopt, page)), device_name), (Names{"c", "d"}));
  page.after = "d";
  EXPECT_EQ(names_of(run(this->store->list_enrollments(tenant_a, page)), enrollment_name), (Names{"e"}));
  page.after = "e";
  EXPECT_TRUE(run(this->store->list_devices(tenant_a, std::nullopt, page)).empty());
  const Page nothing{.after = "", .limit = 0};
  EXPECT_EQ(run(this->store->list_enrollments(tenant_a, nothing)).size(), 1U) << "a limit below 1 is 1";
}

TYPED_TEST(StoreContract, ConfinesADeviceListToOneEnrollment) {
  Device single = device(tenant_a, 2, "b");
  single.enrollment = {.is_group = false, .id = "group-1"};
  ASSERT_EQ(outcome(this->commit(
                write_of(tenant_a, {Put{device(tenant_a, 3, "c")}, Put{single}, Put{device(tenant_a, 1, "a")}}))),
            "accepted");
  const auto name = [](const DeviceRecord& record) { return record.device.name.str(); };
  const std::optional group(EnrollmentReference{.is_group = true, .id = "group-1"});
  const std::optional individual(EnrollmentReference{.is_group = false, .id = "group-1"});
  EXPECT_EQ(names_of(run(this->store->list_devices(tenant_a, group, Page{})), name), (Names{"a", "c"}));
  EXPECT_EQ(names_of(run(this->store->list_devices(tenant_a, individual, Page{})), name), (Names{"b"}));
  const Page after_a{.after = "a", .limit = 5};
  EXPECT_EQ(names_of(run(this->store->list_devices(tenant_a, group, after_a)), name), (Names{"c"}));
}

TYPED_TEST(StoreContract, ListsTheOldestPoliciesOfANameWhosesoeverTheyAre) {
  const auto policy = [](const TenantId& of, const char* name, int made_after_seconds) {
    AccessPolicy row;
    row.tenant = of;
    row.name = name;
    row.created_at = noon + std::chrono::seconds(made_after_seconds);
    return row;
  };
  for (const auto& row : {policy(tenant_a, "owner", 2), policy(tenant_b, "owner", 1), policy(tenant_b, "reader", 0)})
    ASSERT_EQ(outcome(this->put(row.tenant, row)), "accepted");
  const auto found = run(this->store->list_policies_named("owner", 8));
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].tenant, tenant_b);
  EXPECT_EQ(found[1].tenant, tenant_a);
  EXPECT_EQ(run(this->store->list_policies_named("owner", 1)).at(0).tenant, tenant_b);
  EXPECT_TRUE(run(this->store->list_policies_named("Owner", 8)).empty());
}

TYPED_TEST(StoreContract, ListsTheLatestChallengesFirstAndAtMostSixteen) {
  for (std::uint8_t i = 0; i < 20; ++i) {
    Challenge row;
    row.tenant = tenant_a;
    row.registration_id = registration_id(i == 0 ? "Pump" : "pump");
    row.id = uuid(i);
    row.created_at = noon + std::chrono::seconds(i);
    ASSERT_EQ(outcome(this->put(tenant_a, row)), "accepted");
  }
  const auto found = run(this->store->list_challenges(tenant_a, "pump"));
  ASSERT_EQ(found.size(), 16U);
  EXPECT_EQ(found.front().id, uuid(19));
  EXPECT_EQ(found.back().id, uuid(4));
  EXPECT_TRUE(run(this->store->list_challenges(tenant_a, "pum")).empty());
}

TYPED_TEST(StoreContract, ListsDueOutboxEntriesOldestFirstOverAllTenants) {
  const auto entry = [](const TenantId& of, std::uint8_t number, int due_in_seconds) {
    OutboxEntry row;
    row.tenant = of;
    row.id = uuid(number);
    row.due_at = noon + std::chrono::seconds(due_in_seconds);
    return row;
  };
  ASSERT_EQ(outcome(this->commit(write_of(
                tenant_a, {Put{entry(tenant_a, 1, 0)}, Put{entry(tenant_a, 2, -5)}, Put{entry(tenant_a, 3, 1)}}))),
            "accepted");
  ASSERT_EQ(outcome(this->put(tenant_b, entry(tenant_b, 4, -2))), "accepted");
  const auto id = [](const OutboxEntry& row) { return row.id.str(); };
  EXPECT_EQ(names_of(run(this->store->list_due_outbox(noon, 10, 10)), id),
            (Names{uuid(2).str(), uuid(4).str(), uuid(1).str()}));
  EXPECT_EQ(names_of(run(this->store->list_due_outbox(noon, 10, 1)), id), (Names{uuid(2).str()}));
  EXPECT_EQ(names_of(run(this->store->list_due_outbox(noon, 1, 10)), id), (Names{uuid(2).str(), uuid(4).str()}))
      << "the oldest of each tenant";
}

TYPED_TEST(StoreContract, ListsCertificatesOfDevicesThatAreOver) {
  const auto certificate = [](const TenantId& of, const char* serial, CertificatePurpose purpose, int hours) {
    IssuedCertificate row;
    row.tenant = of;
    row.serial = serial;
    row.purpose = purpose;
    row.not_after = noon + std::chrono::hours(hours);
    return row;
  };
  ASSERT_EQ(
      outcome(this->commit(write_of(tenant_a, {Put{certificate(tenant_a, "01", CertificatePurpose::device, -1)},
                                               Put{certificate(tenant_a, "02", CertificatePurpose::device, 0)},
                                               Put{certificate(tenant_a, "03", CertificatePurpose::server, -9)}}))),
      "accepted");
  ASSERT_EQ(outcome(this->put(tenant_b, certificate(tenant_b, "04", CertificatePurpose::device, -2))), "accepted");
  const auto serial = [](const IssuedCertificate& row) { return row.serial; };
  EXPECT_EQ(names_of(run(this->store->list_expired_device_certificates(noon, 10)), serial), (Names{"04", "01"}));
  EXPECT_EQ(names_of(run(this->store->list_expired_device_certificates(noon, 1)), serial), (Names{"04"}));
}

TYPED_TEST(StoreContract, FindsTheLatestActiveCertificateOfAPurpose) {
  const auto certificate = [](const char* serial, CertificatePurpose purpose, OverlapState state, int hours) {
    IssuedCertificate row;
    row.tenant = tenant_a;
    row.serial = serial;
    row.purpose = purpose;
    row.state = state;
    row.not_before = noon + std::chrono::hours(hours);
    return Put{row};
  };
  EXPECT_FALSE(run(this->store->find_active_certificate(tenant_a, CertificatePurpose::server)));
  ASSERT_EQ(outcome(this->commit(
                write_of(tenant_a, {certificate("01", CertificatePurpose::server, OverlapState::active, 1),
                                    certificate("02", CertificatePurpose::server, OverlapState::active, 2),
                                    certificate("03", CertificatePurpose::server, OverlapState::revoked, 3),
                                    certificate("04", CertificatePurpose::device, OverlapState::active, 4)}))),
            "accepted");
  EXPECT_EQ(run(this->store->find_active_certificate(tenant_a, CertificatePurpose::server))->serial, "02");
  EXPECT_FALSE(run(this->store->find_active_certificate(tenant_b, CertificatePurpose::server)));
}

TYPED_TEST(StoreContract, ListsGroupsByTheirAttestation) {
  const auto group = [](const char* id, Attestation attestation) {
    EnrollmentGroup row;
    row.tenant = tenant_a;
    row.id = GroupId(id);
    row.terms.attestation = std::move(attestation);
    return Put{row};
  };
  ASSERT_EQ(
      outcome(this->commit(write_of(tenant_a, {group("z", X509Attestation{}), group("y", TpmVendorAttestation{}),
                                               group("x", SymmetricKeyAttestation{}), group("w", X509Attestation{})}))),
      "accepted");
  const auto id = [](const EnrollmentGroup& row) { return row.id.str(); };
  EXPECT_EQ(names_of(run(this->store->list_groups(tenant_a, AttestationKind::x509)), id), (Names{"w", "z"}));
  EXPECT_EQ(names_of(run(this->store->list_groups(tenant_a, AttestationKind::tpm_vendor)), id), (Names{"y"}));
  EXPECT_TRUE(run(this->store->list_groups(tenant_b, AttestationKind::x509)).empty());
  EXPECT_EQ(names_of(run(this->store->list_groups(tenant_a, Page{})), id), (Names{"w", "x", "y", "z"}));
}

TYPED_TEST(StoreContract, KeepsWhatWasAcknowledgedWhenOpenedAgain) {
  ASSERT_EQ(outcome(this->put(tenant_a, hub(tenant_a, "one.example"))), "accepted");
  this->store.reset();
  this->store = this->backend.open();
  EXPECT_TRUE(run(this->store->find_hub(tenant_a, HubName("one.example"))));
}

IssuedCertificate certificate_of(std::string serial, std::optional<Uuid> device, TimePoint not_after) {
  IssuedCertificate row;
  row.tenant = tenant_a;
  row.serial = std::move(serial);
  row.purpose = CertificatePurpose::device;
  row.device = device;
  row.not_before = noon;
  row.not_after = not_after;
  return row;
}

std::vector<std::string> serials(const std::vector<IssuedCertificate>& rows) {
  std::vector<std::string> found;
  for (const auto& row : rows) found.push_back(row.serial);
  return found;
}

TYPED_TEST(StoreContract, ListsDeviceCertificatesAndThoseThatAreRevoked) {
  const TimePoint tomorrow = noon + std::chrono::hours(24);
  IssuedCertificate revoked = certificate_of("02", uuid(1), tomorrow);
  revoked.revoked_at = noon;
  IssuedCertificate over = certificate_of("03", uuid(2), noon);
  over.revoked_at = noon;
  IssuedCertificate server = certificate_of("04", std::nullopt, tomorrow);
  server.purpose = CertificatePurpose::server;
  server.revoked_at = noon;
  ASSERT_EQ(outcome(this->commit(write_of(
                tenant_a, {Put{certificate_of("01", uuid(1), tomorrow)}, Put{revoked}, Put{over}, Put{server}}))),
            "accepted");
  using Serials = std::vector<std::string>;
  EXPECT_EQ(serials(run(this->store->list_device_certificates(tenant_a, std::nullopt, Page{}))),
            (Serials{"01", "02", "03"}));
  EXPECT_EQ(serials(run(this->store->list_device_certificates(tenant_a, uuid(1), Page{}))), (Serials{"01", "02"}));
  EXPECT_EQ(serials(run(this->store->list_device_certificates(tenant_a, std::nullopt, Page{"01", 1}))),
            (Serials{"02"}));
  EXPECT_EQ(serials(run(this->store->list_revoked_certificates(tenant_a, noon, Page{}))), (Serials{"02"}));
  EXPECT_TRUE(run(this->store->list_device_certificates(tenant_b, std::nullopt, Page{})).empty());
}

TYPED_TEST(StoreContract, CountsWhatALimitIsSetFor) {
  Placement placed;
  placed.tenant = tenant_a;
  placed.hub = HubName("one.example");
  Placement left = placed;
  left.id = uuid(2);
  left.state = OverlapState::revoked;
  ASSERT_EQ(outcome(this->commit(write_of(
                tenant_a, {Put{device(tenant_a, 1, "a")}, Put{device(tenant_a, 2, "b")}, Put{enrollment(tenant_a, "a")},
                           Put{hub(tenant_a, "one.example")}, Put{placed}, Put{left}}))),
            "accepted");
  EXPECT_EQ(run(this->store->count(tenant_a, Countable::devices)), 2);
  EXPECT_EQ(run(this->store->count(tenant_a, Countable::enrollments)), 1);
  EXPECT_EQ(run(this->store->count(tenant_a, Countable::hubs)), 1);
  EXPECT_EQ(run(this->store->count(tenant_a, Countable::groups)), 0);
  EXPECT_EQ(run(this->store->count(tenant_a, Countable::ca_certificates)), 0);
  EXPECT_EQ(run(this->store->count(tenant_b, Countable::devices)), 0);
  const auto loads = run(this->store->count_devices_by_hub(tenant_a));
  ASSERT_EQ(loads.size(), 1U);
  EXPECT_EQ(loads[0].hub, placed.hub);
  EXPECT_EQ(loads[0].devices, 1);
}

TYPED_TEST(StoreContract, RemovesATenantWithAllItsRowsButNotItsAudit) {
  Tenant gone = tenant(tenant_a, "0ne0000000a");
  ASSERT_EQ(
      outcome(this->commit(write_of(
          tenant_a, {Put{gone}, Put{device(tenant_a, 1, "a")}, Put{hub(tenant_a, "one.example")}}, {event("made")}))),
      "accepted");
  ASSERT_EQ(outcome(this->put(tenant_b, hub(tenant_b, "two.example"))), "accepted");

  gone.revision = 7;
  EXPECT_EQ(outcome(run(this->store->remove_tenant(gone, event("tenant.removed")))), "revision_conflict");
  EXPECT_TRUE(run(this->store->find_device(tenant_a, "a")));

  gone.revision = 1;
  ASSERT_EQ(outcome(run(this->store->remove_tenant(gone, event("tenant.removed")))), "accepted");
  EXPECT_FALSE(run(this->store->find_tenant(tenant_a)));
  EXPECT_FALSE(run(this->store->find_device(tenant_a, "a")));
  EXPECT_TRUE(run(this->store->list_hubs(tenant_a)).empty());
  EXPECT_EQ(run(this->store->list_hubs(tenant_b)).size(), 1U);
  const auto trail = run(this->store->scan_audit(0, 10));
  ASSERT_EQ(trail.size(), 2U);
  EXPECT_EQ(trail[0].record.tenant, tenant_a);
  EXPECT_EQ(trail[1].record.tenant, platform_tenant);
  EXPECT_EQ(trail[1].record.event.action, "tenant.removed");
}

TYPED_TEST(StoreContract, StampsTheBasisOfATenantAnewWithEachWriteOfIt) {
  EXPECT_FALSE(run(this->store->find_basis_stamp(tenant_a)));
  ASSERT_EQ(outcome(this->put(tenant_a, tenant(tenant_a, "0ne0000000a"))), "accepted");
  ASSERT_EQ(outcome(this->put(tenant_b, tenant(tenant_b, "0ne0000000b"))), "accepted");
  const auto stamp = [this](const TenantId& of) { return run(this->store->find_basis_stamp(of)).value(); };
  const BasisStamp others = stamp(tenant_b);
  std::vector<BasisStamp> seen = {stamp(tenant_a)};
  const auto is_new = [&] {
    const bool fresh = std::ranges::find(seen, stamp(tenant_a)) == seen.end();
    seen.push_back(stamp(tenant_a));
    return fresh;
  };

  Tenant changed = *run(this->store->find_tenant(tenant_a));
  changed.enabled = false;
  ASSERT_EQ(outcome(this->put(tenant_a, changed)), "accepted");
  EXPECT_TRUE(is_new()) << "a tenant";
  ASSERT_EQ(outcome(this->put(tenant_a, hub(tenant_a, "one.example"))), "accepted");
  EXPECT_TRUE(is_new()) << "a hub";
  const Hub linked = *run(this->store->find_hub(tenant_a, HubName("one.example")));
  ASSERT_EQ(outcome(this->commit(write_of(tenant_a, {Remove{linked}}))), "accepted");
  EXPECT_TRUE(is_new()) << "a hub that is gone";
  EnrollmentGroup group;
  group.tenant = tenant_a;
  group.id = GroupId("line-1");
  ASSERT_EQ(outcome(this->put(tenant_a, group)), "accepted");
  EXPECT_TRUE(is_new()) << "a group";
  CaCertificate certificate;
  certificate.tenant = tenant_a;
  certificate.name = "root";
  ASSERT_EQ(outcome(this->put(tenant_a, certificate)), "accepted");
  EXPECT_TRUE(is_new()) << "a CA certificate";

  ASSERT_EQ(outcome(this->put(tenant_a, device(tenant_a, 1, "pump"))), "accepted");
  ASSERT_EQ(outcome(this->put(tenant_a, enrollment(tenant_a, "pump"))), "accepted");
  EXPECT_FALSE(is_new()) << "devices and their enrollments are no part of it";
  EXPECT_EQ(stamp(tenant_b), others);

  Tenant again = *run(this->store->find_tenant(tenant_a));
  ASSERT_EQ(outcome(run(this->store->remove_tenant(again, event("tenant.removed")))), "accepted");
  EXPECT_FALSE(run(this->store->find_basis_stamp(tenant_a)));
  again.revision = 0;
  again.created_at += std::chrono::seconds(1);
  ASSERT_EQ(outcome(this->put(tenant_a, again)), "accepted");
  EXPECT_TRUE(is_new()) << "a tenant that was made anew";
}

TYPED_TEST(StoreContract, RefusesWhatNamesAnotherBasis) {
  ASSERT_EQ(outcome(this->put(tenant_a, tenant(tenant_a, "0ne0000000a"))), "accepted");
  const auto put_upon = [this](const BasisStamp& basis, std::uint8_t number, std::string_view name) {
    Write write = write_of(tenant_a, {Put{device(tenant_a, number, name)}});
    write.basis = basis;
    return outcome(this->commit(std::move(write)));
  };
  const BasisStamp before = run(this->store->find_basis_stamp(tenant_a)).value();
  EXPECT_EQ(put_upon(before, 1, "pump-1"), "accepted");
  ASSERT_EQ(outcome(this->put(tenant_a, hub(tenant_a, "one.example"))), "accepted");
  EXPECT_EQ(put_upon(before, 2, "pump-2"), "revision_conflict");
  EXPECT_FALSE(run(this->store->find_device(tenant_a, "pump-2")));
  BasisStamp of_another_incarnation = run(this->store->find_basis_stamp(tenant_a)).value();
  of_another_incarnation.tenant_created_at += std::chrono::seconds(1);
  EXPECT_EQ(put_upon(of_another_incarnation, 2, "pump-2"), "revision_conflict");
}

}  // namespace
}  // namespace muster::store
