// What a caller says about the stored thing that it wants to change.
#pragma once

#include <optional>
#include <string>

#include "base/error.hpp"
#include "provisioning/enrollments.hpp"

namespace muster::provisioning {

/// Whether a write may go on. `stored_tag` is the entity tag of what is stored, nothing where nothing is; `what` names
/// it in a refusal ("hub a.example"). Refuses with already_exists, `not_found` or etag_mismatch.
base::Status check(const Precondition& precondition, const std::optional<std::string>& stored_tag, base::Errc not_found,
                   const std::string& what);

}  // namespace muster::provisioning
