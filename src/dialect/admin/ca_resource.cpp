#include "dialect/admin/ca_resource.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "crypto/certificate.hpp"
#include "dialect/admin/certificate_json.hpp"
#include "dialect/admin/fields.hpp"
#include "provisioning/entity_tag.hpp"
#include "provisioning/expiry.hpp"

namespace muster::dialect::admin {

namespace json = boost::json;
using provisioning::Action;
using provisioning::CaCertificate;

namespace {

json::object to_json(const CaCertificate& ca, base::TimePoint now) {
  json::object object;
  object["name"] = ca.name;
  object["verified"] = ca.is_verified;
  object["verification_code"] = ca.verification_code.empty() ? json::value(nullptr) : json::value(ca.verification_code);
  object["expires_in_days"] = nullptr;
  object["warning"] = nullptr;
  if (const auto certificate = crypto::Certificate::from_der(ca.certificate)) {
    object["expires_in_days"] = provisioning::days_left(certificate->not_after(), now);
    if (const auto warning = provisioning::expiry_warning(certificate->not_after(), now)) object["warning"] = *warning;
  }
  object["certificate"] = pem_or_base64(ca.certificate);
  object["certificate_information"] = certificate_information(ca.certificate);
  object["created_at"] = base::to_rfc3339(ca.created_at);
  object["updated_at"] = base::to_rfc3339(ca.updated_at);
  object["entity_tag"] = provisioning::entity_tag(ca.created_at, ca.revision);
  return object;
}

Result<provisioning::CaDraft> read_ca(const json::object& body, const Call& call) {
  Fields fields(body);
  provisioning::CaDraft draft{.tenant = call.tenant, .name = call.id, .certificate = {}, .is_verified = {}};
  const std::string named = fields.text("name", provisioning::ca_name_size_max);
  if (!named.empty() && named != call.id) fields.refuse("name", "is not the one in the address");
  draft.certificate = fields.text("certificate", crypto::certificate_text_size_max);
  if (draft.certificate.empty()) fields.refuse("certificate", "is missing");
  if (fields.has("verified")) draft.is_verified = fields.flag("verified", false);
  for (const char* name : {"verification_code", "expires_in_days", "warning", "certificate_information", "created_at",
                           "updated_at", "entity_tag"})
    fields.read_only(name);
  if (const auto status = fields.finish(); !status) return status.error();
  return draft;
}

Result<std::string> read_proof(const json::object& body) {
  Fields fields(body);
  std::string proof = fields.text("certificate", crypto::certificate_text_size_max);
  if (proof.empty()) fields.refuse("certificate", "is missing");
  if (const auto status = fields.finish(); !status) return status.error();
  return proof;
}

}  // namespace

std::vector<Route> CaResource::routes() {
  const auto refuse = ScopeCheck::refuse_scoped;
  return {
      {"GET", "cas", Action::read_cas, refuse, [this](Call call) { return list(std::move(call)); }},
      {"GET", "cas/{id}", Action::read_cas, refuse, [this](Call call) { return show(std::move(call)); }},
      {"PUT", "cas/{id}", Action::change_cas, refuse, [this](Call call) { return put(std::move(call)); }},
      {"DELETE", "cas/{id}", Action::change_cas, refuse, [this](Call call) { return remove(std::move(call)); }},
      {"POST", "cas/{id}/code", Action::change_cas, refuse, [this](Call call) { return draw_code(std::move(call)); }},
      {"POST", "cas/{id}/proof", Action::change_cas, refuse, [this](Call call) { return verify(std::move(call)); }},
  };
}

Task<Result<Answer>> CaResource::list(Call call) {
  const auto cas = co_await store_.list_ca_certificates(call.tenant);
  json::array items;
  for (const auto& ca : cas) items.emplace_back(to_json(ca, clock_.now()));
  co_return page_answer(std::move(items), {});
}

Task<Result<Answer>> CaResource::show(Call call) {
  const auto ca = co_await cas_.get(call.tenant, call.id);
  if (!ca) co_return ca.error();
  co_return answer(to_json(*ca, clock_.now()));
}

Task<Result<Answer>> CaResource::put(Call call) {
  const auto precondition = precondition_of(call);
  if (!precondition) co_return precondition.error();
  const auto body = body_of(call);
  if (!body) co_return body.error();
  auto draft = read_ca(*body, call);
  if (!draft) co_return draft.error();
  const auto stored = co_await cas_.put(std::move(*draft), *precondition, call.actor());
  if (!stored) co_return stored.error();
  co_return answer(to_json(*stored, clock_.now()), stored->revision == 1);
}

Task<Result<Answer>> CaResource::remove(Call call) {
  const auto precondition = precondition_of(call);
  if (!precondition) co_return precondition.error();
  const auto removed = co_await cas_.remove(call.tenant, call.id, *precondition, call.actor());
  if (!removed) co_return removed.error();
  co_return no_content();
}

Task<Result<Answer>> CaResource::draw_code(Call call) {
  const auto precondition = precondition_of(call);
  if (!precondition) co_return precondition.error();
  const auto ca = co_await cas_.draw_code(call.tenant, call.id, *precondition, call.actor());
  if (!ca) co_return ca.error();
  co_return answer(to_json(*ca, clock_.now()));
}

Task<Result<Answer>> CaResource::verify(Call call) {
  const auto precondition = precondition_of(call);
  if (!precondition) co_return precondition.error();
  const auto body = body_of(call);
  if (!body) co_return body.error();
  auto proof = read_proof(*body);
  if (!proof) co_return proof.error();
  const auto ca = co_await cas_.verify(call.tenant, call.id, std::move(*proof), *precondition, call.actor());
  if (!ca) co_return ca.error();
  co_return answer(to_json(*ca, clock_.now()));
}

}  // namespace muster::dialect::admin
