// What the commands do, apart from reading the command line.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/api.hpp"
#include "cli/output.hpp"

namespace muster::cli {

/// What every command works with.
struct Session {
  Api& api;
  Output& output;
};

/// One kind of thing that can be listed, shown and removed.
struct Kind {
  std::string_view path;  ///< below /muster/v1/
  std::string_view noun;
  std::span<const Column> columns;
};

extern const Kind enrollments;
extern const Kind groups;
extern const Kind devices;
extern const Kind hubs;
extern const Kind principals;
extern const Kind policies;
extern const Kind cas;
extern const Kind credential_policies;
extern const Kind certificates;
extern const Kind audit;

void list(Session& session, const Kind& kind, const std::string& query, std::optional<std::size_t> limit);
void show(Session& session, const Kind& kind, const std::string& id);
void remove(Session& session, const Kind& kind, const std::string& id);
/// The symmetric keys of an enrollment, a group or a policy.
void show_keys(Session& session, const Kind& kind, const std::string& id);
/// Changes an enrollment or a group, unless somebody else changes it at the same time.
void set_enabled(Session& session, const Kind& kind, const std::string& id, bool enabled);

/// How devices prove what they are. Every text but `kind` is a file's name or, where base64_of takes it, a value.
struct AttestationOptions {
  std::string kind;  ///< symmetric-key, tpm, x509 or tpm-vendor
  std::string endorsement_key;
  std::string storage_root_key;
  std::string primary_key;
  std::string secondary_key;
  std::string certificate;
  std::string secondary_certificate;
  std::string ca_reference;  ///< the name of an uploaded CA certificate, in place of certificates
  std::string secondary_ca_reference;
  std::vector<std::string> roots;
  std::vector<std::string> intermediates;
  std::string allowed_keys;  ///< one hexadecimal SHA-256 a line; lines that begin with # are skipped
};

/// What `enrollment add` and `group add` have in common.
struct EnrollmentOptions {
  std::string id;
  AttestationOptions attestation;
  std::string device_id;           ///< enrollments only
  std::string device_information;  ///< a JSON file; enrollments only
  std::vector<std::string> hubs;
  std::string allocation;    ///< hashed, geo-latency, static or custom; empty: the tenant's
  std::string reprovision;   ///< migrate, reset or never
  std::string initial_twin;  ///< a JSON file
  std::string credential_policy;
  std::string webhook_url;
  std::string webhook_api_version;
  bool iot_edge = false;
  bool disabled = false;
  bool replace = false;  ///< false: refuse where it exists
};
void add_enrollment(Session& session, const Kind& kind, const EnrollmentOptions& options);

/// Only what is given is sent or changed.
struct HubOptions {
  std::string name;
  std::optional<int> weight;
  std::optional<std::string> location;
  std::optional<std::vector<std::string>> tags;
  std::optional<bool> accepts_devices;
  std::optional<bool> healthy;
  std::optional<bool> in_allocation;
  std::optional<std::string> devices_max;  ///< a number, or "none"
  std::optional<double> latitude;
  std::optional<double> longitude;
};
void add_hub(Session& session, const HubOptions& options);
void set_hub(Session& session, const HubOptions& options);

struct PrincipalOptions {
  std::string name;
  std::string role;
  std::string scope;
  std::string expires_at;  ///< RFC 3339
};
void add_principal(Session& session, const PrincipalOptions& options);

void show_webhook_key(Session& session);
void regenerate_webhook_key(Session& session);

/// What a webhook is tried with: one of url, group and enrollment.
struct WebhookTestOptions {
  std::string url;
  std::string group;
  std::string enrollment;
  std::string registration_id;
  std::string payload;  ///< a JSON file
};
void test_webhook(Session& session, const WebhookTestOptions& options);

void add_policy(Session& session, const std::string& name, const std::vector<std::string>& rights);
/// `which`: primary or secondary.
void regenerate_policy_key(Session& session, const std::string& name, const std::string& which);

struct CaOptions {
  std::string name;
  std::string certificate;  ///< a file, PEM or DER
  bool verified = false;
  bool replace = false;  ///< false: refuse where it exists
};
void add_ca(Session& session, const CaOptions& options);
/// Draws a verification code and says what to do with it.
void draw_ca_code(Session& session, const std::string& name);
void verify_ca(Session& session, const std::string& name, const std::string& proof_file);

struct CredentialPolicyOptions {
  std::string name;
  int lifetime_hours = 30 * 24;
  std::vector<std::string> key_kinds;
  bool allow_dns_names = false;
  bool replace = false;  ///< false: refuse where it exists
};
void add_credential_policy(Session& session, const CredentialPolicyOptions& options);

/// `reason`: as the API has it, but with dashes.
void revoke_certificate(Session& session, const std::string& serial, const std::string& reason);

void show_status(Session& session);

}  // namespace muster::cli
