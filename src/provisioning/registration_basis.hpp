// What the registrations of a tenant are decided upon.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <variant>
#include <vector>

#include "provisioning/store.hpp"

namespace muster::provisioning {

/// A tenant, its groups, hubs and CA certificates. The rows are read when they are first asked for, and not again. Any
/// thread.
class RegistrationBasis {
 public:
  template <class Row>
  using Rows = std::shared_ptr<const std::vector<Row>>;

  /// `stamp` was not read after the tenant. `store` must outlive this.
  RegistrationBasis(Store& store, Tenant tenant, BasisStamp stamp)
      : store_(store), tenant_(std::move(tenant)), stamp_(stamp) {}

  const Tenant& tenant() const { return tenant_; }
  /// A write that names it fails where any of this has changed since the tenant was read.
  const BasisStamp& stamp() const { return stamp_; }
  /// Those that attest in this way, ordered by id.
  Task<Rows<EnrollmentGroup>> groups(AttestationKind kind);
  /// Ordered by name.
  Task<Rows<Hub>> hubs();
  /// Ordered by name.
  Task<Rows<CaCertificate>> ca_certificates();

  /// Whether the store still has all of it as it is here. Once it is not, it never is again.
  Task<bool> is_current();
  /// Whether somebody has found out that it is not. Reads nothing.
  bool is_known_to_be_outdated() const { return is_outdated_; }

 private:
  static constexpr std::size_t kinds = std::variant_size_v<Attestation>;

  template <class Row>
  Rows<Row> known(const Rows<Row>& rows) const;
  template <class Row>
  Rows<Row> remember(Rows<Row>& rows, std::vector<Row> read);

  Store& store_;
  const Tenant tenant_;
  const BasisStamp stamp_;
  std::atomic<bool> is_outdated_ = false;
  mutable std::mutex mutex_;                         // held to read and to change the pointers only
  std::array<Rows<EnrollmentGroup>, kinds> groups_;  // by AttestationKind
  Rows<Hub> hubs_;
  Rows<CaCertificate> ca_certificates_;
};

}  // namespace muster::provisioning
