// The tables of tenants, their hubs, those who administer them, and the outbox.
#pragma once

#include "provisioning/store.hpp"
#include "store/mapping.hpp"

namespace muster::store {

template <>
struct Mapping<provisioning::Tenant> {
  static constexpr std::string_view table = "tenant";
  template <class Fields, class Row>
  static void each(Fields& fields, Row& row) {
    fields.key("tenant", row.id);
    fields.column("name", row.name);
    fields.column("id_scope", row.id_scope);
    fields.column("enabled", row.enabled);
    fields.column("allocation_policy", row.allocation_policy);
    fields.column("created_at", row.created_at);
  }
};

template <>
struct Mapping<provisioning::Hub> {
  static constexpr std::string_view table = "hub";
  template <class Fields, class Row>
  static void each(Fields& fields, Row& row) {
    fields.key("tenant", row.tenant);
    fields.key("name", row.name);
    fields.column("kind", row.kind);
    fields.column("weight", row.weight);
    fields.column("accepts_devices", row.accepts_devices);
    fields.column("location", row.location);
    fields.column("tags", row.tags);
    fields.column("created_at", row.created_at);
    fields.column("updated_at", row.updated_at);
  }
};

template <>
struct Mapping<provisioning::Principal> {
  static constexpr std::string_view table = "principal";
  template <class Fields, class Row>
  static void each(Fields& fields, Row& row) {
    fields.key("tenant", row.tenant);
    fields.key("id", row.id);
    fields.column("name", row.name);
    fields.column("token_hash", row.token_hash);
    fields.column("role", row.role);
    fields.column("scope", row.scope);
    fields.column("expires_at", row.expires_at);
    fields.column("created_at", row.created_at);
  }
};

template <>
struct Mapping<provisioning::AccessPolicy> {
  static constexpr std::string_view table = "access_policy";
  template <class Fields, class Row>
  static void each(Fields& fields, Row& row) {
    fields.key("tenant", row.tenant);
    fields.key("name", row.name);
    fields.column("primary_key", row.primary_key);
    fields.column("secondary_key", row.secondary_key);
    fields.column("rights", row.rights);
    fields.column("created_at", row.created_at);
  }
};

template <>
struct Mapping<provisioning::OutboxEntry> {
  static constexpr std::string_view table = "outbox";
  template <class Fields, class Row>
  static void each(Fields& fields, Row& row) {
    fields.key("tenant", row.tenant);
    fields.key("id", row.id);
    fields.column("kind", row.kind);
    fields.column("content", row.content);
    fields.column("attempts", row.attempts);
    fields.column("due_at", row.due_at);
    fields.column("created_at", row.created_at);
  }
};

}  // namespace muster::store
