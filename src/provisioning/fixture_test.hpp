// What tests of the provisioning use cases share: them all over a database of its own, with one tenant. Included by
// tests only.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "base/temporary_directory_test.hpp"
#include "provisioning/enrollments.hpp"
#include "provisioning/registrar.hpp"
#include "provisioning/registrations.hpp"
#include "store/open.hpp"

namespace muster::provisioning {

inline const TenantId tenant_a{"tenant-a"};
inline const IdScope scope_a{"0ne0000000A"};
inline const TimePoint noon = base::from_unix_seconds(1764000000);
inline const Actor operator_ann{.name = "principal:ann", .address = "192.0.2.7"};

inline RegistrationId registration_id(std::string_view text) { return *RegistrationId::parse(text); }
inline Secret secret(std::uint8_t octet) { return Secret(Bytes(32, octet)); }

/// The refusal's name, or "done".
template <class T>
std::string outcome(const Result<T>& result) {
  return result ? "done" : std::string(base::describe(result.error().code()).name);
}

class ProvisioningTest : public ::testing::Test {
 protected:
  ProvisioningTest() {
    add_tenant(tenant_a, scope_a);
    add_hub("hub.example");
  }

  template <class T>
  static Task<void> keep_result(Task<T> task, std::optional<T>& result) {
    result.emplace(co_await std::move(task));
  }
  static void rethrow(const std::exception_ptr& fault) {
    if (fault) std::rethrow_exception(fault);
  }

  template <class T>
  T run(Task<T> task) {
    std::optional<T> result;
    boost::asio::co_spawn(context, keep_result(std::move(task), result), rethrow);
    context.restart();
    context.run();
    return *std::move(result);
  }

  /// Both at the same time: where one waits for the database, the other goes on.
  template <class T>
  std::pair<T, T> run_together(Task<T> first, Task<T> second) {
    std::pair<std::optional<T>, std::optional<T>> results;
    boost::asio::co_spawn(context, keep_result(std::move(first), results.first), rethrow);
    boost::asio::co_spawn(context, keep_result(std::move(second), results.second), rethrow);
    context.restart();
    context.run();
    return {*std::move(results.first), *std::move(results.second)};
  }

  void commit(const TenantId& tenant, std::vector<Change> changes) {
    Write write{.tenant = tenant, .changes = std::move(changes), .audit = {}};
    const auto committed = run(store->commit(std::move(write)));
    if (!committed) throw std::runtime_error(base::to_string(committed.error()));
  }

  void add_tenant(const TenantId& id, const IdScope& scope) {
    Tenant tenant;
    tenant.id = id;
    tenant.name = "Plant";
    tenant.id_scope = scope;
    tenant.created_at = noon;
    commit(id, {Put{tenant}, Put{vault.make_data_key(id, 1, noon)}});
  }

  void add_hub(const std::string& name, int weight = 1) {
    Hub hub;
    hub.tenant = tenant_a;
    hub.name = HubName(name);
    hub.weight = weight;
    hub.created_at = hub.updated_at = noon;
    commit(tenant_a, {Put{hub}});
  }

  void remove_hub(const std::string& name) {
    commit(tenant_a, {Remove{*run(store->find_hub(tenant_a, HubName(name)))}});
  }

  /// Enrolls one device, or changes its enrollment.
  Enrollment enroll(std::string_view id, EnrollmentTerms terms, SymmetricKeys keys = {}) {
    Draft<Enrollment> draft;
    draft.wanted.tenant = tenant_a;
    draft.wanted.registration_id = registration_id(id);
    draft.wanted.terms = std::move(terms);
    draft.keys = std::move(keys);
    return *run(enrollments.put(std::move(draft), operator_ann));
  }
  Enrollment enroll(std::string_view id, Attestation attestation) {
    return enroll(id, terms_of(std::move(attestation)));
  }

  EnrollmentGroup enroll_group(std::string id, EnrollmentTerms terms, SymmetricKeys keys = {}) {
    Draft<EnrollmentGroup> draft;
    draft.wanted.tenant = tenant_a;
    draft.wanted.id = GroupId(std::move(id));
    draft.wanted.terms = std::move(terms);
    draft.keys = std::move(keys);
    return *run(enrollments.put(std::move(draft), operator_ann));
  }

  static EnrollmentTerms terms_of(Attestation attestation) {
    EnrollmentTerms terms;
    terms.attestation = std::move(attestation);
    return terms;
  }

  static RegistrationRequest request(std::string_view id) {
    return RegistrationRequest{.id_scope = scope_a,
                               .registration_id = registration_id(id),
                               .evidence = {},
                               .address = "198.51.100.9",
                               .payload = {}};
  }

  /// The request of a device that signs a token with this key.
  RegistrationRequest signed_request(std::string_view id, const Secret& key) const {
    RegistrationRequest made = request(id);
    made.evidence.token = token(scope_a.str() + "/registrations/" + std::string(id), key);
    return made;
  }

  codec::SasToken token(const std::string& resource, const Secret& key) const {
    const TimePoint end = clock.now() + std::chrono::minutes(30);
    return *codec::parse_sas_token(codec::make_sas_token(resource, key, end, "registration"));
  }

  Result<RegistrationOutcome> send(RegistrationRequest request) {
    return run(registrar.register_device(std::move(request)));
  }

  /// What a registration that must succeed gives.
  RegisteredDevice must_register(RegistrationRequest request) {
    auto answer = send(std::move(request));
    if (!answer) throw std::runtime_error(base::to_string(answer.error()));
    return std::get<RegisteredDevice>(*std::move(answer));
  }

  DeviceRecord device(std::string_view id) { return *run(store->find_device(tenant_a, base::to_lower(id))); }

  /// The tenant's audit events of one action, oldest first.
  std::vector<AuditEvent> audited(std::string_view action) {
    std::vector<AuditEvent> events;
    for (const auto& row : run(store->scan_audit(0, 1000)))
      if (row.record.tenant == tenant_a && row.record.event.action == action) events.push_back(row.record.event);
    return events;
  }

  base::TemporaryDirectory directory;
  boost::asio::io_context context{1};  // outlives the store, whose writing thread resumes what waits in it
  base::SystemRandom random;
  base::ManualClock clock{noon};
  std::unique_ptr<store::SqlStore> store = store::open_store(directory.path() / "muster.db", random);
  Vault vault{secret(7), 1, *store, random};
  Enrollments enrollments{*store, vault, clock, random};
  Registrar registrar{*store, vault, clock, random};
  Registrations registrations{*store, clock};
};

}  // namespace muster::provisioning
