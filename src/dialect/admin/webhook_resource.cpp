#include "dialect/admin/webhook_resource.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "dialect/admin/fields.hpp"

namespace muster::dialect::admin {

namespace json = boost::json;
using base::Errc;
using base::Error;
using provisioning::Action;
using provisioning::WebhookExchange;

namespace {

constexpr std::size_t id_size_max = 128;
constexpr std::size_t url_size_max = 2048;

json::object to_json(const base::Secret& key) { return {{"key", base::to_base64(key.reveal())}}; }

/// As JSON where it is JSON, else as the text that it is.
json::value json_or_text(const std::string& text) {
  if (text.empty()) return nullptr;
  boost::system::error_code wrong;
  json::value value = json::parse(text, wrong);
  return wrong ? json::value(text) : value;
}

json::object to_json(const WebhookExchange& exchange) {
  json::object headers;
  for (const auto& [name, value] : exchange.headers) headers[name] = value;
  json::object object;
  object["url"] = exchange.url;
  object["request"] = json::object{{"headers", std::move(headers)}, {"body", json_or_text(exchange.request)}};
  object["response"] = nullptr;
  if (exchange.status != 0)
    object["response"] = json::object{{"status", exchange.status}, {"body", json_or_text(exchange.response)}};
  object["accepted"] = static_cast<bool>(exchange.verdict);
  object["reason"] = nullptr;
  object["would_retry"] = exchange.is_worth_a_retry;
  object["hub"] = nullptr;
  object["initial_twin"] = nullptr;
  object["payload"] = nullptr;
  if (exchange.verdict) {
    object["hub"] = exchange.verdict->hub.str();
    object["initial_twin"] = stored_json(exchange.verdict->initial_twin);
    object["payload"] = stored_json(exchange.verdict->device_payload);
  } else {
    object["reason"] = exchange.verdict.error().detail();
  }
  return object;
}

}  // namespace

std::vector<Route> WebhookResource::routes() {
  const auto refuse = ScopeCheck::refuse_scoped;
  return {
      {"GET", "webhook/key", Action::read_webhook_keys, refuse,
       [this](Call call) { return show_key(std::move(call)); }},
      {"POST", "webhook/key", Action::change_settings, refuse,
       [this](Call call) { return regenerate_key(std::move(call)); }},
      {"POST", "webhook/test", Action::change_enrollments, refuse, [this](Call call) { return test(std::move(call)); }},
  };
}

Task<Result<Answer>> WebhookResource::show_key(Call call) {
  const auto key = co_await keys_.reveal(call.tenant);
  if (!key) co_return key.error();
  co_return answer(to_json(*key));
}

Task<Result<Answer>> WebhookResource::regenerate_key(Call call) {
  const auto key = co_await keys_.regenerate(call.tenant, call.actor());
  if (!key) co_return key.error();
  co_return answer(to_json(*key));
}

Task<Result<WebhookResource::AnyEnrollment>> WebhookResource::find(TenantId tenant, base::RegistrationId id,
                                                                   Target target) {
  if (!target.group.empty()) {
    auto group = co_await enrollments_.get(tenant, base::GroupId(base::to_lower(target.group)));
    if (!group) co_return group.error();
    co_return AnyEnrollment(std::move(*group));
  }
  if (!target.enrollment.empty()) {
    const auto enrolled = base::RegistrationId::parse(target.enrollment);
    if (!enrolled) co_return Error(Errc::enrollment_not_found, target.enrollment);
    auto enrollment = co_await enrollments_.get(tenant, *enrolled);
    if (!enrollment) co_return enrollment.error();
    co_return AnyEnrollment(std::move(*enrollment));
  }
  provisioning::Enrollment sample;
  sample.tenant = std::move(tenant);
  sample.registration_id = std::move(id);
  sample.terms.allocation_policy = provisioning::AllocationPolicy::custom;
  sample.terms.custom_allocation = json::serialize(json::object{{"webhookUrl", target.url}});
  co_return AnyEnrollment(std::move(sample));
}

Task<Result<Answer>> WebhookResource::test(Call call) {
  const auto body = body_of(call);
  if (!body) co_return body.error();
  Fields fields(*body);
  Target target;
  target.url = fields.text("url", url_size_max);
  target.group = fields.text("group", id_size_max);
  target.enrollment = fields.text("enrollment", id_size_max);
  const std::string name = fields.text("registration_id", id_size_max);
  std::string payload;
  if (fields.has("payload")) payload = json::serialize(body->at("payload"));
  const int targets = int{!target.url.empty()} + int{!target.group.empty()} + int{!target.enrollment.empty()};
  if (targets != 1) fields.refuse("url", "or group or enrollment must be given, and one of them only");
  if (const auto status = fields.finish(); !status) co_return status.error();
  const auto id = base::RegistrationId::parse(name);
  if (!id) co_return Error(Errc::invalid_registration_id, name);

  auto enrollment = co_await find(call.tenant, *id, std::move(target));
  if (!enrollment) co_return enrollment.error();
  const auto record = co_await store_.find_device(call.tenant, id->folded());
  provisioning::WebhookSubject subject{.enrollment = std::move(*enrollment),
                                       .registration_id = *id,
                                       .record = record ? &*record : nullptr,
                                       .payload = std::move(payload)};
  auto question = co_await questions_.about(call.tenant, std::move(subject));
  if (!question) co_return question.error();
  const auto exchange = co_await webhook_.ask(std::move(*question));
  co_return answer(to_json(exchange));
}

}  // namespace muster::dialect::admin
