#include "dialect/azure/management_certificates.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <stdexcept>

#include "base/http_date.hpp"
#include "codec/json.hpp"
#include "crypto/certificate.hpp"
#include "dialect/azure/json_members.hpp"
#include "provisioning/entity_tag.hpp"

namespace muster::dialect::azure {

namespace json = boost::json;
using base::Errc;
using base::Error;
using base::Result;
using provisioning::Action;
using provisioning::CaCertificate;
using provisioning::Precondition;

namespace {

json::object describe(const ServiceAddress& address, const CaCertificate& row) {
  const auto certificate = crypto::Certificate::from_der(row.certificate);
  if (!certificate) throw std::runtime_error("a stored CA certificate cannot be read");
  json::object properties;
  properties["subject"] = certificate->subject();
  properties["expiry"] = base::to_http_date(certificate->not_after());
  properties["thumbprint"] = certificate->sha1_thumbprint();
  properties["isVerified"] = row.is_verified;
  properties["certificate"] = base::to_base64(row.certificate);
  properties["created"] = base::to_http_date(row.created_at);
  properties["updated"] = base::to_http_date(row.updated_at);
  json::object object;
  object["id"] = address.id() + "/certificates/" + row.name;
  object["name"] = row.name;
  object["type"] = "Microsoft.Devices/provisioningServices/certificates";
  object["etag"] = provisioning::entity_tag(row.created_at, row.revision);
  object["properties"] = std::move(properties);
  return object;
}

/// Of calls that Azure takes with an entity tag alone.
Result<Precondition> needed_tag(const ManagementCall& call) {
  auto precondition = management_precondition(call);
  if (precondition && precondition->kind != Precondition::Kind::must_match &&
      precondition->kind != Precondition::Kind::must_exist)
    return Error(Errc::invalid_argument, "If-Match is missing: it holds the certificate's etag, or *");
  return precondition;
}

/// A certificate as text: base64 of DER or PEM, or PEM itself.
Result<std::string> read_certificate(const JsonMembers& members) {
  const auto text = members.text("certificate", codec::json_size_max);
  if (!text) return text.error();
  if (!*text || (*text)->empty()) return members.refuse("certificate", "is missing");
  return **text;
}

}  // namespace

std::vector<ManagementRoute> ManagementCertificates::routes() {
  const std::string all = std::string(service_route) + "/certificates";
  const std::string one = all + "/{name}";
  return {
      {"GET", all, Action::read_cas, [this](ManagementCall call) { return list(std::move(call)); }},
      {"GET", one, Action::read_cas, [this](ManagementCall call) { return get(std::move(call)); }},
      {"PUT", one, Action::change_cas, [this](ManagementCall call) { return put(std::move(call)); }},
      {"DELETE", one, Action::change_cas, [this](ManagementCall call) { return remove(std::move(call)); }},
      {"POST", one + "/generateverificationcode", Action::change_cas,
       [this](ManagementCall call) { return draw_code(std::move(call)); }},
      {"POST", one + "/verify", Action::change_cas, [this](ManagementCall call) { return verify(std::move(call)); }},
  };
}

ManagementCertificates::Answer ManagementCertificates::list(ManagementCall call) {
  const auto rows = co_await store_.list_ca_certificates(call.tenant());
  json::array certificates;
  for (const auto& row : rows) certificates.push_back(describe(call.address, row));
  co_return list_answer(std::move(certificates));
}

ManagementCertificates::Answer ManagementCertificates::get(ManagementCall call) {
  const auto row = co_await certificates_.get(call.tenant(), call.name);
  if (!row) co_return row.error();
  co_return management_answer(describe(call.address, *row));
}

ManagementCertificates::Answer ManagementCertificates::put(ManagementCall call) {
  const auto precondition = management_precondition(call);
  if (!precondition) co_return precondition.error();
  const auto body = management_body(call);
  if (!body) co_return body.error();
  const JsonMembers members(*body);
  const auto object = members.object("properties");
  if (!object) co_return object.error();
  if (*object == nullptr) co_return members.refuse("properties", "is missing");
  const JsonMembers properties(**object, "properties");
  auto text = read_certificate(properties);
  if (!text) co_return text.error();
  const auto is_verified = properties.flag("isVerified");
  if (!is_verified) co_return is_verified.error();

  provisioning::CaDraft draft{
      .tenant = call.tenant(), .name = call.name, .certificate = std::move(*text), .is_verified = *is_verified};
  const auto row = co_await certificates_.put(std::move(draft), *precondition, call.actor());
  if (!row) co_return row.error();
  co_return management_answer(describe(call.address, *row));
}

ManagementCertificates::Answer ManagementCertificates::remove(ManagementCall call) {
  const auto precondition = needed_tag(call);
  if (!precondition) co_return precondition.error();
  const auto removed = co_await certificates_.remove(call.tenant(), call.name, *precondition, call.actor());
  if (!removed) co_return removed.error();
  co_return ManagementAnswer{};
}

ManagementCertificates::Answer ManagementCertificates::draw_code(ManagementCall call) {
  const auto precondition = needed_tag(call);
  if (!precondition) co_return precondition.error();
  const auto row = co_await certificates_.draw_code(call.tenant(), call.name, *precondition, call.actor());
  if (!row) co_return row.error();
  json::object object = describe(call.address, *row);
  object["properties"].as_object()["verificationCode"] = row->verification_code;
  co_return management_answer(object);
}

ManagementCertificates::Answer ManagementCertificates::verify(ManagementCall call) {
  const auto precondition = needed_tag(call);
  if (!precondition) co_return precondition.error();
  const auto body = management_body(call);
  if (!body) co_return body.error();
  auto proof = read_certificate(JsonMembers(*body));
  if (!proof) co_return proof.error();
  const auto row =
      co_await certificates_.verify(call.tenant(), call.name, std::move(*proof), *precondition, call.actor());
  if (!row) co_return row.error();
  co_return management_answer(describe(call.address, *row));
}

}  // namespace muster::dialect::azure
