#include "dialect/azure/enrollment_json.hpp"

#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "crypto/test_certificates.hpp"

namespace muster::dialect::azure {
namespace {

namespace json = boost::json;
using base::Errc;
using provisioning::AllocationPolicy;

const base::TenantId tenant("tenant-a");
const auto device_1 = *base::RegistrationId::parse("Device-1");

base::Result<provisioning::Draft<provisioning::Enrollment>> read(const json::object& object) {
  return read_enrollment(object, tenant, device_1);
}
base::Result<provisioning::Draft<provisioning::Enrollment>> read(const std::string& text) {
  return read(json::parse(text).as_object());
}
base::Result<provisioning::Draft<provisioning::EnrollmentGroup>> read_group_text(const std::string& text) {
  return read_group(json::parse(text).as_object(), tenant, *parse_group_id("Line-1"));
}

/// The least that an enrollment needs, with one member more.
std::string with(const std::string& member) {
  return R"({"attestation":{"type":"symmetricKey"})" + (member.empty() ? "" : "," + member) + "}";
}
std::string with_attestation(const std::string& attestation) { return R"({"attestation":)" + attestation + "}"; }

template <class T>
Errc refusal_of(const base::Result<T>& result) {
  return result ? Errc::internal_error : result.error().code();
}

TEST(AzureEnrollmentJson, DefaultsAreAzures) {
  const auto draft = read(with(""));
  ASSERT_TRUE(draft);
  EXPECT_EQ(draft->wanted.tenant, tenant);
  EXPECT_EQ(draft->wanted.registration_id.str(), "Device-1");
  EXPECT_TRUE(draft->wanted.terms.enabled);
  EXPECT_TRUE(draft->wanted.terms.reprovision.update_hub_assignment);
  EXPECT_TRUE(draft->wanted.terms.reprovision.migrate_device_data);
  EXPECT_FALSE(draft->wanted.terms.allocation_policy);
  EXPECT_FALSE(draft->wanted.terms.iot_edge);
  EXPECT_TRUE(draft->keys.primary.empty());
  EXPECT_TRUE(draft->keys.secondary.empty());
}

TEST(AzureEnrollmentJson, WritesWhatItRead) {
  const std::string text = R"({"registrationId":"another","deviceId":"pump","etag":"\"AAA=\"","unknown":{"x":1},
    "optionalDeviceInformation":{"room":"7"},
    "attestation":{"type":"symmetricKey","symmetricKey":{"primaryKey":"AQIDBAUGBwgJCgsMDQ4PEA==","secondaryKey":null}},
    "capabilities":{"iotEdge":true},"provisioningStatus":"Disabled","allocationPolicy":"GEOLATENCY",
    "reprovisionPolicy":{"updateHubAssignment":true,"migrateDeviceData":false},
    "iotHubs":["Hub-B.example","hub-a.example"],"initialTwin":{"tags":{"a":1},"properties":{"desired":{}}},
    "customAllocationDefinition":{"webhookUrl":"https://hook.example","apiVersion":"2019-03-31"}})";
  auto draft = read(text);
  ASSERT_TRUE(draft) << draft.error().detail();
  EXPECT_EQ(base::to_hex(draft->keys.primary.reveal()), "0102030405060708090a0b0c0d0e0f10");
  EXPECT_TRUE(draft->keys.secondary.empty());

  draft->wanted.created_at = base::from_unix_seconds(1764000000);
  draft->wanted.updated_at = base::from_unix_seconds(1764000060);
  const auto written = write_enrollment(draft->wanted, nullptr, nullptr);
  const auto expected = json::parse(R"({"registrationId":"Device-1","deviceId":"pump",
    "optionalDeviceInformation":{"room":"7"},"attestation":{"type":"symmetricKey","symmetricKey":{}},
    "capabilities":{"iotEdge":true},"initialTwin":{"tags":{"a":1},"properties":{"desired":{}}},
    "provisioningStatus":"disabled","reprovisionPolicy":{"updateHubAssignment":true,"migrateDeviceData":false},
    "allocationPolicy":"geoLatency","iotHubs":["hub-b.example","hub-a.example"],
    "customAllocationDefinition":{"webhookUrl":"https://hook.example","apiVersion":"2019-03-31"},
    "createdDateTimeUtc":"2025-11-24T16:00:00.0000000Z","lastUpdatedDateTimeUtc":"2025-11-24T16:01:00.0000000Z"})");
  auto without_etag = written;
  without_etag.erase("etag");
  EXPECT_EQ(json::value(without_etag), expected) << json::serialize(written);
  EXPECT_EQ(written.at("etag").as_string().front(), '"');

  const auto again = read(written);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->wanted.terms.hubs, draft->wanted.terms.hubs);
  EXPECT_EQ(again->wanted.terms.initial_twin, draft->wanted.terms.initial_twin);
}

TEST(AzureEnrollmentJson, GroupsHaveTheirOwnMembers) {
  const auto draft = read_group_text(with(R"("deviceId":"ignored","allocationPolicy":"static")"));
  ASSERT_TRUE(draft);
  EXPECT_EQ(draft->wanted.id.str(), "line-1");
  EXPECT_EQ(draft->wanted.terms.allocation_policy, AllocationPolicy::static_hub);
  const auto written = write_group(draft->wanted, nullptr);
  EXPECT_EQ(written.at("enrollmentGroupId").as_string(), "line-1");
  for (const char* member : {"registrationId", "deviceId", "registrationState", "optionalDeviceInformation"})
    EXPECT_FALSE(written.contains(member)) << member;
}

TEST(AzureEnrollmentJson, GroupIdsAreFoldedAndChecked) {
  EXPECT_EQ(parse_group_id("Line.1")->str(), "line.1");
  EXPECT_FALSE(parse_group_id(""));
  EXPECT_FALSE(parse_group_id("a b"));
  EXPECT_FALSE(parse_group_id(std::string(129, 'a')));
}

TEST(AzureEnrollmentJson, ReadsEveryAllocationPolicy) {
  const std::pair<const char*, AllocationPolicy> cases[] = {
      {"hashed", AllocationPolicy::hashed},
      {"geoLatency", AllocationPolicy::geo_latency},
      {"static", AllocationPolicy::static_hub},
      {"custom", AllocationPolicy::custom},
  };
  for (const auto& [name, policy] : cases) {
    const auto draft = read(with(R"("allocationPolicy":")" + std::string(name) + "\""));
    ASSERT_TRUE(draft) << name;
    EXPECT_EQ(draft->wanted.terms.allocation_policy, policy) << name;
    EXPECT_EQ(write_enrollment(draft->wanted, nullptr, nullptr).at("allocationPolicy").as_string(), name);
  }
}

TEST(AzureEnrollmentJson, TakesTheOlderSpellingOfOneHub) {
  EXPECT_EQ(read(with(R"("iotHubHostName":"Hub.example")"))->wanted.terms.hubs,
            (std::vector<base::HubName>{base::HubName("hub.example")}));
  EXPECT_EQ(read(with(R"("iotHubHostName":"old.example","iotHubs":["new.example"])"))->wanted.terms.hubs,
            (std::vector<base::HubName>{base::HubName("new.example")}));
}

TEST(AzureEnrollmentJson, NullIsAbsent) {
  const auto draft = read(
      with(R"("deviceId":null,"iotHubs":null,"iotHubHostName":null,"provisioningStatus":null,"allocationPolicy":null,)"
           R"("reprovisionPolicy":null,"capabilities":null,"initialTwin":null,"customAllocationDefinition":null,)"
           R"("optionalDeviceInformation":null)"));
  ASSERT_TRUE(draft) << draft.error().detail();
  EXPECT_TRUE(draft->wanted.terms.initial_twin.empty());
}

TEST(AzureEnrollmentJson, RefusesMembersOfTheWrongKind) {
  for (const char* member : {
           R"("deviceId":1)",
           R"("iotHubs":"hub.example")",
           R"("iotHubs":[1])",
           R"("iotHubs":[""])",
           R"("iotHubHostName":[])",
           R"("provisioningStatus":true)",
           R"("provisioningStatus":"paused")",
           R"("allocationPolicy":1)",
           R"("allocationPolicy":"random")",
           R"("reprovisionPolicy":"never")",
           R"("reprovisionPolicy":{"updateHubAssignment":"yes"})",
           R"("reprovisionPolicy":{"migrateDeviceData":1})",
           R"("capabilities":[])",
           R"("capabilities":{"iotEdge":"true"})",
           R"("initialTwin":"{}")",
           R"("optionalDeviceInformation":[])",
           R"("customAllocationDefinition":1)",
       })
    EXPECT_EQ(refusal_of(read(with(member))), Errc::invalid_argument) << member;
}

TEST(AzureEnrollmentJson, BoundsTextsAndHostNames) {
  const auto twin = [](std::size_t size) {
    return with(R"("initialTwin":{"t":")" + std::string(size - 8, 'x') + "\"}");
  };
  EXPECT_TRUE(read(twin(32 * 1024)));
  EXPECT_EQ(refusal_of(read(twin(32 * 1024 + 1))), Errc::invalid_argument);
  EXPECT_TRUE(read(with(R"("iotHubs":[")" + std::string(253, 'h') + "\"]")));
  EXPECT_EQ(refusal_of(read(with(R"("iotHubs":[")" + std::string(254, 'h') + "\"]"))), Errc::invalid_argument);
  EXPECT_EQ(refusal_of(read(with(R"("iotHubHostName":")" + std::string(254, 'h') + "\""))), Errc::invalid_argument);
}

TEST(AzureAttestationJson, RefusesWhatIsNoMechanism) {
  for (const char* attestation : {
           "null",
           "[]",
           "{}",
           R"({"type":1})",
           R"({"type":"none"})",
           R"({"type":"magic"})",
           R"({"type":"symmetricKey","symmetricKey":[]})",
           R"({"type":"symmetricKey","symmetricKey":{"primaryKey":1}})",
           R"({"type":"symmetricKey","symmetricKey":{"secondaryKey":"?"}})",
           R"({"type":"tpm"})",
           R"({"type":"tpm","tpm":{"endorsementKey":""}})",
           R"({"type":"tpm","tpm":{"endorsementKey":"?"}})",
           R"({"type":"tpm","tpm":{"endorsementKey":"AQ==","storageRootKey":1}})",
           R"({"type":"x509"})",
           R"({"type":"x509","x509":{"clientCertificates":"x"}})",
           R"({"type":"x509","x509":{"signingCertificates":{}}})",
           R"({"type":"x509","x509":{"caReferences":{}}})",
           R"({"type":"x509","x509":{"caReferences":"ca"}})",
           R"({"type":"x509","x509":{"caReferences":{"primary":1}}})",
           R"({"type":"x509","x509":{"caReferences":{"secondary":"ca"}}})",
           R"({"type":"x509","x509":{"caReferences":{"primary":"ca"},"clientCertificates":{}}})",
           R"({"type":"x509","x509":{"clientCertificates":{"primary":"x"}}})",
           R"({"type":"x509","x509":{"clientCertificates":{"primary":{"certificate":1}}}})",
           R"({"type":"x509","x509":{"clientCertificates":{"primary":{"certificate":"AQID"}}}})",
       })
    EXPECT_EQ(refusal_of(read(with_attestation(attestation))), Errc::invalid_argument) << attestation;
  EXPECT_EQ(refusal_of(read(std::string("{}"))), Errc::invalid_argument);
}

TEST(AzureAttestationJson, ReadsAndWritesTpmKeys) {
  const auto draft =
      read(with_attestation(R"({"type":"TPM","tpm":{"endorsementKey":"AQ ID\n","storageRootKey":"BA=="}})"));
  ASSERT_TRUE(draft);
  const auto& tpm = std::get<provisioning::TpmAttestation>(draft->wanted.terms.attestation);
  EXPECT_EQ(tpm.endorsement_key, (base::Bytes{1, 2, 3}));
  EXPECT_EQ(json::value(write_attestation(draft->wanted.terms.attestation, false, nullptr)),
            json::parse(R"({"type":"tpm","tpm":{"endorsementKey":"AQID","storageRootKey":"BA=="}})"));
}

TEST(AzureAttestationJson, ReadsAndWritesReferencesToCaCertificates) {
  for (const char* text : {R"({"type":"x509","x509":{"caReferences":{"primary":"old","secondary":"new"}}})",
                           R"({"type":"x509","x509":{"caReferences":{"primary":"old"}}})"}) {
    const auto draft = read(with_attestation(text));
    ASSERT_TRUE(draft) << base::to_string(draft.error());
    const auto& x509 = std::get<provisioning::X509Attestation>(draft->wanted.terms.attestation);
    EXPECT_EQ(x509.primary_reference, "old");
    EXPECT_EQ(json::value(write_attestation(draft->wanted.terms.attestation, false, nullptr)), json::parse(text));
    EXPECT_EQ(json::value(write_attestation(draft->wanted.terms.attestation, true, nullptr)), json::parse(text));
  }
}

TEST(AzureAttestationJson, ShowsSymmetricKeysOnlyWhereTheyAreGiven) {
  const provisioning::SymmetricKeys keys{base::Secret({1, 2, 3}), base::Secret({4})};
  const provisioning::Attestation attestation = provisioning::SymmetricKeyAttestation{};
  EXPECT_EQ(json::value(write_attestation(attestation, false, &keys)),
            json::parse(R"({"type":"symmetricKey","symmetricKey":{"primaryKey":"AQID","secondaryKey":"BA=="}})"));
  EXPECT_EQ(json::value(write_attestation(attestation, true, nullptr)),
            json::parse(R"({"type":"symmetricKey","symmetricKey":{}})"));
}

/// The base64 between the lines of a PEM file, without its line ends.
std::string base64_of_der(const std::string& pem) {
  const std::string begin = "-----BEGIN CERTIFICATE-----", end = "-----END CERTIFICATE-----";
  const std::size_t from = pem.find(begin) + begin.size();
  std::string text = pem.substr(from, pem.find(end) - from);
  std::erase(text, '\n');
  return text;
}

json::object holding(const char* list, const std::string& certificate) {
  return {
      {"attestation",
       {{"type", "x509"}, {"x509", {{list, {{"primary", {{"certificate", certificate}}}, {"secondary", nullptr}}}}}}}};
}

TEST(AzureAttestationJson, TakesCertificatesInThreeEncodings) {
  const std::string pem = crypto::test_certificate_text("device");
  const std::string der = base64_of_der(pem);
  for (const auto& text : {pem, der, base::to_base64(base::view(pem))}) {
    const auto draft = read(holding("clientCertificates", text));
    ASSERT_TRUE(draft) << draft.error().detail();
    const auto& x509 = std::get<provisioning::X509Attestation>(draft->wanted.terms.attestation);
    EXPECT_EQ(base::to_base64(x509.primary_certificate), der);
    EXPECT_TRUE(x509.secondary_certificate.empty());
  }
}

TEST(AzureAttestationJson, DescribesCertificatesInAllEightFields) {
  const std::string pem = crypto::test_certificate_text("root");
  const auto draft = read_group(holding("signingCertificates", pem), tenant, base::GroupId("line-1"));
  ASSERT_TRUE(draft) << draft.error().detail();
  const auto written = write_attestation(draft->wanted.terms.attestation, true, nullptr);
  const auto& holders = written.at("x509").at("signingCertificates").as_object();
  EXPECT_FALSE(holders.contains("secondary"));
  EXPECT_EQ(holders.at("primary").at("certificate").as_string(), base64_of_der(pem));
  const auto& info = holders.at("primary").at("info").as_object();
  // Java refuses an info that lacks one of them.
  for (const char* field : {"subjectName", "sha1Thumbprint", "sha256Thumbprint", "issuerName", "notBeforeUtc",
                            "notAfterUtc", "serialNumber", "version"})
    EXPECT_TRUE(info.contains(field)) << field;
  EXPECT_EQ(info.size(), 8U);
  EXPECT_EQ(info.at("notBeforeUtc").as_string(), "2026-01-01T00:00:00.0000000Z");
  EXPECT_EQ(info.at("version").to_number<int>(), 3);
}

TEST(AzureAttestationJson, WantsTheListOfItsKind) {
  const std::string pem = crypto::test_certificate_text("root");
  EXPECT_EQ(refusal_of(read(holding("signingCertificates", pem))), Errc::invalid_argument);
  EXPECT_EQ(refusal_of(read_group(holding("clientCertificates", pem), tenant, base::GroupId("line-1"))),
            Errc::invalid_argument);
}

}  // namespace
}  // namespace muster::dialect::azure
