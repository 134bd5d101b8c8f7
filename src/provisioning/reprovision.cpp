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

DeviceData data_in_new_hub(const EnrollmentTerms& terms, const Placement* previous, const JsonText& webhook_twin) {
  const bool is_migrated = previous != nullptr && terms.reprovision.migrate_device_data;
  DeviceData data = is_migrated ? DeviceData{.twin = previous->twin, .iot_edge = previous->iot_edge}
                                : DeviceData{.twin = terms.initial_twin, .iot_edge = terms.iot_edge};
  if (!webhook_twin.empty()) data.twin = webhook_twin;
  return data;
}

}  // namespace muster::provisioning
