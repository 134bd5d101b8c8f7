// The tables of certificate authorities, issued certificates and data keys.
#pragma once

#include "provisioning/trust.hpp"
#include "store/mapping.hpp"

namespace muster::store {

template <>
struct Mapping<provisioning::Authority> {
  static constexpr std::string_view table = "authority";
  template <class Fields, class Row>
  static void each(Fields& fields, Row& row) {
    fields.key("tenant", row.tenant);
    fields.key("id", row.id);
    fields.column("kind", row.kind);
    fields.column("certificate", row.certificate);
    fields.column("sealed_key", row.key);
    fields.column("state", row.state);
    fields.column("created_at", row.created_at);
  }
};

template <>
struct Mapping<provisioning::IssuedCertificate> {
  static constexpr std::string_view table = "issued_certificate";
  template <class Fields, class Row>
  static void each(Fields& fields, Row& row) {
    fields.key("tenant", row.tenant);
    fields.key("serial", row.serial);
    fields.column("authority", row.authority);
    fields.column("purpose", row.purpose);
    fields.column("certificate", row.certificate);
    fields.column("sealed_key", row.key);
    fields.column("state", row.state);
    fields.column("not_before", row.not_before);
    fields.column("not_after", row.not_after);
    fields.column("device", row.device);
    fields.column("subject", row.subject);
    fields.column("revoked_at", row.revoked_at);
    fields.column("revocation_reason", row.revocation_reason);
  }
};

template <>
struct Mapping<provisioning::CaCertificate> {
  static constexpr std::string_view table = "ca_certificate";
  template <class Fields, class Row>
  static void each(Fields& fields, Row& row) {
    fields.key("tenant", row.tenant);
    fields.key("name", row.name);
    fields.column("certificate", row.certificate);
    fields.column("is_verified", row.is_verified);
    fields.column("verification_code", row.verification_code);
    fields.column("created_at", row.created_at);
    fields.column("updated_at", row.updated_at);
  }
};

template <>
struct Mapping<provisioning::CredentialPolicy> {
  static constexpr std::string_view table = "credential_policy";
  template <class Fields, class Row>
  static void each(Fields& fields, Row& row) {
    fields.key("tenant", row.tenant);
    fields.key("name", row.name);
    fields.column("lifetime_hours", row.lifetime_hours);
    fields.column("key_kinds", row.key_kinds);
    fields.column("allow_dns_names", row.allow_dns_names);
    fields.column("created_at", row.created_at);
    fields.column("updated_at", row.updated_at);
  }
};

template <>
struct Mapping<provisioning::DataKey> {
  static constexpr std::string_view table = "data_key";
  template <class Fields, class Row>
  static void each(Fields& fields, Row& row) {
    fields.key("tenant", row.tenant);
    fields.key("version", row.version);
    fields.column("master_version", row.master_version);
    fields.column("sealed_key", row.sealed);
    fields.column("created_at", row.created_at);
  }
};

}  // namespace muster::store
