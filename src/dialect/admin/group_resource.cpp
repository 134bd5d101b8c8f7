#include "dialect/admin/group_resource.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "dialect/admin/enrollment_json.hpp"

namespace muster::dialect::admin {

namespace json = boost::json;
using base::Errc;
using base::Error;
using base::GroupId;
using provisioning::Action;

namespace {

/// The group in the address, where the principal's scope lets it see that group. Groups are named by the rules of
/// registration ids and compared without regard to case.
Result<GroupId> group_id(const Call& call) {
  const auto id = base::RegistrationId::parse(call.id);
  if (!id)
    return Error(Errc::invalid_argument,
                 "a group's id has 1 to 128 letters, digits and - . _ :, the last a letter, a digit or a dash");
  if (const auto allowed = provisioning::check_scope(call.principal, id->folded()); !allowed) return allowed.error();
  return GroupId(id->folded());
}

}  // namespace

std::vector<Route> GroupResource::routes() {
  const auto by_handler = ScopeCheck::by_handler;
  return {
      {"GET", "groups", Action::read_groups, by_handler, [this](Call call) { return list(std::move(call)); }},
      {"GET", "groups/{id}", Action::read_groups, by_handler, [this](Call call) { return show(std::move(call)); }},
      {"PUT", "groups/{id}", Action::change_groups, by_handler, [this](Call call) { return put(std::move(call)); }},
      {"DELETE", "groups/{id}", Action::change_groups, by_handler,
       [this](Call call) { return remove(std::move(call)); }},
      {"GET", "groups/{id}/keys", Action::read_group_keys, by_handler,
       [this](Call call) { return show_keys(std::move(call)); }},
  };
}

Task<Result<Answer>> GroupResource::list(Call call) {
  const auto page = page_of(call);
  if (!page) co_return page.error();
  json::array items;
  if (!call.principal.scope.empty()) {
    const auto group = co_await store_.find_group(call.tenant, GroupId(call.principal.scope));
    if (group) items.emplace_back(to_json(*group));
    co_return page_answer(std::move(items), {});
  }
  const auto groups = co_await store_.list_groups(call.tenant, *page);
  for (const auto& group : groups) items.emplace_back(to_json(group));
  co_return page_answer(std::move(items), groups.size() == page->limit ? groups.back().id.str() : std::string());
}

Task<Result<Answer>> GroupResource::show(Call call) {
  const auto id = group_id(call);
  if (!id) co_return id.error();
  const auto group = co_await enrollments_.get(call.tenant, *id);
  if (!group) co_return group.error();
  co_return answer(to_json(*group));
}

Task<Result<Answer>> GroupResource::put(Call call) {
  const auto id = group_id(call);
  if (!id) co_return id.error();
  const auto precondition = precondition_of(call);
  if (!precondition) co_return precondition.error();
  const auto body = body_of(call);
  if (!body) co_return body.error();
  auto draft = read_group(*body, call.tenant, *id);
  if (!draft) co_return draft.error();
  draft->precondition = *precondition;

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

Task<Result<Answer>> GroupResource::remove(Call call) {
  const auto id = group_id(call);
  if (!id) co_return id.error();
  const auto precondition = precondition_of(call);
  if (!precondition) co_return precondition.error();
  const auto removed = co_await enrollments_.remove(call.tenant, *id, *precondition, call.actor());
  if (!removed) co_return removed.error();
  co_return no_content();
}

Task<Result<Answer>> GroupResource::show_keys(Call call) {
  const auto id = group_id(call);
  if (!id) co_return id.error();
  const auto group = co_await enrollments_.get(call.tenant, *id);
  if (!group) co_return group.error();
  const auto keys = co_await enrollments_.reveal_keys(*group);
  if (!keys) co_return keys.error();
  co_return answer(to_json(*keys));
}

}  // namespace muster::dialect::admin
