#include "provisioning/limited_store.hpp"

#include "provisioning/fixture_test.hpp"
#include "provisioning/hubs.hpp"
#include "provisioning/tenants.hpp"

namespace muster::provisioning {
namespace {

/// The use cases over a store that keeps limits. The fixture's own store stands for another node's.
class LimitedStoreTest : public ProvisioningTest {
 protected:
  static std::unique_ptr<Store> open(const std::filesystem::path& file, base::Random& random) {
    return store::open_store(file, random);
  }
  void limit(TenantLimits limits) {
    Tenant tenant = *run(store->find_tenant(tenant_a));
    tenant.limits = limits;
    commit(tenant_a, {Put{tenant}});
  }
  std::string add_enrollment(const std::string& id) {
    Draft<Enrollment> draft;
    draft.wanted.tenant = tenant_a;
    draft.wanted.registration_id = registration_id(id);
    draft.wanted.terms.attestation = SymmetricKeyAttestation{};
    draft.keys = {.primary = secret(3), .secondary = secret(3)};
    return outcome(run(limited_enrollments.put(std::move(draft), operator_ann)));
  }
  std::string add_group(const std::string& id) {
    Draft<EnrollmentGroup> draft;
    draft.wanted.tenant = tenant_a;
    draft.wanted.id = GroupId(id);
    draft.wanted.terms.attestation = SymmetricKeyAttestation{};
    return outcome(run(limited_enrollments.put(std::move(draft), operator_ann)));
  }
  std::string add_limited_hub(const std::string& name) {
    Hub hub;
    hub.tenant = tenant_a;
    hub.name = HubName(name);
    return outcome(run(limited_hubs.put(std::move(hub), {}, operator_ann)));
  }
  std::string add_ca_certificate(const std::string& name) {
    Write write{.tenant = tenant_a, .changes = {}, .audit = {}};
    CaCertificate certificate;
    certificate.tenant = tenant_a;
    certificate.name = name;
    certificate.created_at = certificate.updated_at = noon;
    write.changes.emplace_back(Put{certificate});
    return outcome(run(limited.commit(std::move(write))));
  }
  std::string register_device(const std::string& id) {
    return outcome(run(limited_registrar.register_device(signed_request(id, secret(3)))));
  }

  LimitedStore limited{open(directory.path() / "muster.db", random), clock};
  Vault limited_vault{secret(7), 1, limited, random};
  Enrollments limited_enrollments{limited, limited_vault, clock, random};
  Hubs limited_hubs{limited, clock};
  Registrar limited_registrar{limited, limited_vault, clock, random};
};

TEST_F(LimitedStoreTest, RefusesWhatIsBeyondEachLimit) {
  limit({.devices_max = 1, .enrollments_max = 2, .groups_max = 1, .ca_certificates_max = 1, .hubs_max = 2});
  EXPECT_EQ(add_enrollment("device-1"), "done");
  EXPECT_EQ(add_enrollment("device-2"), "done");
  EXPECT_EQ(add_enrollment("device-3"), "quota_exceeded");
  EXPECT_EQ(add_group("group-1"), "done");
  EXPECT_EQ(add_group("group-2"), "quota_exceeded");
  EXPECT_EQ(add_limited_hub("a.example"), "done") << "the fixture's is the first";
  EXPECT_EQ(add_limited_hub("b.example"), "quota_exceeded");
  EXPECT_EQ(add_ca_certificate("ca-1"), "done");
  EXPECT_EQ(add_ca_certificate("ca-2"), "quota_exceeded");
  EXPECT_EQ(register_device("device-1"), "done");
  EXPECT_EQ(register_device("device-2"), "quota_exceeded");
  EXPECT_EQ(register_device("device-1"), "done") << "a device that is known may come again";
  EXPECT_FALSE(run(store->find_device(tenant_a, std::string("device-2"))));
}

TEST_F(LimitedStoreTest, SaysWhatTheLimitIs) {
  limit({.groups_max = 0});
  Draft<EnrollmentGroup> draft;
  draft.wanted.tenant = tenant_a;
  draft.wanted.id = GroupId("group-1");
  draft.wanted.terms.attestation = SymmetricKeyAttestation{};
  const auto refused = run(limited_enrollments.put(std::move(draft), operator_ann));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().detail(), "the tenant has 0 enrollment groups; its limit is 0");
}

TEST_F(LimitedStoreTest, HasRoomAgainForWhatWasRemoved) {
  limit({.enrollments_max = 1});
  ASSERT_EQ(add_enrollment("device-1"), "done");
  ASSERT_EQ(add_enrollment("device-2"), "quota_exceeded");
  ASSERT_TRUE(run(limited_enrollments.remove(tenant_a, registration_id("device-1"), {}, operator_ann)));
  EXPECT_EQ(add_enrollment("device-2"), "done");
  EXPECT_EQ(add_enrollment("device-3"), "quota_exceeded");
}

TEST_F(LimitedStoreTest, DoesNotCountWhatFailed) {
  limit({.ca_certificates_max = 2});
  ASSERT_EQ(add_ca_certificate("ca-1"), "done");
  for (int i = 0; i < 5; ++i) EXPECT_EQ(add_ca_certificate("ca-1"), "revision_conflict") << "its name is taken";
  EXPECT_EQ(add_ca_certificate("ca-2"), "done");
}

TEST_F(LimitedStoreTest, ChangesOfWhatThereIsNeedNoRoom) {
  limit({.enrollments_max = 1});
  ASSERT_EQ(add_enrollment("device-1"), "done");
  EXPECT_EQ(add_enrollment("device-1"), "done");
}

TEST_F(LimitedStoreTest, KeepsWhatIsThereWhereALimitIsLowered) {
  ASSERT_EQ(add_enrollment("device-1"), "done");
  ASSERT_EQ(add_enrollment("device-2"), "done");
  limit({.enrollments_max = 1});
  EXPECT_EQ(add_enrollment("device-1"), "done");
  EXPECT_EQ(add_enrollment("device-3"), "quota_exceeded");
  EXPECT_EQ(run(store->count(tenant_a, Countable::enrollments)), 2);
}

TEST_F(LimitedStoreTest, SeesWhatOtherNodesAddedWithinTenSecondsOfALimit) {
  limit({.enrollments_max = 3});
  ASSERT_EQ(add_enrollment("device-1"), "done");
  ASSERT_EQ(add_enrollment("device-2"), "done");
  enroll("other-1", SymmetricKeyAttestation{});
  ASSERT_EQ(add_enrollment("device-3"), "done") << "as far as this node knows there is room";
  EXPECT_EQ(add_enrollment("device-4"), "quota_exceeded");
  ASSERT_TRUE(run(enrollments.remove(tenant_a, registration_id("other-1"), {}, operator_ann)));
  ASSERT_TRUE(run(enrollments.remove(tenant_a, registration_id("device-1"), {}, operator_ann)));
  EXPECT_EQ(add_enrollment("device-4"), "quota_exceeded");
  clock.advance(std::chrono::seconds(10));
  EXPECT_EQ(add_enrollment("device-4"), "done");
  EXPECT_EQ(add_enrollment("device-5"), "quota_exceeded");
}

TEST_F(LimitedStoreTest, MakesATenantWhateverItsLimits) {
  Tenants tenants(limited, limited_vault, clock, random);
  WantedTenant wanted{.id = TenantId("plant-2"), .limits = {.hubs_max = 0}, .hub = "hub-2.example"};
  EXPECT_EQ(outcome(run(tenants.add(std::move(wanted), operator_ann))), "done");
}

}  // namespace
}  // namespace muster::provisioning
