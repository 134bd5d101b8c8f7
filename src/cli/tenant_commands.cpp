#include "cli/tenant_commands.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "cli/failure.hpp"
#include "codec/percent_encoding.hpp"

namespace muster::cli {

namespace json = boost::json;

namespace {

constexpr Column tenant_columns[] = {{"ID", "id"},
                                     {"NAME", "name"},
                                     {"ID SCOPE", "id_scope"},
                                     {"ENABLED", "enabled"},
                                     {"ALLOCATION", "allocation_policy"},
                                     {"LOCATION", "location"},
                                     {"CREATED", "created_at"}};

std::string with_underscores(std::string word) {
  std::ranges::replace(word, '-', '_');
  return word;
}

std::string if_match(const json::object& object) {
  return "If-Match: \"" + std::string(object.at("entity_tag").as_string().c_str()) + "\"";
}

json::object tags_of(const std::vector<std::string>& texts) {
  json::object tags;
  for (const auto& text : texts) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) throw Failure(ExitCode::usage, "--tag takes NAME=VALUE");
    tags[text.substr(0, equals)] = text.substr(equals + 1);
  }
  return tags;
}

/// "office=accept:192.0.2.0/24:service-api"; networks of IPv6 have colons of their own, targets have none.
json::object ip_rule_of(const std::string& text) {
  constexpr const char* usage =
      "--ip-rule takes NAME=accept:NETWORK or NAME=reject:NETWORK, with :service-api or "
      ":device-api behind it where it is for one of them";
  const std::size_t equals = text.find('=');
  const std::size_t colon = text.find(':', equals == std::string::npos ? 0 : equals);
  if (equals == std::string::npos || colon == std::string::npos) throw Failure(ExitCode::usage, usage);
  json::object rule;
  rule["name"] = text.substr(0, equals);
  rule["action"] = text.substr(equals + 1, colon - equals - 1);
  std::string network = text.substr(colon + 1);
  rule["target"] = "all";
  for (const char* target : {"all", "service-api", "device-api"}) {
    const std::string ending = std::string(":") + target;
    if (!network.ends_with(ending)) continue;
    network.resize(network.size() - ending.size());
    rule["target"] = with_underscores(target);
    break;
  }
  rule["network"] = network;
  return rule;
}

/// Whether anything of it was given.
bool set_settings(json::object& tenant, const TenantOptions& options) {
  if (options.name) tenant["name"] = *options.name;
  if (options.allocation) tenant["allocation_policy"] = with_underscores(*options.allocation);
  if (options.location) tenant["location"] = *options.location;
  if (options.tags) tenant["tags"] = tags_of(*options.tags);
  if (options.ip_rules) {
    json::array rules;
    for (const auto& text : *options.ip_rules) rules.emplace_back(ip_rule_of(text));
    tenant["ip_rules"] = std::move(rules);
  }
  if (options.require_verified_ca) tenant["require_verified_ca"] = *options.require_verified_ca;
  return options.name || options.allocation || options.location || options.tags || options.ip_rules ||
         options.require_verified_ca;
}

json::object limits_of(const TenantOptions& options) {
  json::object limits;
  for (const auto& [name, value] : options.limits) limits[name] = value;
  return limits;
}

}  // namespace

const Kind tenants{"tenants", "tenant", tenant_columns};

void add_tenant(Session& session, const TenantOptions& options) {
  json::object tenant;
  tenant["id"] = options.id;
  set_settings(tenant, options);
  if (!options.hub.empty()) tenant["hub"] = options.hub;
  tenant["limits"] = limits_of(options);
  session.output.object(session.api.post(std::string(tenants.path), tenant));
  session.output.sentence(
      "The policy's key and the operator's token are shown this once; nobody can look them up later.");
}

void set_tenant(Session& session, const TenantOptions& options) {
  json::object tenant = session.api.get(path_of(tenants.path, options.id));
  const bool has_settings = set_settings(tenant, options);
  if (!has_settings && options.limits.empty())
    throw Failure(ExitCode::usage, "nothing to change is given (muster tenant set --help)");
  if (has_settings) tenant = session.api.put(path_of(tenants.path, options.id), tenant, if_match(tenant));
  if (!options.limits.empty())
    tenant = session.api.put(path_of(tenants.path, options.id, "/limits"), limits_of(options), if_match(tenant));
  session.output.object(tenant);
}

void set_tenant_enabled(Session& session, const std::string& id, bool enabled) {
  session.api.put(path_of(tenants.path, id, "/state"), json::object{{"enabled", enabled}}, {});
  session.output.sentence((enabled ? "Enabled the tenant " : "Disabled the tenant ") + id + ".");
}

void remove_tenant(Session& session, const std::string& id, const std::string& confirmation) {
  session.api.remove(path_of(tenants.path, id), "confirm=" + codec::percent_encode(confirmation));
  session.output.sentence("Removed the tenant " + id + " with everything that it had; its audit trail stays.");
}

}  // namespace muster::cli
