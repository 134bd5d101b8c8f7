// The words that the enumerations are known by: in the database, the admin API and the audit trail.
#pragma once

#include <optional>
#include <string_view>

#include "provisioning/device.hpp"
#include "provisioning/hub.hpp"
#include "provisioning/principal.hpp"
#include "provisioning/trust.hpp"

namespace muster::provisioning {

/// snake_case, as the enumerators are written ("static_hub" is "static", "operator_" is "operator").
std::string_view name_of(AllocationPolicy value);
std::string_view name_of(AttestationKind value);
std::string_view name_of(OverlapState value);
std::string_view name_of(IdentityKind value);
std::string_view name_of(CredentialKind value);
std::string_view name_of(RegistrationStatus value);
std::string_view name_of(RegistrationSubstatus value);
std::string_view name_of(HubKind value);
std::string_view name_of(Role value);
std::string_view name_of(ServiceRight value);
std::string_view name_of(AuthorityKind value);
std::string_view name_of(CertificatePurpose value);
std::string_view name_of(RevocationReason value);
std::string_view name_of(Transport value);
std::string_view name_of(IpAction value);
std::string_view name_of(IpTarget value);

/// The value that has this name (exactly); nothing where none has. Instantiated for every type above.
template <class T>
std::optional<T> from_name(std::string_view name);

}  // namespace muster::provisioning
