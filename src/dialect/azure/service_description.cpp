#include "dialect/azure/service_description.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <limits>

#include "dialect/access_rights.hpp"
#include "dialect/azure/json_members.hpp"

namespace muster::dialect::azure {

namespace json = boost::json;
using base::Error;
using base::Result;
using provisioning::AllocationPolicy;
using provisioning::IpAction;
using provisioning::IpTarget;
using provisioning::TenantUpdate;

namespace {

// Beyond what provisioning allows, so that its refusals, which name the limit, are the ones that a caller sees.
constexpr std::size_t text_size_max = 4096;
constexpr std::size_t items_max = 2000;

template <class T>
struct Word {
  T value;
  std::string_view text;
};

constexpr Word<AllocationPolicy> allocation_words[] = {{AllocationPolicy::hashed, "Hashed"},
                                                       {AllocationPolicy::geo_latency, "GeoLatency"},
                                                       {AllocationPolicy::static_hub, "Static"},
                                                       {AllocationPolicy::custom, "Custom"}};
constexpr Word<IpAction> action_words[] = {{IpAction::accept, "Accept"}, {IpAction::reject, "Reject"}};
constexpr Word<IpTarget> target_words[] = {
    {IpTarget::all, "all"}, {IpTarget::service_api, "serviceApi"}, {IpTarget::device_api, "deviceApi"}};

template <class T, std::size_t size>
std::string_view word_of(const Word<T> (&words)[size], T value) {
  return std::ranges::find(words, value, &Word<T>::value)->text;
}

/// The value of a word in any case; invalid_argument, with all of them, where it is none.
template <class T, std::size_t size>
Result<std::optional<T>> read_word(const JsonMembers& members, std::string_view name, const Word<T> (&words)[size]) {
  const auto text = members.text(name, text_size_max);
  if (!text) return text.error();
  if (!*text) return std::optional<T>();
  std::string known;
  for (const auto& word : words) {
    if (base::equal_ignoring_case(**text, word.text)) return std::optional(word.value);
    known += (known.empty() ? "" : ", ") + std::string(word.text);
  }
  return members.refuse(name, "is none of " + known);
}

/// A text that has to be there.
Result<std::string> needed_text(const JsonMembers& members, std::string_view name) {
  auto text = members.text(name, text_size_max);
  if (!text) return text.error();
  if (!*text) return members.refuse(name, "is missing");
  return std::move(**text);
}

/// Reads each item of a list, where the list is there, into `items`.
template <class T, class Read>
base::Status read_list(const JsonMembers& members, std::string_view name, std::optional<std::vector<T>>& items,
                       Read read) {
  const auto list = members.array(name, items_max);
  if (!list) return list.error();
  if (*list == nullptr) return base::Done{};
  items.emplace();
  for (const auto& item : **list) {
    const std::string path = members.path_of(name) + "[" + std::to_string(items->size()) + "]";
    if (!item.is_object()) return Error(base::Errc::invalid_argument, path + " is not an object");
    auto value = read(JsonMembers(item.get_object(), path));
    if (!value) return value.error();
    items->push_back(std::move(*value));
  }
  return base::Done{};
}

Result<provisioning::IpRule> read_ip_rule(const JsonMembers& members) {
  provisioning::IpRule rule;
  auto name = needed_text(members, "filterName");
  if (!name) return name.error();
  auto network = needed_text(members, "ipMask");
  if (!network) return network.error();
  const auto action = read_word(members, "action", action_words);
  if (!action) return action.error();
  if (!*action) return members.refuse("action", "is missing");
  const auto target = read_word(members, "target", target_words);
  if (!target) return target.error();
  rule.name = std::move(*name);
  rule.network = std::move(*network);
  rule.action = **action;
  rule.target = target->value_or(IpTarget::all);
  return rule;
}

Result<codec::ConnectionString> read_connection(const JsonMembers& members) {
  const auto text = members.text("connectionString", text_size_max);
  if (!text) return text.error();
  const auto host = members.text("hostName", text_size_max);
  if (!host) return host.error();
  if (!*text && !*host) return members.refuse("connectionString", "is missing");
  auto connection = *text ? codec::parse_connection_string(**text)
                          : codec::ConnectionString{.host = base::to_lower(**host), .key_name = {}, .key = {}};
  if (!connection) return members.refuse("connectionString", "is not usable: " + connection.error().detail());
  if (*host && !(*host)->empty() && base::to_lower(**host) != connection->host)
    return members.refuse("hostName", "is not the one of the connection string");
  return connection;
}

Result<provisioning::WantedHub> read_hub(const JsonMembers& members) {
  provisioning::WantedHub hub;
  const auto authentication = members.text("authenticationType", text_size_max);
  if (!authentication) return authentication.error();
  if (*authentication && !base::equal_ignoring_case(**authentication, "KeyBased"))
    return members.refuse("authenticationType", "is not KeyBased: Muster has no managed identity to show to a hub");
  auto connection = read_connection(members);
  if (!connection) return connection.error();
  hub.connection = std::move(*connection);
  auto location = members.text("location", text_size_max);
  if (!location) return location.error();
  hub.location = std::move(*location);
  const auto weight = members.integer("allocationWeight");
  if (!weight) return weight.error();
  if (*weight) {
    if (**weight < 0 || **weight > std::numeric_limits<int>::max())
      return members.refuse("allocationWeight", "is out of range");
    hub.weight = static_cast<int>(**weight);
  }
  const auto in_allocation = members.flag("applyAllocationPolicy");
  if (!in_allocation) return in_allocation.error();
  hub.in_allocation = *in_allocation;
  return hub;
}

Result<unsigned> read_rights(const JsonMembers& members) {
  const auto text = needed_text(members, "rights");
  if (!text) return text.error();
  unsigned rights = 0;
  std::string_view rest = *text;
  while (!rest.empty()) {
    std::string_view name = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(rest.size(), name.size() + 1));
    while (name.starts_with(' ')) name.remove_prefix(1);
    while (name.ends_with(' ')) name.remove_suffix(1);
    const auto right = access_right_of(name);
    if (!right) return members.refuse("rights", "holds something else than " + std::string(access_right_names));
    rights |= static_cast<unsigned>(*right);
  }
  return rights;
}

/// Empty for a key that is not given or masked.
Result<base::Secret> read_key(const JsonMembers& members, std::string_view name) {
  auto text = members.text(name, text_size_max);
  if (!text) return text.error();
  if (!*text || std::ranges::all_of(**text, [](char c) { return c == '*'; })) return base::Secret();
  auto octets = base::from_base64(**text);
  base::wipe(**text);
  if (!octets) return members.refuse(name, "is not base64");
  return base::Secret(std::move(*octets));
}

Result<provisioning::WantedPolicy> read_policy(const JsonMembers& members) {
  provisioning::WantedPolicy policy;
  auto name = needed_text(members, "keyName");
  if (!name) return name.error();
  policy.name = std::move(*name);
  const auto rights = read_rights(members);
  if (!rights) return rights.error();
  policy.rights = *rights;
  auto primary = read_key(members, "primaryKey");
  if (!primary) return primary.error();
  auto secondary = read_key(members, "secondaryKey");
  if (!secondary) return secondary.error();
  policy.keys = {std::move(*primary), std::move(*secondary)};
  return policy;
}

/// What Azure has and Muster does not.
base::Status refuse_what_is_not_here(const JsonMembers& properties) {
  const auto access = properties.text("publicNetworkAccess", text_size_max);
  if (!access) return access.error();
  if (*access && !base::equal_ignoring_case(**access, "Enabled"))
    return properties.refuse("publicNetworkAccess",
                             "is not Enabled: Muster has no private endpoints to be reached by instead; use "
                             "ipFilterRules, or bind it to a private address");
  const auto no_keys = properties.flag("disableLocalAuth");
  if (!no_keys) return no_keys.error();
  if (no_keys->value_or(false))
    return properties.refuse("disableLocalAuth", "is true: the service API knows shared access keys only");
  const auto endpoints = properties.array("privateEndpointConnections", items_max);
  if (!endpoints) return endpoints.error();
  if (*endpoints != nullptr && !(*endpoints)->empty())
    return properties.refuse("privateEndpointConnections", "is not empty: Muster has no private endpoints");
  return base::Done{};
}

base::Status read_sku(const JsonMembers& body) {
  const auto object = body.object("sku");
  if (!object) return object.error();
  if (*object == nullptr) return base::Done{};
  const JsonMembers sku(**object, "sku");
  const auto name = sku.text("name", text_size_max);
  if (!name) return name.error();
  if (*name && !base::equal_ignoring_case(**name, "S1")) return sku.refuse("name", "is not S1, the only one");
  const auto capacity = sku.integer("capacity");
  if (!capacity) return capacity.error();
  if (*capacity && **capacity < 1) return sku.refuse("capacity", "is less than 1");
  return base::Done{};
}

base::Status read_identity(const JsonMembers& body) {
  const auto object = body.object("identity");
  if (!object) return object.error();
  if (*object == nullptr) return base::Done{};
  const JsonMembers identity(**object, "identity");
  const auto type = identity.text("type", text_size_max);
  if (!type) return type.error();
  if (*type && !base::equal_ignoring_case(**type, "None"))
    return identity.refuse("type", "is not None: Muster has no managed identities");
  return base::Done{};
}

base::Status read_properties(const JsonMembers& properties, TenantUpdate& update) {
  if (auto known = refuse_what_is_not_here(properties); !known) return known;
  const auto allocation = read_word(properties, "allocationPolicy", allocation_words);
  if (!allocation) return allocation.error();
  update.allocation_policy = *allocation;
  if (auto read = read_list(properties, "ipFilterRules", update.ip_rules, read_ip_rule); !read) return read;
  if (auto read = read_list(properties, "iotHubs", update.hubs, read_hub); !read) return read;
  return read_list(properties, "authorizationPolicies", update.policies, read_policy);
}

json::array write_ip_rules(const std::vector<provisioning::IpRule>& rules) {
  json::array list;
  for (const auto& rule : rules)
    list.push_back({{"filterName", rule.name},
                    {"action", word_of(action_words, rule.action)},
                    {"ipMask", rule.network},
                    {"target", word_of(target_words, rule.target)}});
  return list;
}

json::object write_hub(const provisioning::Hub& hub, const codec::ConnectionString& connection) {
  json::object object;
  object["name"] = hub.name.str();
  object["hostName"] = hub.name.str();
  object["connectionString"] = codec::to_masked_text(connection);
  object["authenticationType"] = "KeyBased";
  object["location"] = hub.location;
  object["applyAllocationPolicy"] = hub.in_allocation;
  object["allocationWeight"] = hub.weight;
  return object;
}

json::object write_policy(const provisioning::AccessPolicy& policy) {
  json::object object;
  object["keyName"] = policy.name;
  object["primaryKey"] = masked_key;
  object["secondaryKey"] = masked_key;
  object["rights"] = rights_text(policy.rights);
  return object;
}

json::object write_properties(const provisioning::TenantState& state,
                              const std::vector<codec::ConnectionString>& connections, const std::string& host) {
  json::object properties;
  properties["state"] = state.tenant.enabled ? "Active" : "Suspended";
  properties["provisioningState"] = "Succeeded";
  properties["publicNetworkAccess"] = "Enabled";
  properties["ipFilterRules"] = write_ip_rules(state.tenant.ip_rules);
  properties["privateEndpointConnections"] = json::array();
  json::array hubs;
  for (std::size_t i = 0; i < state.hubs.size(); ++i) hubs.push_back(write_hub(state.hubs[i], connections.at(i)));
  properties["iotHubs"] = std::move(hubs);
  properties["allocationPolicy"] = word_of(allocation_words, state.tenant.allocation_policy);
  properties["serviceOperationsHostName"] = host;
  properties["deviceProvisioningHostName"] = host;
  properties["idScope"] = state.tenant.id_scope.str();
  json::array policies;
  for (const auto& policy : state.policies) policies.push_back(write_policy(policy));
  properties["authorizationPolicies"] = std::move(policies);
  // Nothing leaves the database that the operator chose.
  properties["enableDataResidency"] = true;
  properties["disableLocalAuth"] = false;
  return properties;
}

}  // namespace

std::string rights_text(unsigned rights) {
  std::string text;
  for (const auto name : access_rights_of(rights)) text += (text.empty() ? "" : ", ") + std::string(name);
  return text;
}

Result<TenantUpdate> read_tags(const json::object& body) {
  TenantUpdate update;
  const JsonMembers members(body);
  const auto tags = members.object("tags");
  if (!tags) return tags.error();
  if (*tags == nullptr) return update;
  for (const auto& [name, value] : **tags)
    if (name.empty() || !value.is_string()) return members.refuse("tags", "is not an object of texts");
  update.tags = (*tags)->empty() ? std::string() : json::serialize(**tags);
  return update;
}

Result<TenantUpdate> read_service(const json::object& body) {
  auto update = read_tags(body);
  if (!update) return update;
  const JsonMembers members(body);
  auto location = members.text("location", text_size_max);
  if (!location) return location.error();
  update->location = std::move(*location);
  if (const auto sku = read_sku(members); !sku) return sku.error();
  if (const auto identity = read_identity(members); !identity) return identity.error();
  const auto tag = members.text("etag", text_size_max);
  if (!tag) return tag.error();
  if (*tag && !(*tag)->empty())
    update->precondition = {.kind = provisioning::Precondition::Kind::must_match, .entity_tag = **tag};

  const auto properties = members.object("properties");
  if (!properties) return properties.error();
  if (*properties != nullptr)
    if (const auto read = read_properties(JsonMembers(**properties, "properties"), *update); !read) return read.error();
  return update;
}

json::object write_service(const ServiceAddress& address, const provisioning::TenantState& state,
                           const std::vector<codec::ConnectionString>& connections, const std::string& host) {
  json::object service;
  service["id"] = address.id();
  service["name"] = address.service.str();
  service["type"] = "Microsoft.Devices/provisioningServices";
  service["location"] = state.tenant.location;
  service["tags"] = state.tenant.tags.empty() ? json::value(json::object()) : json::parse(state.tenant.tags);
  service["etag"] = state.entity_tag;
  service["resourcegroup"] = address.resource_group;
  service["subscriptionid"] = address.subscription;
  service["sku"] = {{"name", "S1"}, {"tier", "Standard"}, {"capacity", 1}};
  service["properties"] = write_properties(state, connections, host);
  return service;
}

}  // namespace muster::dialect::azure
