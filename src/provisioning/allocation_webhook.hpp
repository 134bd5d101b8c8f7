// The operator's own program that chooses a device's hub.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/error.hpp"
#include "base/task.hpp"
#include "provisioning/device.hpp"

namespace muster::provisioning {

/// What a webhook is told about a device that registers.
struct WebhookQuestion {
  TenantId tenant;
  std::variant<Enrollment, EnrollmentGroup> enrollment;
  RegistrationId registration_id;
  std::optional<HubName> current_hub;  ///< where the device is until now
  std::string current_device_id;       ///< its name there
  Bytes certificate;                   ///< DER; attestation by X.509
  Bytes endorsement_key;               ///< TPM2B_PUBLIC; attestation by TPM
  Bytes storage_root_key;              ///< TPM2B_PUBLIC; empty where it is not at hand any more
  JsonText payload;                    ///< what the device sent along; empty: nothing
  std::vector<HubName> linked_hubs;    ///< the ones to choose from

  const EnrollmentTerms& terms() const {
    return std::visit([](const auto& row) -> const EnrollmentTerms& { return row.terms; }, enrollment);
  }
};

/// What the webhook decided.
struct WebhookVerdict {
  HubName hub;              ///< one of the question's
  JsonText initial_twin;    ///< instead of the enrollment's; empty: the enrollment's
  JsonText device_payload;  ///< what the device is told; empty: nothing
};

/// One call of a webhook, from both sides.
struct WebhookExchange {
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;  ///< of the request
  std::string request;
  int status = 0;  ///< 0: there was no answer
  std::string response;
  base::Result<WebhookVerdict> verdict{base::Error(base::Errc::webhook_failed)};
  bool is_worth_a_retry = false;  ///< no answer, too many requests, or the webhook's own failure
};

/// Calls webhooks. Safe to call from any thread.
class AllocationWebhook {
 public:
  virtual ~AllocationWebhook() = default;
  /// Calls the webhook that the question's enrollment names, once and for a limited time. The verdict's refusal is
  /// webhook_failed, its detail for the operator.
  virtual base::Task<WebhookExchange> ask(WebhookQuestion question) = 0;
};

}  // namespace muster::provisioning
