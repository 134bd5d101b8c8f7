#include "dialect/azure/webhook_json.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "crypto/hash.hpp"
#include "dialect/azure/enrollment_json.hpp"

namespace muster::dialect::azure {

using provisioning::AttestationKind;
using provisioning::WebhookQuestion;

namespace {

struct WriteEnrollment {
  boost::json::object& request;
  void operator()(const provisioning::Enrollment& enrollment) const {
    request["individualEnrollment"] = write_enrollment(enrollment, nullptr, nullptr);
  }
  void operator()(const provisioning::EnrollmentGroup& group) const {
    request["enrollmentGroup"] = write_group(group, nullptr);
  }
};

void add_attestation(boost::json::object& context, const WebhookQuestion& question) {
  switch (provisioning::kind_of(question.terms().attestation)) {
    case AttestationKind::symmetric_key:
      context["symmetricKey"] = boost::json::object{};
      return;
    case AttestationKind::x509: {
      provisioning::X509Attestation shown;
      shown.primary_certificate = question.certificate;
      context["x509"] = write_attestation(shown, false, nullptr).at("x509");
      return;
    }
    case AttestationKind::tpm:
    case AttestationKind::tpm_vendor: {
      boost::json::object keys;
      keys["endorsementKey"] = base::to_base64(question.endorsement_key);
      if (!question.storage_root_key.empty()) keys["storageRootKey"] = base::to_base64(question.storage_root_key);
      context["tpm"] = std::move(keys);
      return;
    }
  }
}

}  // namespace

std::string webhook_request(const WebhookQuestion& question) {
  boost::json::object request;
  std::visit(WriteEnrollment{request}, question.enrollment);

  boost::json::object context;
  context["registrationId"] = question.registration_id.str();
  if (question.current_hub) {
    context["currentIotHubHostName"] = question.current_hub->str();
    context["currentDeviceId"] = question.current_device_id;
  }
  add_attestation(context, question);
  if (!question.payload.empty()) context["payload"] = boost::json::parse(question.payload);
  request["deviceRuntimeContext"] = std::move(context);

  boost::json::array hubs;
  for (const auto& hub : question.linked_hubs) hubs.emplace_back(hub.str());
  request["linkedHubs"] = std::move(hubs);
  return boost::json::serialize(request);
}

std::string webhook_url(const provisioning::EnrollmentTerms& terms) {
  if (terms.custom_allocation.empty()) return {};
  const boost::json::value stored = boost::json::parse(terms.custom_allocation);
  const auto* url = stored.is_object() ? stored.get_object().if_contains("webhookUrl") : nullptr;
  return url != nullptr && url->is_string() ? std::string(url->get_string()) : std::string();
}

std::string webhook_signature(const base::Secret& key, base::TimePoint now, std::string_view body) {
  const std::string time = std::to_string(base::to_unix_seconds(now));
  std::string text = time + ".";
  text.append(body);
  return "t=" + time + ",v1=" + base::to_hex(crypto::hmac_sha256(key.reveal(), base::view(text)));
}

}  // namespace muster::dialect::azure
