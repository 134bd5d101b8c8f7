// /muster/v1/webhook: the key that signs calls, and a dry run.
#pragma once

#include "dialect/admin/resource.hpp"
#include "provisioning/webhook_keys.hpp"
#include "provisioning/webhook_questions.hpp"

namespace muster::dialect::admin {

/// Show and regenerate the key; call a webhook as a registration would, and tell what was said.
class WebhookResource final : public Resource {
 public:
  WebhookResource(provisioning::Store& store, provisioning::Enrollments& enrollments, provisioning::WebhookKeys& keys,
                  provisioning::AllocationWebhook& webhook, const base::Clock& clock)
      : store_(store),
        enrollments_(enrollments),
        keys_(keys),
        webhook_(webhook),
        loads_(store, clock),
        questions_(store, loads_) {}
  std::vector<Route> routes() override;

 private:
  using AnyEnrollment = std::variant<provisioning::Enrollment, provisioning::EnrollmentGroup>;

  Task<Result<Answer>> show_key(Call call);
  Task<Result<Answer>> regenerate_key(Call call);
  Task<Result<Answer>> test(Call call);
  /// What is named; nothing of it is stored where it is a URL alone.
  struct Target {
    std::string url;
    std::string group;
    std::string enrollment;
  };
  Task<Result<AnyEnrollment>> find(TenantId tenant, base::RegistrationId id, Target target);

  provisioning::Store& store_;
  provisioning::Enrollments& enrollments_;
  provisioning::WebhookKeys& keys_;
  provisioning::AllocationWebhook& webhook_;
  provisioning::HubLoads loads_;
  provisioning::WebhookQuestions questions_;
};

}  // namespace muster::dialect::admin
