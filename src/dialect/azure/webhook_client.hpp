// Calls allocation webhooks as Azure does.
#pragma once

#include <chrono>

#include "net/http_client.hpp"
#include "provisioning/allocation_webhook.hpp"
#include "provisioning/webhook_keys.hpp"

namespace muster::dialect::azure {

class WebhookClient final : public provisioning::AllocationWebhook {
 public:
  /// `time_max`: for one call, from looking the name up to the end of the answer.
  WebhookClient(net::HttpClient& http, provisioning::WebhookKeys& keys, const base::Clock& clock,
                std::chrono::milliseconds time_max)
      : http_(http), keys_(keys), clock_(clock), time_max_(time_max) {}

  base::Task<provisioning::WebhookExchange> ask(provisioning::WebhookQuestion question) override;

 private:
  net::HttpClient& http_;
  provisioning::WebhookKeys& keys_;
  const base::Clock& clock_;
  std::chrono::milliseconds time_max_;
};

/// What a reply means. Public for tests.
void judge(const net::HttpReply& reply, const std::vector<provisioning::HubName>& offered,
           provisioning::WebhookExchange& exchange);

}  // namespace muster::dialect::azure
