// Every member of every row comes back as it was written. The structured bindings below stop compiling when a row gets
// another member, so that none is forgotten in its mapping.
#include "store/fixture_test.hpp"

namespace muster::store {
namespace {

template <class Backend>
class StoreRoundTrip : public StoreTest<Backend> {};
TYPED_TEST_SUITE(StoreRoundTrip, Backends);

const std::string odd_text("\"x\";\0'\n\xc3\xa4", 9);
const Bytes odd_bytes{0, 1, 0, 255, 39};
const TimePoint later = noon + std::chrono::microseconds(1234567);

auto members(const SymmetricKeyAttestation& row) {
  const auto& [a, b] = row;
  return std::tie(a, b);
}
auto members(const TpmAttestation& row) {
  const auto& [a, b] = row;
  return std::tie(a, b);
}
auto members(const X509Attestation& row) {
  const auto& [a, b, c, d] = row;
  return std::tie(a, b, c, d);
}
auto members(const TpmVendorAttestation& row) {
  const auto& [a, b, c] = row;
  return std::tie(a, b, c);
}
bool same(const Attestation& left, const Attestation& right) {
  if (left.index() != right.index()) return false;
  const auto compare = [&right](const auto& one) {
    return members(one) == members(std::get<std::decay_t<decltype(one)>>(right));
  };
  return std::visit(compare, left);
}
bool same(const EnrollmentTerms& left, const EnrollmentTerms& right) {
  const auto members_of = [](const EnrollmentTerms& terms) {
    const auto& [attestation, b, c, d, reprovision, f, g, h, k] = terms;
    const auto& [i, j] = reprovision;
    return std::tie(b, c, d, f, g, h, i, j, k);
  };
  return same(left.attestation, right.attestation) && members_of(left) == members_of(right);
}

auto members(const Tenant& row) {
  const auto& [a, b, c, d, e, f, g, h, i, j, k, l, m] = row;
  return std::tie(a, b, c, d, e, f, g, h, i, j, k, l, m);
}
auto members(const Hub& row) {
  const auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = row;
  return std::tie(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p);
}
auto members(const Principal& row) {
  const auto& [a, b, c, d, e, f, g, h, i] = row;
  return std::tie(a, b, c, d, e, f, g, h, i);
}
auto members(const AccessPolicy& row) {
  const auto& [a, b, c, d, e, f, g] = row;
  return std::tie(a, b, c, d, e, f, g);
}
auto members(const OutboxEntry& row) {
  const auto& [a, b, c, d, e, f, g, h, i, j] = row;
  return std::tie(a, b, c, d, e, f, g, h.digest, h.authority, i, j);
}
auto members(const Device& row) {
  const auto& [a, b, c, d, e, f, g, h] = row;
  return std::tie(a, b, c.str(), c.folded(), d, e, f, g, h);
}
auto members(const Identity& row) {
  const auto& [a, b, c, d, e, f, g, h, i, j, k] = row;
  return std::tie(a, b, c, d, e, f, g, h, i, j, k);
}
auto members(const Credential& row) {
  const auto& [a, b, c, d, e, f, g, h, i, j, k] = row;
  return std::tie(a, b, c, d, e, f, g, h, i, j, k);
}
auto members(const Placement& row) {
  const auto& [a, b, c, d, e, f, g, h, i, j, k] = row;
  return std::tie(a, b, c, d, e, f, g, h, i, j, k);
}
auto members(const Ownership& row) {
  const auto& [a, b, c, d, e, f, g, h, i] = row;
  return std::tie(a, b, c, d, e, f, g, h, i);
}
auto members(const Registration& row) {
  const auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = row;
  return std::tie(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p);
}
auto members(const Challenge& row) {
  const auto& [a, b, c, d, e, f, g, h, i, j] = row;
  return std::tie(a, b.str(), b.folded(), c, d, e, f, g, h, i, j);
}
auto members(const Authority& row) {
  const auto& [a, b, c, d, e, f, g, h] = row;
  return std::tie(a, b, c, d, e, f, g, h);
}
auto members(const IssuedCertificate& row) {
  const auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n] = row;
  return std::tie(a, b, c, d, e, f, g, h, i, j, k, l, m, n);
}
auto members(const CaCertificate& row) {
  const auto& [a, b, c, d, e, f, g, h] = row;
  return std::tie(a, b, c, d, e, f, g, h);
}
auto members(const CredentialPolicy& row) {
  const auto& [a, b, c, d, e, f, g, h] = row;
  return std::tie(a, b, c, d, e, f, g, h);
}
auto members(const RefusalRecord& row) {
  const auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n] = row;
  return std::tie(a, b.str(), b.folded(), c, d, e, f, g, h, i, j, k, l, m, n);
}
auto members(const DeferredRegistration& row) {
  const auto& [a, b, c, d, e, f, g] = row;
  return std::tie(a, b.str(), b.folded(), c, d, e, f, g);
}
auto members(const DataKey& row) {
  const auto& [a, b, c, d, e, f] = row;
  return std::tie(a, b, c, d, e, f);
}

/// Whether the store gave back what was put, at revision 1.
template <class T>
void expect_same(T written, const std::optional<T>& found) {
  written.revision = 1;
  ASSERT_TRUE(found);
  EXPECT_TRUE(members(written) == members(*found));
}
template <class T>
void expect_only(const T& written, const std::vector<T>& found) {
  ASSERT_EQ(found.size(), 1U);
  expect_same<T>(written, found.front());
}

TYPED_TEST(StoreRoundTrip, OfTenants) {
  const Tenant row{.id = tenant_a,
                   .name = odd_text,
                   .id_scope = IdScope("0ne0000abcd"),
                   .enabled = false,
                   .allocation_policy = AllocationPolicy::static_hub,
                   .created_at = later,
                   .location = "Berlin",
                   .tags = R"({"a":"b"})",
                   .ip_rules = {{.name = odd_text,
                                 .action = IpAction::reject,
                                 .network = "192.0.2.0/24",
                                 .target = IpTarget::service_api},
                                {.name = "", .action = IpAction::accept, .network = "::/0", .target = IpTarget::all}},
                   .require_verified_ca = true,
                   .webhook_key = odd_bytes,
                   .limits = {.devices_max = 1,
                              .enrollments_max = 2,
                              .groups_max = 3,
                              .ca_certificates_max = 4,
                              .hubs_max = 5,
                              .registrations_per_minute = 6,
                              .service_calls_per_minute = 7,
                              .requests_per_minute_and_device = 8}};
  ASSERT_EQ(outcome(this->put(tenant_a, row)), "accepted");
  expect_same(row, run(this->store->find_tenant(tenant_a)));
  expect_same(row, run(this->store->find_tenant(row.id_scope)));
  expect_only(row, run(this->store->list_tenants(Page{})));
  EXPECT_FALSE(run(this->store->find_tenant(IdScope("0ne0000abce"))));
}

TYPED_TEST(StoreRoundTrip, OfHubs) {
  const Hub row{.tenant = tenant_a,
                .name = HubName("one.example"),
                .weight = 250,
                .accepts_devices = false,
                .location = odd_text,
                .tags = {"north", "", odd_text},
                .created_at = noon,
                .updated_at = later,
                .in_allocation = false,
                .healthy = false,
                .devices_max = 7,
                .latitude_microdegrees = -52'520'000,
                .longitude_microdegrees = 13'405'000,
                .connection_string = odd_bytes};
  ASSERT_EQ(outcome(this->put(tenant_a, row)), "accepted");
  expect_same(row, run(this->store->find_hub(tenant_a, row.name)));
  expect_only(row, run(this->store->list_hubs(tenant_a)));
}

TYPED_TEST(StoreRoundTrip, OfPrincipalsAndPolicies) {
  const Principal principal{.tenant = tenant_a,
                            .id = uuid(1),
                            .name = "ann",
                            .token_hash = odd_bytes,
                            .role = Role::operator_,
                            .scope = "line-7",
                            .expires_at = later,
                            .created_at = noon};
  const AccessPolicy policy{.tenant = tenant_a,
                            .name = "provisioningserviceowner",
                            .primary_key = odd_bytes,
                            .secondary_key = {1},
                            .rights = all_service_rights,
                            .created_at = later};
  ASSERT_EQ(outcome(this->commit(write_of(tenant_a, {Put{principal}, Put{policy}}))), "accepted");
  expect_same(principal, run(this->store->find_principal(odd_bytes)));
  expect_same(principal, run(this->store->find_principal(tenant_a, principal.name)));
  expect_only(principal, run(this->store->list_principals(tenant_a)));
  expect_same(policy, run(this->store->find_policy(tenant_a, policy.name)));
  expect_only(policy, run(this->store->list_policies(tenant_a)));
  EXPECT_FALSE(run(this->store->find_principal(Bytes{9})));
  EXPECT_FALSE(run(this->store->find_principal(tenant_b, principal.name)));
  EXPECT_FALSE(run(this->store->find_principal(tenant_a, "bob")));
}

TYPED_TEST(StoreRoundTrip, OfEnrollmentsForEveryAttestation) {
  const Attestation attestations[] = {
      SymmetricKeyAttestation{.primary_key = odd_bytes, .secondary_key = {2}},
      TpmAttestation{.endorsement_key = odd_bytes, .storage_root_key = {}},
      X509Attestation{.primary_certificate = {1},
                      .secondary_certificate = odd_bytes,
                      .primary_reference = "ca-1",
                      .secondary_reference = ""},
      TpmVendorAttestation{.roots = {{1}, {}, odd_bytes}, .intermediates = {{2}}, .allowed_keys = {}}};
  int number = 0;
  for (const Attestation& attestation : attestations) {
    EnrollmentTerms terms{.attestation = attestation,
                          .enabled = false,
                          .hubs = {HubName("a.example"), HubName("b.example")},
                          .allocation_policy = AllocationPolicy::geo_latency,
                          .reprovision = {.update_hub_assignment = false, .migrate_device_data = false},
                          .initial_twin = R"({"tags":{}})",
                          .iot_edge = true,
                          .custom_allocation = odd_text,
                          .credential_policy = "short-lived"};
    if (number == 0) terms.allocation_policy.reset();
    const std::string name = "Device-" + std::to_string(++number);
    const Enrollment single{.tenant = tenant_a,
                            .registration_id = registration_id(name),
                            .device_id = "In-Hub",
                            .device_information = "{}",
                            .terms = terms,
                            .created_at = noon,
                            .updated_at = later};
    const EnrollmentGroup group{
        .tenant = tenant_a, .id = GroupId(name), .terms = terms, .created_at = noon, .updated_at = later};
    ASSERT_EQ(outcome(this->commit(write_of(tenant_a, {Put{single}, Put{group}}))), "accepted");

    const auto found = run(this->store->find_enrollment(tenant_a, single.registration_id.folded()));
    ASSERT_TRUE(found);
    const auto& [tenant, id, device_id, information, single_terms, created_at, updated_at, revision] = *found;
    EXPECT_TRUE(same(single_terms, terms));
    EXPECT_EQ(id.str(), name);
    EXPECT_TRUE(std::tie(tenant, device_id, information, created_at, updated_at) ==
                std::tie(tenant_a, single.device_id, single.device_information, noon, later));
    EXPECT_EQ(revision, 1);

    const auto found_group = run(this->store->find_group(tenant_a, group.id));
    ASSERT_TRUE(found_group);
    const auto& [group_tenant, group_id, group_terms, group_created_at, group_updated_at, group_revision] =
        *found_group;
    EXPECT_TRUE(same(group_terms, terms));
    EXPECT_TRUE(std::tie(group_tenant, group_id, group_created_at, group_updated_at) ==
                std::tie(tenant_a, group.id, noon, later));
    EXPECT_EQ(group_revision, 1);
  }
}

TYPED_TEST(StoreRoundTrip, OfAnEnrollmentWhoseAttestationChanges) {
  Enrollment row = enrollment(tenant_a, "pump");
  row.terms.attestation = TpmAttestation{.endorsement_key = odd_bytes, .storage_root_key = {}};
  ASSERT_EQ(outcome(this->put(tenant_a, row)), "accepted");
  row.revision = 1;
  row.terms.attestation = SymmetricKeyAttestation{.primary_key = {1}, .secondary_key = {2}};
  ASSERT_EQ(outcome(this->put(tenant_a, row)), "accepted");
  EXPECT_TRUE(same(run(this->store->find_enrollment(tenant_a, "pump"))->terms, row.terms));
}

TYPED_TEST(StoreRoundTrip, OfADeviceWithAllThatItHas) {
  Device owner = device(tenant_a, 1, "Pump-1");
  owner.updated_at = later;
  Identity identity{.tenant = tenant_a,
                    .device = owner.id,
                    .id = uuid(9),
                    .kind = IdentityKind::device_certificate,
                    .fingerprint = odd_bytes,
                    .public_part = {7},
                    .state = OverlapState::retiring,
                    .valid_from = noon,
                    .valid_until = later,
                    .predecessor = uuid(8)};
  Identity newer_identity = identity;
  newer_identity.id = uuid(2);
  newer_identity.valid_from = later;
  newer_identity.valid_until.reset();
  newer_identity.predecessor = identity.id;
  const Credential credential{.tenant = tenant_a,
                              .device = owner.id,
                              .id = uuid(3),
                              .kind = CredentialKind::hub_symmetric_key,
                              .secret = odd_bytes,
                              .fingerprint = {},
                              .state = OverlapState::pending,
                              .valid_from = later,
                              .valid_until = std::nullopt,
                              .predecessor = std::nullopt};
  const Placement placement{.tenant = tenant_a,
                            .device = owner.id,
                            .id = uuid(4),
                            .hub = HubName("one.example"),
                            .valid_from = noon,
                            .valid_until = later,
                            .predecessor = uuid(5),
                            .twin = odd_text,
                            .iot_edge = true};
  const Ownership ownership{.tenant = tenant_a,
                            .device = owner.id,
                            .id = uuid(6),
                            .owner = odd_text,
                            .state = OverlapState::revoked,
                            .valid_from = noon,
                            .valid_until = std::nullopt,
                            .predecessor = std::nullopt};
  const Registration registration{.tenant = tenant_a,
                                  .device = owner.id,
                                  .operation_id = "4.abc",
                                  .status = RegistrationStatus::assigned,
                                  .substatus = RegistrationSubstatus::device_data_reset,
                                  .attestation = AttestationKind::tpm,
                                  .hub = HubName("one.example"),
                                  .payload = "{}",
                                  .returned_payload = "[1]",
                                  .refusal = odd_text,
                                  .created_at = noon,
                                  .updated_at = later,
                                  .failure = "webhook_failed",
                                  .failure_detail = "status code: 500",
                                  .certificate_serial = "0B"};
  Device neighbour = device(tenant_a, 2, "pump-2");
  Placement other = placement;
  other.device = neighbour.id;
  ASSERT_EQ(outcome(this->commit(
                write_of(tenant_a, {Put{owner}, Put{newer_identity}, Put{identity}, Put{credential}, Put{placement},
                                    Put{ownership}, Put{registration}, Put{neighbour}, Put{other}}))),
            "accepted");

  const auto found = run(this->store->find_device(tenant_a, "pump-1"));
  ASSERT_TRUE(found);
  expect_same<Device>(owner, found->device);
  ASSERT_EQ(found->identities.size(), 2U);
  expect_same<Identity>(identity, found->identities[0]);
  expect_same<Identity>(newer_identity, found->identities[1]);
  expect_only(credential, found->credentials);
  expect_only(placement, found->placements);
  expect_only(ownership, found->ownerships);
  expect_same(registration, found->registration);

  EXPECT_FALSE(run(this->store->find_device(tenant_a, uuid(2)))->registration);
  EXPECT_EQ(run(this->store->list_devices(tenant_a, std::nullopt, Page{})).at(0).identities.size(), 2U);
}

TYPED_TEST(StoreRoundTrip, OfChallengesAndOutboxEntries) {
  const Challenge challenge{.tenant = tenant_a,
                            .registration_id = registration_id("Pump-1"),
                            .id = uuid(1),
                            .enrollment = {.is_group = true, .id = "g"},
                            .endorsement_key = odd_bytes,
                            .storage_root_key = {3},
                            .key = {4, 5},
                            .created_at = noon,
                            .expires_at = later};
  const OutboxEntry entry{.tenant = tenant_a,
                          .id = uuid(2),
                          .kind = "hub.create",
                          .content = odd_text,
                          .attempts = 3,
                          .due_at = noon,
                          .created_at = later,
                          .grounds = {.digest = odd_bytes, .authority = odd_text + "2"},
                          .signing_request = odd_text + "3"};
  ASSERT_EQ(outcome(this->commit(write_of(tenant_a, {Put{challenge}, Put{entry}}))), "accepted");
  expect_only(challenge, run(this->store->list_challenges(tenant_a, "pump-1")));
  expect_only(entry, run(this->store->list_due_outbox(later, 10, 10)));
}

TYPED_TEST(StoreRoundTrip, OfTheTrustTrees) {
  const Authority authority{.tenant = tenant_a,
                            .kind = AuthorityKind::device_issuing,
                            .id = uuid(1),
                            .certificate = odd_bytes,
                            .key = {1},
                            .state = OverlapState::retiring,
                            .created_at = later};
  const IssuedCertificate issued{.tenant = tenant_a,
                                 .serial = "0A",
                                 .authority = uuid(1),
                                 .purpose = CertificatePurpose::device,
                                 .certificate = odd_bytes,
                                 .key = {},
                                 .not_before = noon,
                                 .not_after = later,
                                 .device = uuid(7),
                                 .subject = "Pump-1",
                                 .revoked_at = noon,
                                 .revocation_reason = RevocationReason::superseded};
  const DataKey key{.tenant = tenant_a, .version = 2, .master_version = 3, .sealed = odd_bytes, .created_at = later};
  ASSERT_EQ(outcome(this->commit(write_of(tenant_a, {Put{authority}, Put{issued}, Put{key}}))), "accepted");
  expect_only(authority, run(this->store->list_authorities(tenant_a)));
  expect_same(issued, run(this->store->find_active_certificate(tenant_a, CertificatePurpose::device)));
  expect_only(key, run(this->store->list_data_keys(tenant_a)));
  expect_same(issued, run(this->store->find_certificate(tenant_a, "0A")));
  EXPECT_FALSE(run(this->store->find_certificate(tenant_b, "0A")));
}

TYPED_TEST(StoreRoundTrip, OfCaCertificatesAndCredentialPolicies) {
  const CaCertificate ca{.tenant = tenant_a,
                         .name = "Plant root",
                         .certificate = odd_bytes,
                         .is_verified = true,
                         .verification_code = "C0DE",
                         .created_at = noon,
                         .updated_at = later};
  const CredentialPolicy policy{.tenant = tenant_a,
                                .name = "short-lived",
                                .lifetime_hours = 12,
                                .key_kinds = {"P-256", "RSA-2048"},
                                .allow_dns_names = true,
                                .created_at = noon,
                                .updated_at = later};
  ASSERT_EQ(outcome(this->commit(write_of(tenant_a, {Put{ca}, Put{policy}}))), "accepted");
  expect_same(ca, run(this->store->find_ca_certificate(tenant_a, ca.name)));
  expect_only(ca, run(this->store->list_ca_certificates(tenant_a)));
  expect_same(policy, run(this->store->find_credential_policy(tenant_a, policy.name)));
  expect_only(policy, run(this->store->list_credential_policies(tenant_a)));
  EXPECT_FALSE(run(this->store->find_ca_certificate(tenant_b, ca.name)));
  EXPECT_FALSE(run(this->store->find_credential_policy(tenant_b, policy.name)));
}

TYPED_TEST(StoreRoundTrip, OfRefusalsAndDeferredRegistrations) {
  const RefusalRecord refusal{.tenant = tenant_a,
                              .registration_id = registration_id("Pump-1"),
                              .id = uuid(1),
                              .at = noon,
                              .transport = Transport::amqp_websocket,
                              .attestation = "x509",
                              .enrollment = "group line-3",
                              .code = "certificate_expired",
                              .detail = odd_text,
                              .address = "192.0.2.1",
                              .count = 3,
                              .last_at = later,
                              .is_known = true};
  RefusalRecord strangers = refusal;
  strangers.registration_id = registration_id("stranger-1");
  strangers.last_at = noon;
  strangers.is_known = false;
  const DeferredRegistration deferred{.tenant = tenant_a,
                                      .registration_id = registration_id("Pump-1"),
                                      .operation_id = "5.1",
                                      .payload = "{}",
                                      .created_at = noon,
                                      .signing_request = odd_text};
  ASSERT_EQ(outcome(this->commit(write_of(tenant_a, {Put{refusal}, Put{strangers}, Put{deferred}}))), "accepted");
  expect_only(refusal, run(this->store->list_refusals(tenant_a, "pump-1")));
  expect_only(strangers, run(this->store->list_refusals_of_strangers(tenant_a, 10)));
  EXPECT_EQ(run(this->store->count_refusals_of_strangers(tenant_a)), 1);
  EXPECT_EQ(run(this->store->count_refusals_of_strangers(tenant_b)), 0);
  expect_only(strangers, run(this->store->list_refusals_before(later, 10)));
  EXPECT_EQ(run(this->store->list_refusals_before(later, 0)).size(), 0U);
  expect_same(deferred, run(this->store->find_deferred(tenant_a, "pump-1")));
  expect_only(deferred, run(this->store->list_deferred_before(later, 10)));
  EXPECT_TRUE(run(this->store->list_deferred_before(noon, 10)).empty());
}

}  // namespace
}  // namespace muster::store
