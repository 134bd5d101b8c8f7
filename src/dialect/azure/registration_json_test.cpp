#include "dialect/azure/registration_json.hpp"

#include <gtest/gtest.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

namespace muster::dialect::azure {
namespace {

using provisioning::AttestationKind;
using provisioning::RegistrationStatus;
using provisioning::RegistrationSubstatus;

provisioning::Device device() {
  provisioning::Device device;
  device.name = *base::RegistrationId::parse("Dev-1");
  device.hub_device_id = "pump";
  device.enrollment = {.is_group = false, .id = "dev-1"};
  return device;
}

provisioning::Registration assigned() {
  provisioning::Registration registration;
  registration.status = RegistrationStatus::assigned;
  registration.hub = base::HubName("hub.example");
  registration.created_at = base::from_unix_seconds(1764000000);
  registration.updated_at = base::from_unix_microseconds(1764000060123456);
  registration.revision = 1;
  return registration;
}

std::string text(const boost::json::object& json, const char* name) { return std::string(json.at(name).as_string()); }

TEST(AzureRegistrationState, OfAnAssignedDeviceSaysWhere) {
  const auto json = registration_state(device(), assigned(), std::nullopt);
  EXPECT_EQ(text(json, "registrationId"), "Dev-1");
  EXPECT_EQ(text(json, "status"), "assigned");
  EXPECT_EQ(text(json, "substatus"), "initialAssignment");
  EXPECT_EQ(text(json, "assignedHub"), "hub.example");
  EXPECT_EQ(text(json, "deviceId"), "pump");
  EXPECT_EQ(text(json, "createdDateTimeUtc"), "2025-11-24T16:00:00.0000000Z");
  EXPECT_EQ(text(json, "lastUpdatedDateTimeUtc"), "2025-11-24T16:01:00.1234560Z");
  EXPECT_TRUE(json.at("symmetricKey").as_object().empty());
  EXPECT_FALSE(json.contains("payload"));
}

TEST(AzureRegistrationState, NamesEachStatusAndHasAHubOnlyWhereThereIsOne) {
  const std::pair<RegistrationStatus, const char*> cases[] = {
      {RegistrationStatus::unassigned, "unassigned"}, {RegistrationStatus::assigning, "assigning"},
      {RegistrationStatus::assigned, "assigned"},     {RegistrationStatus::failed, "failed"},
      {RegistrationStatus::disabled, "disabled"},
  };
  for (const auto& [status, name] : cases) {
    auto registration = assigned();
    registration.status = status;
    const auto json = registration_state(device(), registration, std::nullopt);
    EXPECT_EQ(text(json, "status"), name);
    for (const char* member : {"assignedHub", "deviceId", "substatus"})
      EXPECT_EQ(json.contains(member), status == RegistrationStatus::assigned) << name << " " << member;
  }
}

TEST(AzureRegistrationState, NamesEachSubstatus) {
  const std::pair<RegistrationSubstatus, const char*> cases[] = {
      {RegistrationSubstatus::initial_assignment, "initialAssignment"},
      {RegistrationSubstatus::device_data_migrated, "deviceDataMigrated"},
      {RegistrationSubstatus::device_data_reset, "deviceDataReset"},
      {RegistrationSubstatus::reprovisioned_to_initial_assignment, "reprovisionedToInitialAssignment"},
  };
  for (const auto& [substatus, name] : cases) {
    auto registration = assigned();
    registration.substatus = substatus;
    EXPECT_EQ(text(registration_state(device(), registration, std::nullopt), "substatus"), name);
  }
}

TEST(AzureRegistrationState, HasTheMemberOfItsAttestationAlone) {
  const std::pair<AttestationKind, const char*> cases[] = {
      {AttestationKind::symmetric_key, "symmetricKey"},
      {AttestationKind::x509, "x509"},
      {AttestationKind::tpm, "tpm"},
      {AttestationKind::tpm_vendor, "tpm"},
  };
  for (const auto& [kind, name] : cases) {
    auto registration = assigned();
    registration.attestation = kind;
    const auto json = registration_state(device(), registration, std::nullopt);
    for (const char* member : {"symmetricKey", "x509", "tpm"})
      EXPECT_EQ(json.contains(member), std::string_view(member) == name) << member;
  }
}

TEST(AzureRegistrationState, CarriesGroupBlobAndPayload) {
  auto from_group = device();
  from_group.enrollment = {.is_group = true, .id = "line-1"};
  auto registration = assigned();
  registration.attestation = AttestationKind::tpm;
  registration.returned_payload = R"({"colour":"red"})";
  const auto json = registration_state(from_group, registration, base::Bytes{1, 2, 3});
  EXPECT_EQ(text(json.at("tpm").as_object(), "enrollmentGroupId"), "line-1");
  EXPECT_EQ(text(json.at("tpm").as_object(), "authenticationKey"), "AQID");
  EXPECT_EQ(boost::json::serialize(json.at("payload")), R"({"colour":"red"})");
}

TEST(AzureRegistrationState, SaysWhyItFailed) {
  auto registration = assigned();
  registration.status = RegistrationStatus::failed;
  registration.failure = "webhook_failed";
  registration.failure_detail = "status code: 500";
  registration.refusal = "webhook_failed: what the operator alone may know";
  registration.returned_payload = "1";
  const auto json = registration_state(device(), registration, std::nullopt);
  EXPECT_EQ(json.at("errorCode").to_number<int>(), 400207);
  EXPECT_EQ(text(json, "errorMessage"), "The custom allocation webhook failed with status code: 500");
  EXPECT_FALSE(json.contains("payload"));

  registration.failure_detail.clear();
  EXPECT_EQ(text(registration_state(device(), registration, std::nullopt), "errorMessage"),
            "The custom allocation webhook failed.");
  registration.failure = "enrollment_disabled";
  EXPECT_EQ(registration_state(device(), registration, std::nullopt).at("errorCode").to_number<int>(), 401003);
  registration.failure = "of a later release";
  EXPECT_EQ(registration_state(device(), registration, std::nullopt).at("errorCode").to_number<int>(), 500000);
  EXPECT_FALSE(registration_state(device(), assigned(), std::nullopt).contains("errorCode"));
}

TEST(AzureEntityTag, IsAQuotedBase64Text) {
  EXPECT_EQ(quoted_etag("abc"), "\"YWJj\"");
  // A registration's: the base64 of the quoted one, as Azure has it.
  const auto json = registration_state(device(), assigned(), std::nullopt);
  const auto inner = base::from_base64(text(json, "etag"));
  ASSERT_TRUE(inner);
  EXPECT_EQ(base::text_view(*inner).front(), '"');
  EXPECT_EQ(base::text_view(*inner).back(), '"');
}

TEST(AzureEntityTag, IsReadInEveryFormThatClientsSend) {
  for (const char* sent : {"YWJj", "\"YWJj\"", "\"\"YWJj\"\"", "W/\"YWJj\"", "IllXSmoi", "\"IllXSmoi\""})
    EXPECT_EQ(entity_tag_of(sent), "abc") << sent;
  EXPECT_EQ(entity_tag_of("*"), "*");
  EXPECT_EQ(entity_tag_of("\"*\""), "*");
}

TEST(AzureEntityTag, LeavesWhatIsNoneAsItIs) {
  for (const char* sent : {"?", "\"?\"", "\"", "\"YWJj"}) EXPECT_EQ(entity_tag_of(sent), sent) << sent;
  EXPECT_EQ(entity_tag_of(""), "");
  EXPECT_EQ(entity_tag_of("\"\""), "");
}

}  // namespace
}  // namespace muster::dialect::azure
