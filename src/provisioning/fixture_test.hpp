// What tests of the provisioning use cases share: them all over a database of its own, with one tenant. Included by
// tests only.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/run_task.hpp"
#include "base/temporary_directory_test.hpp"
#include "ca/authority.hpp"
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
  ProvisioningTest();
  ~ProvisioningTest() override;

  static void rethrow(const std::exception_ptr& fault);

  /// Lets a task begin with the next one that is run.
  void start(Task<void> task);
  /// Runs the task to its end, whatever else is under way.
  template <class T>
  T run(Task<T> task) {
    std::optional<T> result;
    start(base::store_result(std::move(task), result));
    run_until([&] { return result.has_value(); });
    return *std::move(result);
  }
  template <class Condition>
  void run_until(Condition condition) {
    context.restart();
    while (!condition()) context.run_one();
  }

  /// Both at the same time: where one waits for the database, the other goes on.
  template <class T>
  std::pair<T, T> run_together(Task<T> first, Task<T> second) {
    std::pair<std::optional<T>, std::optional<T>> results;
    run_both(base::store_result(std::move(first), results.first),
             base::store_result(std::move(second), results.second));
    return {*std::move(results.first), *std::move(results.second)};
  }
  void run_both(Task<void> first, Task<void> second);

  void commit(const TenantId& tenant, std::vector<Change> changes);
  /// Tenant A's store then knows this device's certificate as one that Muster issued.
  IssuedCertificate record_issued(const Bytes& leaf);
  void add_tenant(const TenantId& id, const IdScope& scope);
  void add_hub(const std::string& name, int weight = 1);
  void remove_hub(const std::string& name);

  void add_authority(AuthorityKind kind, const crypto::Certificate& certificate, const crypto::PrivateKey& its_key);
  /// The tenant's own tree, which signs the certificates of its devices.
  void add_device_authorities(const ca::AuthorityTree& tree);

  /// Enrolls one device, or changes its enrollment.
  Enrollment enroll(std::string_view id, EnrollmentTerms terms, SymmetricKeys keys = {});
  Enrollment enroll(std::string_view id, Attestation attestation);
  EnrollmentGroup enroll_group(std::string id, EnrollmentTerms terms, SymmetricKeys keys = {});
  static EnrollmentTerms terms_of(Attestation attestation);

  static RegistrationRequest request(std::string_view id);
  /// The request of a device that signs a token with this key.
  RegistrationRequest signed_request(std::string_view id, const Secret& key) const;
  codec::SasToken token(const std::string& resource, const Secret& key) const;

  Result<RegistrationOutcome> send(RegistrationRequest request);
  /// What a registration that must succeed gives.
  RegisteredDevice must_register(RegistrationRequest request);

  DeviceRecord device(std::string_view id);
  /// The tenant's audit events of one action, oldest first.
  std::vector<AuditEvent> audited(std::string_view action);

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
