#include "dialect/admin/enrollment_resource.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "dialect/admin/enrollment_json.hpp"

namespace muster::dialect::admin {

namespace json = boost::json;
using base::Errc;
using base::Error;
using base::RegistrationId;
using provisioning::Action;
using provisioning::Precondition;

namespace {

Result<RegistrationId> registration_id(const std::string& text) {
  const auto id = RegistrationId::parse(text);
  if (!id) return Error(Errc::invalid_registration_id, text.substr(0, 256));
  return *id;
}

}  // namespace

std::vector<Route> EnrollmentResource::routes() {
  const auto refuse = ScopeCheck::refuse_scoped;
  return {
      {"GET", "enrollments", Action::read_enrollments, refuse, [this](Call call) { return list(std::move(call)); }},
      {"GET", "enrollments/{id}", Action::read_enrollments, refuse,
       [this](Call call) { return show(std::move(call)); }},
      {"PUT", "enrollments/{id}", Action::add_enrollments, refuse, [this](Call call) { return put(std::move(call)); }},
      {"DELETE", "enrollments/{id}", Action::change_enrollments, refuse,
       [this](Call call) { return remove(std::move(call)); }},
      {"GET", "enrollments/{id}/keys", Action::read_enrollment_keys, refuse,
       [this](Call call) { return show_keys(std::move(call)); }},
  };
}

Task<Result<Answer>> EnrollmentResource::list(Call call) {
  const auto page = page_of(call);
  if (!page) co_return page.error();
  const auto enrollments = co_await store_.list_enrollments(call.tenant, *page);
  json::array items;
  for (const auto& enrollment : enrollments) items.emplace_back(to_json(enrollment));
  const bool full = enrollments.size() == page->limit;
  co_return page_answer(std::move(items), full ? enrollments.back().registration_id.folded() : std::string());
}

Task<Result<Answer>> EnrollmentResource::show(Call call) {
  const auto id = registration_id(call.id);
  if (!id) co_return id.error();
  const auto enrollment = co_await enrollments_.get(call.tenant, *id);
  if (!enrollment) co_return enrollment.error();
  co_return answer(to_json(*enrollment));
}

Task<Result<Answer>> EnrollmentResource::put(Call call) {
  const auto id = registration_id(call.id);
  if (!id) co_return id.error();
  const auto precondition = precondition_of(call);
  if (!precondition) co_return precondition.error();
  const auto body = body_of(call);
  if (!body) co_return body.error();
  auto draft = read_enrollment(*body, call.tenant, *id);
  if (!draft) co_return draft.error();
  draft->precondition = *precondition;

  // Whoever may only add does not replace what somebody else has enrolled.
  if (!provisioning::permits(call.principal.role, Action::change_enrollments)) {
    if (precondition->kind != Precondition::Kind::none && precondition->kind != Precondition::Kind::must_not_exist)
      co_return Error(Errc::permission_denied, "the role adds enrollments, but does not change them");
    draft->precondition.kind = Precondition::Kind::must_not_exist;
  }

  const auto stored = co_await enrollments_.put(std::move(*draft), call.actor());
  if (!stored) co_return stored.error();
  json::object object = to_json(*stored);
  if (provisioning::kind_of(stored->terms.attestation) == provisioning::AttestationKind::symmetric_key) {
    const auto keys = co_await enrollments_.reveal_keys(*stored);
    if (!keys) co_return keys.error();
    add_keys(object, *keys);
  }
  co_return answer(object, stored->revision == 1);
}

Task<Result<Answer>> EnrollmentResource::remove(Call call) {
  const auto id = registration_id(call.id);
  if (!id) co_return id.error();
  const auto precondition = precondition_of(call);
  if (!precondition) co_return precondition.error();
  const auto removed = co_await enrollments_.remove(call.tenant, *id, *precondition, call.actor());
  if (!removed) co_return removed.error();
  co_return no_content();
}

Task<Result<Answer>> EnrollmentResource::show_keys(Call call) {
  const auto id = registration_id(call.id);
  if (!id) co_return id.error();
  const auto enrollment = co_await enrollments_.get(call.tenant, *id);
  if (!enrollment) co_return enrollment.error();
  const auto keys = co_await enrollments_.reveal_keys(*enrollment);
  if (!keys) co_return keys.error();
  co_return answer(to_json(*keys));
}

}  // namespace muster::dialect::admin
