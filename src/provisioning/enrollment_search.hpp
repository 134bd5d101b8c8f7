// Which enrollment names something.
#pragma once

#include <functional>
#include <string>

#include "provisioning/store.hpp"

namespace muster::provisioning {

/// The first enrollment or group of the tenant whose terms are as asked for, in words; empty where none are. Looks at
/// every one: not for the way of a registration.
Task<std::string> find_by_terms(Store& store, TenantId tenant, std::function<bool(const EnrollmentTerms&)> is_wanted);

}  // namespace muster::provisioning
