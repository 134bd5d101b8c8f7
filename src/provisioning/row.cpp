#include <utility>

#include "provisioning/store.hpp"

namespace muster::provisioning {

template <class Kind>
requires(!std::is_same_v<Kind, Row>) Row::Row(Kind row) : AnyRow(std::move(row)) {}

template Row::Row(Tenant);
template Row::Row(Enrollment);
template Row::Row(EnrollmentGroup);
template Row::Row(Device);
template Row::Row(Identity);
template Row::Row(Credential);
template Row::Row(Placement);
template Row::Row(Ownership);
template Row::Row(Registration);
template Row::Row(Challenge);
template Row::Row(Hub);
template Row::Row(Principal);
template Row::Row(AccessPolicy);
template Row::Row(Authority);
template Row::Row(IssuedCertificate);
template Row::Row(DataKey);
template Row::Row(OutboxEntry);
template Row::Row(CaCertificate);
template Row::Row(CredentialPolicy);
template Row::Row(RefusalRecord);
template Row::Row(DeferredRegistration);

Row::Row(const Row&) = default;
Row::Row(Row&&) noexcept = default;
Row& Row::operator=(const Row&) = default;
Row& Row::operator=(Row&&) noexcept = default;
Row::~Row() = default;

}  // namespace muster::provisioning
