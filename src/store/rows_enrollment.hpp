// The tables of individual enrollments and enrollment groups.
#pragma once

#include "provisioning/enrollment.hpp"
#include "store/mapping.hpp"

namespace muster::store {

/// Each way to attest has its columns; those of the other ways are NULL.
template <class Fields, class Terms>
void each_term(Fields& fields, Terms& terms) {
  fields.column("attestation", terms.attestation);
  auto* symmetric = std::get_if<provisioning::SymmetricKeyAttestation>(&terms.attestation);
  fields.nullable("primary_key", symmetric ? &symmetric->primary_key : nullptr);
  fields.nullable("secondary_key", symmetric ? &symmetric->secondary_key : nullptr);
  auto* tpm = std::get_if<provisioning::TpmAttestation>(&terms.attestation);
  fields.nullable("endorsement_key", tpm ? &tpm->endorsement_key : nullptr);
  fields.nullable("storage_root_key", tpm ? &tpm->storage_root_key : nullptr);
  auto* x509 = std::get_if<provisioning::X509Attestation>(&terms.attestation);
  fields.nullable("primary_certificate", x509 ? &x509->primary_certificate : nullptr);
  fields.nullable("secondary_certificate", x509 ? &x509->secondary_certificate : nullptr);
  fields.nullable("primary_reference", x509 ? &x509->primary_reference : nullptr);
  fields.nullable("secondary_reference", x509 ? &x509->secondary_reference : nullptr);
  auto* vendor = std::get_if<provisioning::TpmVendorAttestation>(&terms.attestation);
  fields.nullable("roots", vendor ? &vendor->roots : nullptr);
  fields.nullable("intermediates", vendor ? &vendor->intermediates : nullptr);
  fields.nullable("allowed_keys", vendor ? &vendor->allowed_keys : nullptr);

  fields.column("enabled", terms.enabled);
  fields.column("hubs", terms.hubs);
  fields.column("allocation_policy", terms.allocation_policy);
  fields.column("update_hub_assignment", terms.reprovision.update_hub_assignment);
  fields.column("migrate_device_data", terms.reprovision.migrate_device_data);
  fields.column("initial_twin", terms.initial_twin);
  fields.column("iot_edge", terms.iot_edge);
  fields.column("custom_allocation", terms.custom_allocation);
  fields.column("credential_policy", terms.credential_policy);
}

template <>
struct Mapping<provisioning::Enrollment> {
  static constexpr std::string_view table = "enrollment";
  template <class Fields, class Row>
  static void each(Fields& fields, Row& row) {
    fields.key("tenant", row.tenant);
    fields.derived_key("folded_registration_id", row.registration_id.folded());
    fields.column("registration_id", row.registration_id);
    fields.column("device_id", row.device_id);
    fields.column("device_information", row.device_information);
    each_term(fields, row.terms);
    fields.column("created_at", row.created_at);
    fields.column("updated_at", row.updated_at);
  }
};

template <>
struct Mapping<provisioning::EnrollmentGroup> {
  static constexpr std::string_view table = "enrollment_group";
  template <class Fields, class Row>
  static void each(Fields& fields, Row& row) {
    fields.key("tenant", row.tenant);
    fields.key("id", row.id);
    each_term(fields, row.terms);
    fields.column("created_at", row.created_at);
    fields.column("updated_at", row.updated_at);
  }
};

}  // namespace muster::store
