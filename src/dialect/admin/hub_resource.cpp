#include "dialect/admin/hub_resource.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cmath>
#include <limits>

#include "dialect/admin/fields.hpp"
#include "provisioning/entity_tag.hpp"
#include "provisioning/names.hpp"

namespace muster::dialect::admin {

namespace json = boost::json;
using base::HubName;
using provisioning::Action;
using provisioning::Hub;

namespace {

constexpr std::size_t name_size_max = 253;

json::value degrees_or_null(const std::optional<std::int32_t>& microdegrees) {
  return microdegrees ? json::value(*microdegrees / 1e6) : json::value(nullptr);
}

std::optional<std::int32_t> microdegrees(std::optional<double> degrees) {
  if (!degrees) return std::nullopt;
  return static_cast<std::int32_t>(std::lround(*degrees * 1e6));
}

json::object to_json(const Hub& hub) {
  json::object object;
  object["name"] = hub.name.str();
  object["kind"] = provisioning::name_of(hub.kind);
  object["weight"] = hub.weight;
  object["accepts_devices"] = hub.accepts_devices;
  object["healthy"] = hub.healthy;
  object["in_allocation"] = hub.in_allocation;
  object["devices_max"] = hub.devices_max ? json::value(*hub.devices_max) : json::value(nullptr);
  object["latitude"] = degrees_or_null(hub.latitude_microdegrees);
  object["longitude"] = degrees_or_null(hub.longitude_microdegrees);
  object["location"] = hub.location;
  json::array tags;
  for (const auto& tag : hub.tags) tags.emplace_back(tag);
  object["tags"] = std::move(tags);
  object["created_at"] = base::to_rfc3339(hub.created_at);
  object["updated_at"] = base::to_rfc3339(hub.updated_at);
  object["entity_tag"] = provisioning::entity_tag(hub.created_at, hub.revision);
  return object;
}

Result<Hub> read_hub(const json::object& body, const Call& call) {
  Fields fields(body);
  Hub hub;
  hub.tenant = call.tenant;
  hub.name = HubName(base::to_lower(call.id));
  const std::string named = fields.text("name", name_size_max);
  if (!named.empty() && base::to_lower(named) != hub.name.str()) fields.refuse("name", "is not the one in the address");
  const std::string kind = fields.text("kind", name_size_max);
  if (!kind.empty() && !provisioning::from_name<provisioning::HubKind>(kind)) fields.refuse("kind", "is not external");
  hub.weight = fields.integer("weight", hub.weight, 1, provisioning::hub_weight_max);
  hub.accepts_devices = fields.flag("accepts_devices", true);
  hub.healthy = fields.flag("healthy", true);
  hub.in_allocation = fields.flag("in_allocation", true);
  if (fields.has("devices_max")) hub.devices_max = fields.integer("devices_max", 0, 0, std::numeric_limits<int>::max());
  hub.latitude_microdegrees = microdegrees(fields.number("latitude", -90, 90));
  hub.longitude_microdegrees = microdegrees(fields.number("longitude", -180, 180));
  hub.location = fields.text("location", provisioning::hub_location_size_max);
  hub.tags = fields.texts("tags", provisioning::hub_tags_max, provisioning::hub_tag_size_max);
  for (const char* name : {"created_at", "updated_at", "entity_tag"}) fields.read_only(name);
  if (const auto status = fields.finish(); !status) return status.error();
  return hub;
}

}  // namespace

std::vector<Route> HubResource::routes() {
  const auto refuse = ScopeCheck::refuse_scoped;
  return {
      {"GET", "hubs", Action::read_hubs, refuse, [this](Call call) { return list(std::move(call)); }},
      {"GET", "hubs/{id}", Action::read_hubs, refuse, [this](Call call) { return show(std::move(call)); }},
      {"PUT", "hubs/{id}", Action::change_hubs, refuse, [this](Call call) { return put(std::move(call)); }},
      {"DELETE", "hubs/{id}", Action::change_hubs, refuse, [this](Call call) { return remove(std::move(call)); }},
  };
}

Task<Result<Answer>> HubResource::list(Call call) {
  const auto hubs = co_await store_.list_hubs(call.tenant);
  json::array items;
  for (const auto& hub : hubs) items.emplace_back(to_json(hub));
  co_return page_answer(std::move(items), {});
}

Task<Result<Answer>> HubResource::show(Call call) {
  const auto hub = co_await hubs_.get(call.tenant, HubName(call.id));
  if (!hub) co_return hub.error();
  co_return answer(to_json(*hub));
}

Task<Result<Answer>> HubResource::put(Call call) {
  const auto precondition = precondition_of(call);
  if (!precondition) co_return precondition.error();
  const auto body = body_of(call);
  if (!body) co_return body.error();
  auto wanted = read_hub(*body, call);
  if (!wanted) co_return wanted.error();
  const auto stored = co_await hubs_.put(std::move(*wanted), *precondition, call.actor());
  if (!stored) co_return stored.error();
  co_return answer(to_json(*stored), stored->revision == 1);
}

Task<Result<Answer>> HubResource::remove(Call call) {
  const auto precondition = precondition_of(call);
  if (!precondition) co_return precondition.error();
  const auto removed = co_await hubs_.remove(call.tenant, HubName(call.id), *precondition, call.actor());
  if (!removed) co_return removed.error();
  co_return no_content();
}

}  // namespace muster::dialect::admin
