#include "dialect/admin/tenant_json.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "dialect/admin/fields.hpp"
#include "provisioning/entity_tag.hpp"
#include "provisioning/ip_filter.hpp"
#include "provisioning/names.hpp"

namespace muster::dialect::admin {

namespace json = boost::json;
using provisioning::IpRule;
using provisioning::Tenant;
using provisioning::TenantLimits;
using provisioning::TenantSettings;

namespace {

constexpr std::size_t text_size_max = 256;

json::object limits_to_json(const TenantLimits& limits) {
  json::object object;
  for (const auto& limit : provisioning::limit_names()) object[limit.name] = limits.*limit.value;
  return object;
}

json::array rules_to_json(const std::vector<IpRule>& rules) {
  json::array array;
  for (const auto& rule : rules)
    array.push_back(json::object{{"name", rule.name},
                                 {"action", provisioning::name_of(rule.action)},
                                 {"network", rule.network},
                                 {"target", provisioning::name_of(rule.target)}});
  return array;
}

Result<IpRule> read_rule(const json::object& body) {
  Fields fields(body, "ip_rules.");
  IpRule rule;
  rule.name = fields.text("name", text_size_max);
  rule.network = fields.text("network", text_size_max);
  const auto action = provisioning::from_name<provisioning::IpAction>(fields.text("action", text_size_max));
  if (!action) fields.refuse("action", "is neither accept nor reject");
  auto target = std::optional(provisioning::IpTarget::all);
  if (fields.has("target"))
    target = provisioning::from_name<provisioning::IpTarget>(fields.text("target", text_size_max));
  if (!target) fields.refuse("target", "is none of all, service_api, device_api");
  if (const auto status = fields.finish(); !status) return status.error();
  rule.action = *action;
  rule.target = *target;
  return rule;
}

/// Of an object whose other members the caller reads.
Result<TenantSettings> read_settings(Fields& fields) {
  TenantSettings settings;
  settings.name = fields.text("name", text_size_max);
  const std::string policy = fields.text("allocation_policy", text_size_max);
  const auto allocation =
      policy.empty() ? settings.allocation_policy : provisioning::from_name<provisioning::AllocationPolicy>(policy);
  if (!allocation) fields.refuse("allocation_policy", "is none of hashed, geo_latency, static, custom");
  settings.location = fields.text("location", text_size_max);
  if (const auto* tags = fields.object("tags"))
    for (const auto& tag : *tags)
      if (!tag.value().is_string()) fields.refuse("tags", "holds something else than texts");
  settings.tags = fields.object_text("tags");
  settings.require_verified_ca = fields.flag("require_verified_ca", false);
  for (const auto* object : fields.objects("ip_rules", provisioning::ip_rules_max)) {
    auto rule = read_rule(*object);
    if (!rule) return rule.error();
    settings.ip_rules.push_back(std::move(*rule));
  }
  if (allocation) settings.allocation_policy = *allocation;
  return settings;
}

}  // namespace

json::object to_json(const Tenant& tenant) {
  json::object object;
  object["id"] = tenant.id.str();
  object["name"] = tenant.name;
  object["id_scope"] = tenant.id_scope.str();
  object["enabled"] = tenant.enabled;
  object["allocation_policy"] = provisioning::name_of(tenant.allocation_policy);
  object["location"] = tenant.location;
  object["tags"] = tenant.tags.empty() ? json::value(json::object()) : stored_json(tenant.tags);
  object["ip_rules"] = rules_to_json(tenant.ip_rules);
  object["require_verified_ca"] = tenant.require_verified_ca;
  object["limits"] = limits_to_json(tenant.limits);
  object["created_at"] = base::to_rfc3339(tenant.created_at);
  object["entity_tag"] = provisioning::entity_tag(tenant.created_at, tenant.revision);
  return object;
}

Result<TenantSettings> read_settings(const json::object& body, const TenantId& id) {
  Fields fields(body);
  const std::string named = fields.text("id", text_size_max);
  if (!named.empty() && base::to_lower(named) != base::to_lower(id.str()))
    fields.refuse("id", "is not the one in the address");
  auto settings = read_settings(fields);
  for (const char* name : {"id_scope", "enabled", "limits", "usage", "created_at", "entity_tag"})
    fields.read_only(name);
  if (const auto status = fields.finish(); !status) return status.error();
  if (settings && settings->name.empty()) settings->name = base::to_lower(id.str());
  return settings;
}

Result<provisioning::WantedTenant> read_wanted_tenant(const json::object& body) {
  Fields fields(body);
  provisioning::WantedTenant wanted;
  wanted.id = TenantId(fields.text("id", text_size_max));
  wanted.hub = fields.text("hub", text_size_max);
  auto settings = read_settings(fields);
  const json::object* limits = fields.object("limits");
  if (const auto status = fields.finish(); !status) return status.error();
  if (!settings) return settings.error();
  wanted.settings = std::move(*settings);
  if (limits != nullptr) {
    const auto read = read_limits(*limits, {});
    if (!read) return read.error();
    wanted.limits = *read;
  }
  return wanted;
}

Result<TenantLimits> read_limits(const json::object& body, TenantLimits limits) {
  Fields fields(body, "limits.");
  for (const auto& limit : provisioning::limit_names())
    limits.*limit.value = fields.integer(limit.name, static_cast<int>(limits.*limit.value), static_cast<int>(limit.min),
                                         static_cast<int>(limit.max));
  if (const auto status = fields.finish(); !status) return status.error();
  return limits;
}

}  // namespace muster::dialect::admin
