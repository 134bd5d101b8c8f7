#include "provisioning/webhook_questions.hpp"

#include "provisioning/allocation.hpp"
#include "provisioning/device_changes.hpp"

namespace muster::provisioning {
namespace {

/// The public part of the device's identity of this kind; empty where it has none.
Bytes public_part(const DeviceRecord& record, IdentityKind kind) {
  const Identity* found = active(record.identities, kind);
  return found == nullptr ? Bytes() : found->public_part;
}

}  // namespace

Task<Result<WebhookQuestion>> WebhookQuestions::about(TenantId tenant, WebhookSubject subject) {
  WebhookQuestion question;
  question.tenant = tenant;
  question.enrollment = std::move(subject.enrollment);
  question.registration_id = subject.registration_id;
  question.payload = std::move(subject.payload);
  const EnrollmentTerms& terms = question.terms();

  if (subject.record != nullptr) {
    if (const Placement* current = active(subject.record->placements)) {
      question.current_hub = current->hub;
      question.current_device_id = subject.record->device.hub_device_id;
    }
    const AttestationKind kind = kind_of(terms.attestation);
    if (kind == AttestationKind::x509)
      question.certificate = public_part(*subject.record, IdentityKind::device_certificate);
    if (kind == AttestationKind::tpm || kind == AttestationKind::tpm_vendor) {
      question.endorsement_key = public_part(*subject.record, IdentityKind::endorsement_key);
      const auto challenges = co_await store_.list_challenges(tenant, subject.registration_id.folded());
      for (const auto& challenge : challenges)
        if (challenge.endorsement_key == question.endorsement_key && question.storage_root_key.empty())
          question.storage_root_key = challenge.storage_root_key;
    }
  }

  const auto linked = co_await store_.list_hubs(tenant);
  AllocationFacts facts;
  facts.device = question.registration_id.folded();
  facts.linked = linked;
  facts.full = co_await loads_.full(tenant, linked);
  facts.current = question.current_hub;
  const auto hubs = candidates(terms, facts);
  if (!hubs) co_return hubs.error();
  for (const auto& hub : *hubs) question.linked_hubs.push_back(hub.name);
  co_return question;
}

}  // namespace muster::provisioning
