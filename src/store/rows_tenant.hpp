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
    fields.column("location", row.location);
    fields.column("tags", row.tags);
    fields.column("ip_rules", row.ip_rules);
    fields.column("require_verified_ca", row.require_verified_ca);
    fields.column("webhook_key", row.webhook_key);
    fields.column("devices_max", row.limits.devices_max);
    fields.column("enrollments_max", row.limits.enrollments_max);
    fields.column("groups_max", row.limits.groups_max);
    fields.column("ca_certificates_max", row.limits.ca_certificates_max);
    fields.column("hubs_max", row.limits.hubs_max);
    fields.column("registrations_per_minute", row.limits.registrations_per_minute);
    fields.column("service_calls_per_minute", row.limits.service_calls_per_minute);
    fields.column("requests_per_minute_and_device", row.limits.requests_per_minute_and_device);
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
    fields.column("in_allocation", row.in_allocation);
    fields.column("healthy", row.healthy);
    fields.column("devices_max", row.devices_max);
    fields.column("latitude_microdegrees", row.latitude_microdegrees);
    fields.column("longitude_microdegrees", row.longitude_microdegrees);
    fields.column("connection_string", row.connection_string);
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
    fields.column("grounds", row.grounds.digest);
    fields.column("authority", row.grounds.authority);
    fields.column("signing_request", row.signing_request);
  }
};

}  // namespace muster::store
