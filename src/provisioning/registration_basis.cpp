#include "provisioning/registration_basis.hpp"

#include <algorithm>

namespace muster::provisioning {
namespace {

/// Every write of a row gives it the next revision; one that was removed and made again has another time.
template <class Row>
bool is_same(const Row& one, const Row& other) {
  return one.revision == other.revision && one.created_at == other.created_at;
}

template <class Row, class Id>
bool are_same(const RegistrationBasis::Rows<Row>& known, const std::vector<Row>& now, Id id) {
  const auto same = [id](const Row& one, const Row& other) {
    return std::invoke(id, one) == std::invoke(id, other) && is_same(one, other);
  };
  return !known || std::ranges::equal(*known, now, same);
}

}  // namespace

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
  Rows<EnrollmentGroup>* rows = nullptr;
  {
    const std::lock_guard lock(mutex_);
    rows = &groups_[kind];
  }
  if (auto read = known(*rows)) co_return read;
  auto read = co_await store_.list_groups(tenant_.id, kind);
  co_return remember(*rows, std::move(read));
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
  const auto tenant = co_await store_.find_tenant(tenant_.id);
  if (!tenant || !is_same(*tenant, tenant_)) co_return false;
  std::map<AttestationKind, Rows<EnrollmentGroup>> all_groups;
  {
    const std::lock_guard lock(mutex_);
    all_groups = groups_;
  }
  for (const auto& [kind, rows] : all_groups) {
    const auto now = co_await store_.list_groups(tenant_.id, kind);
    if (!are_same(rows, now, &EnrollmentGroup::id)) co_return false;
  }
  if (const auto rows = known(hubs_)) {
    const auto now = co_await store_.list_hubs(tenant_.id);
    if (!are_same(rows, now, &Hub::name)) co_return false;
  }
  if (const auto rows = known(ca_certificates_)) {
    const auto now = co_await store_.list_ca_certificates(tenant_.id);
    if (!are_same(rows, now, &CaCertificate::name)) co_return false;
  }
  co_return true;
}

Task<std::shared_ptr<RegistrationBasis>> read_registration_basis(Store& store, IdScope id_scope) {
  auto tenant = co_await store.find_tenant(std::move(id_scope));
  if (!tenant) co_return nullptr;
  co_return std::make_shared<RegistrationBasis>(store, std::move(*tenant));
}

Task<std::shared_ptr<RegistrationBasis>> Store::registration_basis(IdScope id_scope) {
  return read_registration_basis(*this, std::move(id_scope));
}

}  // namespace muster::provisioning
