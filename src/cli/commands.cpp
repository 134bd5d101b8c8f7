#include "cli/commands.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "cli/input.hpp"

namespace muster::cli {

namespace json = boost::json;

namespace {

constexpr Column enrollment_columns[] = {{"REGISTRATION ID", "registration_id"},
                                         {"ATTESTATION", "attestation.type"},
                                         {"ENABLED", "enabled"},
                                         {"DEVICE ID", "device_id"},
                                         {"HUBS", "hubs"},
                                         {"UPDATED", "updated_at"}};
constexpr Column group_columns[] = {{"ID", "id"},
                                    {"ATTESTATION", "attestation.type"},
                                    {"ENABLED", "enabled"},
                                    {"HUBS", "hubs"},
                                    {"UPDATED", "updated_at"}};
constexpr Column device_columns[] = {
    {"REGISTRATION ID", "registration_id"},      {"STATUS", "registration.status"}, {"HUB", "registration.hub"},
    {"ATTESTATION", "registration.attestation"}, {"ENROLLMENT", "enrollment.id"},   {"UPDATED", "updated_at"}};
constexpr Column hub_columns[] = {
    {"NAME", "name"},       {"KIND", "kind"},         {"WEIGHT", "weight"}, {"ACCEPTS", "accepts_devices"},
    {"HEALTHY", "healthy"}, {"LOCATION", "location"}, {"TAGS", "tags"}};
constexpr Column principal_columns[] = {
    {"NAME", "name"}, {"ROLE", "role"}, {"SCOPE", "scope"}, {"EXPIRES", "expires_at"}, {"CREATED", "created_at"}};
constexpr Column policy_columns[] = {{"NAME", "name"}, {"RIGHTS", "rights"}, {"CREATED", "created_at"}};
constexpr Column ca_columns[] = {{"NAME", "name"},
                                 {"SUBJECT", "certificate_information.subject"},
                                 {"VERIFIED", "verified"},
                                 {"DAYS LEFT", "expires_in_days"},
                                 {"WARNING", "warning"}};
constexpr Column credential_policy_columns[] = {
    {"NAME", "name"}, {"HOURS", "lifetime_hours"}, {"KEYS", "key_kinds"}, {"HOST NAMES", "allow_dns_names"}};
constexpr Column certificate_columns[] = {{"SERIAL", "serial"},
                                          {"REGISTRATION ID", "registration_id"},
                                          {"UNTIL", "not_after"},
                                          {"REVOKED", "revoked_at"},
                                          {"REASON", "revocation_reason"}};
constexpr Column audit_columns[] = {{"AT", "at"},           {"ACTOR", "actor"},     {"ACTION", "action"},
                                    {"SUBJECT", "subject"}, {"OUTCOME", "outcome"}, {"DETAIL", "detail"}};

std::string if_match(const json::object& object) {
  const json::value* tag = object.if_contains("entity_tag");
  if (tag == nullptr || !tag->is_string()) return {};
  return "If-Match: \"" + std::string(tag->get_string().c_str()) + "\"";
}

void set_members(json::object& hub, const HubOptions& options) {
  if (options.weight) hub["weight"] = *options.weight;
  if (options.location) hub["location"] = *options.location;
  if (options.accepts_devices) hub["accepts_devices"] = *options.accepts_devices;
  if (options.healthy) hub["healthy"] = *options.healthy;
  if (options.in_allocation) hub["in_allocation"] = *options.in_allocation;
  if (options.devices_max && *options.devices_max == "none") hub["devices_max"] = nullptr;
  if (options.devices_max && *options.devices_max != "none") hub["devices_max"] = std::stoi(*options.devices_max);
  if (options.latitude) hub["latitude"] = *options.latitude;
  if (options.longitude) hub["longitude"] = *options.longitude;
  if (options.tags) hub["tags"] = json::array(options.tags->begin(), options.tags->end());
}

}  // namespace

const Kind enrollments{"enrollments", "enrollment", enrollment_columns};
const Kind groups{"groups", "group", group_columns};
const Kind devices{"devices", "device", device_columns};
const Kind hubs{"hubs", "hub", hub_columns};
const Kind principals{"principals", "principal", principal_columns};
const Kind policies{"policies", "policy", policy_columns};
const Kind cas{"cas", "CA certificate", ca_columns};
const Kind credential_policies{"credential-policies", "credential policy", credential_policy_columns};
const Kind certificates{"certificates", "certificate", certificate_columns};
const Kind audit{"audit", "audit record", audit_columns};

void list(Session& session, const Kind& kind, const std::string& query, std::optional<std::size_t> limit) {
  session.output.items(session.api.list(std::string(kind.path), query, limit), kind.columns);
}

void show(Session& session, const Kind& kind, const std::string& id) {
  session.output.object(session.api.get(path_of(kind.path, id)));
}

void remove(Session& session, const Kind& kind, const std::string& id) {
  session.api.remove(path_of(kind.path, id));
  session.output.sentence("Removed the " + std::string(kind.noun) + " " + id + ".");
}

void show_keys(Session& session, const Kind& kind, const std::string& id) {
  session.output.object(session.api.get(path_of(kind.path, id, "/keys")));
}

void set_enabled(Session& session, const Kind& kind, const std::string& id, bool enabled) {
  json::object thing = session.api.get(path_of(kind.path, id));
  thing["enabled"] = enabled;
  session.api.put(path_of(kind.path, id), thing, if_match(thing));
  session.output.sentence((enabled ? "Enabled the " : "Disabled the ") + std::string(kind.noun) + " " + id + ".");
}

void add_hub(Session& session, const HubOptions& options) {
  json::object hub;
  set_members(hub, options);
  session.output.object(session.api.put(path_of(hubs.path, options.name), hub, "If-None-Match: *"));
}

void set_hub(Session& session, const HubOptions& options) {
  json::object hub = session.api.get(path_of(hubs.path, options.name));
  set_members(hub, options);
  session.output.object(session.api.put(path_of(hubs.path, options.name), hub, if_match(hub)));
}

void add_principal(Session& session, const PrincipalOptions& options) {
  json::object principal;
  principal["name"] = options.name;
  principal["role"] = options.role;
  if (!options.scope.empty()) principal["scope"] = options.scope;
  if (!options.expires_at.empty()) principal["expires_at"] = options.expires_at;
  session.output.object(session.api.post(std::string(principals.path), principal));
  session.output.sentence("The token is shown this once; nobody can look it up later.");
}

void add_policy(Session& session, const std::string& name, const std::vector<std::string>& rights) {
  json::object policy;
  policy["name"] = name;
  policy["rights"] = json::array(rights.begin(), rights.end());
  session.output.object(session.api.post(std::string(policies.path), policy));
}

void regenerate_policy_key(Session& session, const std::string& name, const std::string& which) {
  json::object body;
  body["regenerate"] = which;
  session.output.object(session.api.post(path_of(policies.path, name, "/keys"), body));
}

void add_ca(Session& session, const CaOptions& options) {
  json::object ca;
  ca["certificate"] = certificate_text(options.certificate);
  if (options.verified) ca["verified"] = true;
  const std::string precondition = options.replace ? std::string() : "If-None-Match: *";
  session.output.object(session.api.put(path_of(cas.path, options.name), ca, precondition));
}

void draw_ca_code(Session& session, const std::string& name) {
  const json::object ca = session.api.post(path_of(cas.path, name, "/code"), json::object());
  session.output.object(ca);
  session.output.sentence(
      "Let the CA issue a certificate with the verification code as its common name, then: muster ca verify " + name +
      " FILE");
}

void verify_ca(Session& session, const std::string& name, const std::string& proof_file) {
  json::object proof;
  proof["certificate"] = certificate_text(proof_file);
  session.output.object(session.api.post(path_of(cas.path, name, "/proof"), proof));
}

void add_credential_policy(Session& session, const CredentialPolicyOptions& options) {
  json::object policy;
  policy["lifetime_hours"] = options.lifetime_hours;
  policy["key_kinds"] = json::array(options.key_kinds.begin(), options.key_kinds.end());
  policy["allow_dns_names"] = options.allow_dns_names;
  const std::string precondition = options.replace ? std::string() : "If-None-Match: *";
  session.output.object(session.api.put(path_of(credential_policies.path, options.name), policy, precondition));
}

void revoke_certificate(Session& session, const std::string& serial, const std::string& reason) {
  json::object body;
  std::string word = reason;
  std::ranges::replace(word, '-', '_');
  body["reason"] = word;
  session.output.object(session.api.post(path_of(certificates.path, serial, "/revocation"), body));
}

void show_status(Session& session) { session.output.object(session.api.get("status")); }

}  // namespace muster::cli
