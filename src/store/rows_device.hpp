// The tables of devices and of what they have.
#pragma once

#include "provisioning/device.hpp"
#include "store/mapping.hpp"

namespace muster::store {

template <>
struct Mapping<provisioning::Device> {
  static constexpr std::string_view table = "device";
  template <class Fields, class Row>
  static void each(Fields& fields, Row& row) {
    fields.key("tenant", row.tenant);
    fields.key("id", row.id);
    fields.column("name", row.name);
    fields.derived("folded_name", row.name.folded());
    fields.column("hub_device_id", row.hub_device_id);
    fields.column("enrollment_is_group", row.enrollment.is_group);
    fields.column("enrollment_id", row.enrollment.id);
    fields.column("created_at", row.created_at);
    fields.column("updated_at", row.updated_at);
  }
};

/// What a device can have twice during an overlap: its key, and when it holds.
template <class Fields, class Row>
void each_overlap_key(Fields& fields, Row& row) {
  fields.key("tenant", row.tenant);
  fields.key("device", row.device);
  fields.key("id", row.id);
}
template <class Fields, class Row>
void each_overlap_column(Fields& fields, Row& row) {
  fields.column("state", row.state);
  fields.column("valid_from", row.valid_from);
  fields.column("valid_until", row.valid_until);
  fields.column("predecessor", row.predecessor);
}

template <>
struct Mapping<provisioning::Identity> {
  static constexpr std::string_view table = "identity";
  template <class Fields, class Row>
  static void each(Fields& fields, Row& row) {
    each_overlap_key(fields, row);
    fields.column("kind", row.kind);
    fields.column("fingerprint", row.fingerprint);
    fields.column("public_part", row.public_part);
    each_overlap_column(fields, row);
  }
};

template <>
struct Mapping<provisioning::Credential> {
  static constexpr std::string_view table = "credential";
  template <class Fields, class Row>
  static void each(Fields& fields, Row& row) {
    each_overlap_key(fields, row);
    fields.column("kind", row.kind);
    fields.column("secret", row.secret);
    fields.column("fingerprint", row.fingerprint);
    each_overlap_column(fields, row);
  }
};

template <>
struct Mapping<provisioning::Placement> {
  static constexpr std::string_view table = "placement";
  template <class Fields, class Row>
  static void each(Fields& fields, Row& row) {
    each_overlap_key(fields, row);
    fields.column("hub", row.hub);
    each_overlap_column(fields, row);
    fields.column("twin", row.twin);
    fields.column("iot_edge", row.iot_edge);
  }
};

template <>
struct Mapping<provisioning::Ownership> {
  static constexpr std::string_view table = "ownership";
  template <class Fields, class Row>
  static void each(Fields& fields, Row& row) {
    each_overlap_key(fields, row);
    fields.column("owner", row.owner);
    each_overlap_column(fields, row);
  }
};

template <>
struct Mapping<provisioning::Registration> {
  static constexpr std::string_view table = "registration";
  template <class Fields, class Row>
  static void each(Fields& fields, Row& row) {
    fields.key("tenant", row.tenant);
    fields.key("device", row.device);
    fields.column("operation_id", row.operation_id);
    fields.column("status", row.status);
    fields.column("substatus", row.substatus);
    fields.column("attestation", row.attestation);
    fields.column("hub", row.hub);
    fields.column("payload", row.payload);
    fields.column("returned_payload", row.returned_payload);
    fields.column("refusal", row.refusal);
    fields.column("created_at", row.created_at);
    fields.column("updated_at", row.updated_at);
    fields.column("failure", row.failure);
    fields.column("failure_detail", row.failure_detail);
    fields.column("certificate_serial", row.certificate_serial);
  }
};

template <>
struct Mapping<provisioning::Challenge> {
  static constexpr std::string_view table = "challenge";
  template <class Fields, class Row>
  static void each(Fields& fields, Row& row) {
    fields.key("tenant", row.tenant);
    fields.derived_key("folded_registration_id", row.registration_id.folded());
    fields.key("id", row.id);
    fields.column("registration_id", row.registration_id);
    fields.column("enrollment_is_group", row.enrollment.is_group);
    fields.column("enrollment_id", row.enrollment.id);
    fields.column("endorsement_key", row.endorsement_key);
    fields.column("storage_root_key", row.storage_root_key);
    fields.column("activation_key", row.key);
    fields.column("created_at", row.created_at);
    fields.column("expires_at", row.expires_at);
  }
};

template <>
struct Mapping<provisioning::RefusalRecord> {
  static constexpr std::string_view table = "refusal";
  template <class Fields, class Row>
  static void each(Fields& fields, Row& row) {
    fields.key("tenant", row.tenant);
    fields.derived_key("folded_registration_id", row.registration_id.folded());
    fields.key("id", row.id);
    fields.column("registration_id", row.registration_id);
    fields.column("occurred_at", row.at);
    fields.column("transport", row.transport);
    fields.column("attestation", row.attestation);
    fields.column("enrollment", row.enrollment);
    fields.column("code", row.code);
    fields.column("detail", row.detail);
    fields.column("address", row.address);
    fields.column("occurrences", row.count);
    fields.column("last_at", row.last_at);
    fields.column("is_known", row.is_known);
  }
};

template <>
struct Mapping<provisioning::DeferredRegistration> {
  static constexpr std::string_view table = "deferred_registration";
  template <class Fields, class Row>
  static void each(Fields& fields, Row& row) {
    fields.key("tenant", row.tenant);
    fields.derived_key("folded_registration_id", row.registration_id.folded());
    fields.column("registration_id", row.registration_id);
    fields.column("operation_id", row.operation_id);
    fields.column("payload", row.payload);
    fields.column("created_at", row.created_at);
    fields.column("signing_request", row.signing_request);
  }
};

}  // namespace muster::store
