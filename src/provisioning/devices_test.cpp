#include "provisioning/devices.hpp"

#include "provisioning/entity_tag.hpp"
#include "provisioning/fixture_test.hpp"

namespace muster::provisioning {
namespace {

class DevicesTest : public ProvisioningTest {
 protected:
  DeviceRecord add_device(std::string_view name) {
    enroll(name, {}, {.primary = secret(1), .secondary = secret(2)});
    must_register(signed_request(name, secret(1)));
    return device(name);
  }
  Result<DeviceRecord> get(const std::string& name_or_id) { return run(devices.get(tenant_a, name_or_id)); }
  std::string remove(DeviceRecord record, Precondition precondition = {}) {
    return outcome(run(devices.remove(std::move(record), std::move(precondition), operator_ann)));
  }

  Devices devices{*store, clock};
};

TEST_F(DevicesTest, AreFoundByIdBeforeAnyoneWhoHasThatForAName) {
  const DeviceRecord pump = add_device("pump-1");
  const DeviceRecord impostor = add_device(pump.device.id.str());
  const auto found = get(pump.device.id.str());
  ASSERT_TRUE(found);
  EXPECT_EQ(found->device.id, pump.device.id);
  EXPECT_EQ(get(impostor.device.id.str())->device.id, impostor.device.id);
  EXPECT_EQ(get("PUMP-1")->device.id, pump.device.id);
}

TEST_F(DevicesTest, AreFoundByANameThatLooksLikeAnId) {
  const std::string name = "0f8fad5b-d9cb-469f-a165-70867728950e";
  const DeviceRecord named = add_device(name);
  const auto found = get(name);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->device.id, named.device.id);
  EXPECT_EQ(outcome(get("7c9e6679-7425-40de-944b-e07fc1f90ae7")), "device_not_found");
}

TEST_F(DevicesTest, AreRemovedAsTheCallerSawThem) {
  const DeviceRecord pump = add_device("pump-1");
  const DeviceRecord impostor = add_device(pump.device.id.str());
  EXPECT_EQ(remove(pump, {.kind = Precondition::Kind::must_match, .entity_tag = "x"}), "etag_mismatch");
  const std::string tag = entity_tag(pump.device.created_at, pump.device.revision);
  EXPECT_EQ(remove(pump, {.kind = Precondition::Kind::must_match, .entity_tag = tag}), "done");
  EXPECT_FALSE(run(store->find_device(tenant_a, pump.device.id)));
  EXPECT_TRUE(run(store->find_device(tenant_a, impostor.device.id)));
  EXPECT_EQ(remove(pump), "revision_conflict") << "it is gone already";
}

TEST_F(DevicesTest, StayWhereTheyChangedSinceTheCallerSawThem) {
  const DeviceRecord seen = add_device("pump-1");
  Device changed = seen.device;
  changed.enrollment = EnrollmentReference{true, "line-3"};
  commit(tenant_a, {Put{changed}});
  EXPECT_EQ(remove(seen), "revision_conflict");
  EXPECT_TRUE(get("pump-1"));
}

}  // namespace
}  // namespace muster::provisioning
