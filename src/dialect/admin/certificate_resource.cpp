#include "dialect/admin/certificate_resource.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "dialect/admin/certificate_json.hpp"
#include "dialect/admin/fields.hpp"
#include "provisioning/names.hpp"

namespace muster::dialect::admin {

namespace json = boost::json;
using provisioning::Action;
using provisioning::IssuedCertificate;
using provisioning::RevocationReason;

namespace {

constexpr std::size_t reason_size_max = 64;

json::object to_json(const IssuedCertificate& issued) {
  json::object object;
  object["serial"] = issued.serial;
  object["registration_id"] = issued.subject;
  object["device"] = issued.device ? json::value(issued.device->str()) : json::value(nullptr);
  object["not_before"] = base::to_rfc3339(issued.not_before);
  object["not_after"] = base::to_rfc3339(issued.not_after);
  object["revoked_at"] = issued.revoked_at ? json::value(base::to_rfc3339(*issued.revoked_at)) : json::value(nullptr);
  object["revocation_reason"] = nullptr;
  if (issued.revocation_reason) object["revocation_reason"] = provisioning::name_of(*issued.revocation_reason);
  object["certificate"] = pem_or_base64(issued.certificate);
  return object;
}

Result<RevocationReason> read_reason(const json::object& body) {
  Fields fields(body);
  const std::string text = fields.text("reason", reason_size_max);
  auto reason = std::optional(RevocationReason::unspecified);
  if (!text.empty()) reason = provisioning::from_name<RevocationReason>(text);
  if (!reason)
    fields.refuse("reason",
                  "is none of unspecified, key_compromise, affiliation_changed, superseded, cessation_of_operation, "
                  "privilege_withdrawn");
  if (const auto status = fields.finish(); !status) return status.error();
  return *reason;
}

}  // namespace

std::vector<Route> CertificateResource::routes() {
  const auto refuse = ScopeCheck::refuse_scoped;
  return {
      {"GET", "certificates", Action::read_certificates, refuse, [this](Call call) { return list(std::move(call)); }},
      {"GET", "certificates/{id}", Action::read_certificates, refuse,
       [this](Call call) { return show(std::move(call)); }},
      {"POST", "certificates/{id}/revocation", Action::revoke_certificates, refuse,
       [this](Call call) { return revoke(std::move(call)); }},
  };
}

Task<Result<Answer>> CertificateResource::list(Call call) {
  const auto page = page_of(call);
  if (!page) co_return page.error();
  std::optional<base::DeviceId> device;
  if (const auto name = net::query_parameter(call.request.query, "device")) {
    const auto found = co_await store_.find_device(call.tenant, base::to_lower(*name));
    if (!found) co_return base::Error(base::Errc::device_not_found, name->substr(0, 128));
    device = found->device.id;
  }
  const auto issued = co_await store_.list_device_certificates(call.tenant, device, *page);
  json::array items;
  for (const auto& certificate : issued) items.emplace_back(to_json(certificate));
  co_return page_answer(std::move(items), issued.size() == page->limit ? issued.back().serial : std::string());
}

Task<Result<Answer>> CertificateResource::show(Call call) {
  const auto issued = co_await revocations_.get(call.tenant, call.id);
  if (!issued) co_return issued.error();
  co_return answer(to_json(*issued));
}

Task<Result<Answer>> CertificateResource::revoke(Call call) {
  const auto body = body_of(call);
  if (!body) co_return body.error();
  const auto reason = read_reason(*body);
  if (!reason) co_return reason.error();
  const auto revoked = co_await revocations_.revoke(call.tenant, call.id, *reason, call.actor());
  if (!revoked) co_return revoked.error();
  co_return answer(to_json(*revoked));
}

}  // namespace muster::dialect::admin
