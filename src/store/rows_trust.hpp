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
