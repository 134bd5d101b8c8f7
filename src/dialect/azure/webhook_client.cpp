#include "dialect/azure/webhook_client.hpp"

#include "dialect/azure/webhook_answer.hpp"
#include "dialect/azure/webhook_json.hpp"

namespace muster::dialect::azure {

using base::Errc;
using base::Error;
using provisioning::WebhookExchange;

namespace {

constexpr int too_many_requests = 429;

}  // namespace

void judge(const net::HttpReply& reply, const std::vector<provisioning::HubName>& offered, WebhookExchange& exchange) {
  exchange.status = reply.status;
  exchange.response = reply.body;
  if (reply.status == 0) {
    exchange.verdict = Error(Errc::webhook_failed, "the webhook gave no answer: " + reply.problem);
    exchange.is_worth_a_retry = !reply.is_permanent;
  } else if (reply.status < 200 || reply.status > 299) {
    exchange.verdict =
        Error(Errc::webhook_failed, "the webhook answered with status code: " + std::to_string(reply.status));
    exchange.is_worth_a_retry = reply.status >= 500 || reply.status == too_many_requests;
  } else {
    exchange.verdict = read_webhook_answer(reply.body, offered);
  }
}

base::Task<WebhookExchange> WebhookClient::ask(provisioning::WebhookQuestion question) {
  WebhookExchange exchange;
  exchange.url = webhook_url(question.terms());
  if (exchange.url.empty()) {
    exchange.verdict = Error(Errc::webhook_failed, "custom allocation, but the enrollment names no webhook");
    co_return exchange;
  }
  exchange.request = webhook_request(question);
  const auto key = co_await keys_.reveal(question.tenant);
  if (!key) {
    exchange.verdict = key.error();
    exchange.is_worth_a_retry = base::describe(key.error().code()).retry;
    co_return exchange;
  }
  exchange.headers.emplace_back("Content-Type", "application/json; charset=utf-8");
  exchange.headers.emplace_back("Accept", "application/json");
  exchange.headers.emplace_back("Muster-Signature", webhook_signature(*key, clock_.now(), exchange.request));

  net::HttpPost post;
  post.url = exchange.url;
  post.headers = exchange.headers;
  post.body = exchange.request;
  post.time_max = time_max_;
  const net::HttpReply reply = co_await http_.post(std::move(post));
  judge(reply, question.linked_hubs, exchange);
  co_return exchange;
}

}  // namespace muster::dialect::azure
