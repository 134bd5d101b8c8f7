// What the registrations of a tenant are decided upon.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "provisioning/store.hpp"

namespace muster::provisioning {

/// A tenant, its groups, hubs and CA certificates, each as it was when it was first asked for. Any thread.
class RegistrationBasis {
 public:
  template <class Row>
  using Rows = std::shared_ptr<const std::vector<Row>>;

  /// `store` must outlive it.
  RegistrationBasis(Store& store, Tenant tenant) : store_(store), tenant_(std::move(tenant)) {}

  const Tenant& tenant() const { return tenant_; }
  /// Those that attest in this way, ordered by id.
  Task<Rows<EnrollmentGroup>> groups(AttestationKind kind);
  /// Ordered by name.
  Task<Rows<Hub>> hubs();
  /// Ordered by name.
  Task<Rows<CaCertificate>> ca_certificates();

  /// Whether the store has all that was read so far as it was.
  Task<bool> is_current();

 private:
  template <class Row>
  Rows<Row> known(const Rows<Row>& rows) const;
  template <class Row>
  Rows<Row> remember(Rows<Row>& rows, std::vector<Row> read);

  Store& store_;
  const Tenant tenant_;
  mutable std::mutex mutex_;  // held to read and to change the pointers only
  std::map<AttestationKind, Rows<EnrollmentGroup>> groups_;
  Rows<Hub> hubs_;
  Rows<CaCertificate> ca_certificates_;
};

/// As the store has it now; null where no tenant has this ID scope.
Task<std::shared_ptr<RegistrationBasis>> read_registration_basis(Store& store, IdScope id_scope);

}  // namespace muster::provisioning
