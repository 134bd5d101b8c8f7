#include "provisioning/fixture_test.hpp"

#include <boost/asio/co_spawn.hpp>
#include <stdexcept>

#include "crypto/certificate.hpp"

namespace muster::provisioning {

ProvisioningTest::ProvisioningTest() {
  add_tenant(tenant_a, scope_a);
  add_hub("hub.example");
}

ProvisioningTest::~ProvisioningTest() = default;

void ProvisioningTest::rethrow(const std::exception_ptr& fault) {
  if (fault) std::rethrow_exception(fault);
}

void ProvisioningTest::start(Task<void> task) { boost::asio::co_spawn(context, std::move(task), rethrow); }

void ProvisioningTest::run_both(Task<void> first, Task<void> second) {
  start(std::move(first));
  start(std::move(second));
  context.restart();
  context.run();
}

void ProvisioningTest::commit(const TenantId& tenant, std::vector<Change> changes) {
  Write write{.tenant = tenant, .changes = std::move(changes), .audit = {}};
  const auto committed = run(store->commit(std::move(write)));
  if (!committed) throw std::runtime_error(base::to_string(committed.error()));
}

IssuedCertificate ProvisioningTest::record_issued(const Bytes& leaf) {
  const auto certificate = *crypto::Certificate::from_der(leaf);
  const IssuedCertificate issued{.tenant = tenant_a,
                                 .serial = certificate.serial(),
                                 .authority = Uuid::draw(random),
                                 .purpose = CertificatePurpose::device,
                                 .certificate = leaf,
                                 .key = {},
                                 .not_before = certificate.not_before(),
                                 .not_after = certificate.not_after()};
  commit(tenant_a, {Put{issued}});
  return issued;
}

void ProvisioningTest::add_tenant(const TenantId& id, const IdScope& scope) {
  Tenant tenant;
  tenant.id = id;
  tenant.name = "Plant";
  tenant.id_scope = scope;
  tenant.created_at = noon;
  commit(id, {Put{tenant}, Put{vault.make_data_key(id, 1, noon)}});
}

void ProvisioningTest::add_hub(const std::string& name, int weight) {
  Hub hub;
  hub.tenant = tenant_a;
  hub.name = HubName(name);
  hub.weight = weight;
  hub.created_at = hub.updated_at = noon;
  commit(tenant_a, {Put{hub}});
}

void ProvisioningTest::remove_hub(const std::string& name) {
  commit(tenant_a, {Remove{*run(store->find_hub(tenant_a, HubName(name)))}});
}

void ProvisioningTest::add_authority(AuthorityKind kind, const crypto::Certificate& certificate,
                                     const crypto::PrivateKey& its_key) {
  Authority authority{.tenant = tenant_a,
                      .kind = kind,
                      .id = Uuid::draw(random),
                      .certificate = certificate.der(),
                      .key = {},
                      .created_at = noon};
  authority.key = run(vault.seal(key_place(authority), its_key.pkcs8()));
  commit(tenant_a, {Put{authority}});
}

void ProvisioningTest::add_device_authorities(const ca::AuthorityTree& tree) {
  add_authority(AuthorityKind::device_root, tree.root, tree.root_key);
  add_authority(AuthorityKind::device_issuing, tree.issuing, tree.issuing_key);
}

Enrollment ProvisioningTest::enroll(std::string_view id, EnrollmentTerms terms, SymmetricKeys keys) {
  Draft<Enrollment> draft;
  draft.wanted.tenant = tenant_a;
  draft.wanted.registration_id = registration_id(id);
  draft.wanted.terms = std::move(terms);
  draft.keys = std::move(keys);
  return *run(enrollments.put(std::move(draft), operator_ann));
}

Enrollment ProvisioningTest::enroll(std::string_view id, Attestation attestation) {
  return enroll(id, terms_of(std::move(attestation)));
}

EnrollmentGroup ProvisioningTest::enroll_group(std::string id, EnrollmentTerms terms, SymmetricKeys keys) {
  Draft<EnrollmentGroup> draft;
  draft.wanted.tenant = tenant_a;
  draft.wanted.id = GroupId(std::move(id));
  draft.wanted.terms = std::move(terms);
  draft.keys = std::move(keys);
  return *run(enrollments.put(std::move(draft), operator_ann));
}

EnrollmentTerms ProvisioningTest::terms_of(Attestation attestation) {
  EnrollmentTerms terms;
  terms.attestation = std::move(attestation);
  return terms;
}

RegistrationRequest ProvisioningTest::request(std::string_view id) {
  return RegistrationRequest{.id_scope = scope_a,
                             .registration_id = registration_id(id),
                             .evidence = {},
                             .address = "198.51.100.9",
                             .payload = {}};
}

RegistrationRequest ProvisioningTest::signed_request(std::string_view id, const Secret& key) const {
  RegistrationRequest made = request(id);
  made.evidence.token = token(scope_a.str() + "/registrations/" + std::string(id), key);
  return made;
}

codec::SasToken ProvisioningTest::token(const std::string& resource, const Secret& key) const {
  const TimePoint end = clock.now() + std::chrono::minutes(30);
  return *codec::parse_sas_token(codec::make_sas_token(resource, key, end, "registration"));
}

Result<RegistrationOutcome> ProvisioningTest::send(RegistrationRequest request) {
  return run(registrar.register_device(std::move(request)));
}

RegisteredDevice ProvisioningTest::must_register(RegistrationRequest request) {
  auto answer = send(std::move(request));
  if (!answer) throw std::runtime_error(base::to_string(answer.error()));
  return std::get<RegisteredDevice>(*std::move(answer));
}

DeviceRecord ProvisioningTest::device(std::string_view id) {
  return *run(store->find_device(tenant_a, base::to_lower(id)));
}

std::vector<AuditEvent> ProvisioningTest::audited(std::string_view action) {
  std::vector<AuditEvent> events;
  for (const auto& row : run(store->scan_audit(0, 1000)))
    if (row.record.tenant == tenant_a && row.record.event.action == action) events.push_back(row.record.event);
  return events;
}

}  // namespace muster::provisioning
