// Puts together what a webhook is asked.
#pragma once

#include <variant>

#include "provisioning/allocation_webhook.hpp"
#include "provisioning/hub_loads.hpp"

namespace muster::provisioning {

/// A device that wants a hub, as far as it is known.
struct WebhookSubject {
  std::variant<Enrollment, EnrollmentGroup> enrollment;
  RegistrationId registration_id;
  const DeviceRecord* record = nullptr;  ///< null: it has not registered yet
  JsonText payload;
};

/// Reads the store, writes nothing. Safe to call from any thread.
class WebhookQuestions {
 public:
  WebhookQuestions(Store& store, HubLoads& loads) : store_(store), loads_(loads) {}

  /// Refuses as `candidates` does where there is no hub to choose from.
  Task<Result<WebhookQuestion>> about(TenantId tenant, WebhookSubject subject);

 private:
  Store& store_;
  HubLoads& loads_;
};

}  // namespace muster::provisioning
