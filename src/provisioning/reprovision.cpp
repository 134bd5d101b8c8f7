#include "provisioning/reprovision.hpp"

namespace muster::provisioning {

bool keeps_hub(const ReprovisionPolicy& policy, const std::optional<HubName>& current, bool current_is_linked) {
  return current.has_value() && current_is_linked && !policy.update_hub_assignment;
}

RegistrationSubstatus substatus_of(const ReprovisionPolicy& policy, const std::optional<HubName>& current,
                                   const HubName& next) {
  if (!current) return RegistrationSubstatus::initial_assignment;
  if (*current == next) return RegistrationSubstatus::reprovisioned_to_initial_assignment;
  return policy.migrate_device_data ? RegistrationSubstatus::device_data_migrated
                                    : RegistrationSubstatus::device_data_reset;
}

}  // namespace muster::provisioning
