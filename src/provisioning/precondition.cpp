#include "provisioning/precondition.hpp"

namespace muster::provisioning {

using base::Done;
using base::Errc;
using base::Error;

base::Status check(const Precondition& precondition, const std::optional<std::string>& stored_tag, base::Errc not_found,
                   const std::string& what) {
  switch (precondition.kind) {
    case Precondition::Kind::none:
      return Done{};
    case Precondition::Kind::must_not_exist:
      if (stored_tag) return Error(Errc::already_exists, what);
      return Done{};
    case Precondition::Kind::must_exist:
      if (!stored_tag) return Error(not_found, what);
      return Done{};
    case Precondition::Kind::must_match:
      if (!stored_tag) return Error(not_found, what);
      if (*stored_tag != precondition.entity_tag)
        return Error(Errc::etag_mismatch,
                     what + " has the entity tag " + *stored_tag + ", not " + precondition.entity_tag);
      return Done{};
  }
  return Error(Errc::internal_error, "unknown precondition");
}

}  // namespace muster::provisioning
