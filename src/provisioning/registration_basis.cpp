#include "provisioning/registration_basis.hpp"

namespace muster::provisioning {

template <class Row>
RegistrationBasis::Rows<Row> RegistrationBasis::known(const Rows<Row>& rows) const {
  const std::lock_guard lock(mutex_);
  return rows;
}

template <class Row>
RegistrationBasis::Rows<Row> RegistrationBasis::remember(Rows<Row>& rows, std::vector<Row> read) {
  auto made = std::make_shared<const std::vector<Row>>(std::move(read));
  const std::lock_guard lock(mutex_);
  // What was read first stays, so that all who decide upon this see the same.
  if (!rows) rows = std::move(made);
  return rows;
}

Task<RegistrationBasis::Rows<EnrollmentGroup>> RegistrationBasis::groups(AttestationKind kind) {
  Rows<EnrollmentGroup>& rows = groups_.at(static_cast<std::size_t>(kind));
  if (auto read = known(rows)) co_return read;
  auto read = co_await store_.list_groups(tenant_.id, kind);
  co_return remember(rows, std::move(read));
}

Task<RegistrationBasis::Rows<Hub>> RegistrationBasis::hubs() {
  if (auto read = known(hubs_)) co_return read;
  auto read = co_await store_.list_hubs(tenant_.id);
  co_return remember(hubs_, std::move(read));
}

Task<RegistrationBasis::Rows<CaCertificate>> RegistrationBasis::ca_certificates() {
  if (auto read = known(ca_certificates_)) co_return read;
  auto read = co_await store_.list_ca_certificates(tenant_.id);
  co_return remember(ca_certificates_, std::move(read));
}

Task<bool> RegistrationBasis::is_current() {
  if (is_outdated_) co_return false;
  const auto now = co_await store_.find_basis_stamp(tenant_.id);
  if (now == stamp_) co_return true;
  is_outdated_ = true;
  co_return false;
}

}  // namespace muster::provisioning
