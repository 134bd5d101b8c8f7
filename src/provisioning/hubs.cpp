#include "provisioning/hubs.hpp"

#include <algorithm>

#include "ca/certificate_builder.hpp"
#include "provisioning/entity_tag.hpp"
#include "provisioning/precondition.hpp"

namespace muster::provisioning {
namespace {

using base::Done;
using base::Errc;
using base::Error;

Error invalid(std::string detail) { return Error(Errc::invalid_argument, std::move(detail)); }

bool has_control_character(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

std::optional<std::string> tag_of(const std::optional<Hub>& hub) {
  if (!hub) return std::nullopt;
  return entity_tag(hub->created_at, hub->revision);
}

}  // namespace

Status check_hub(const Hub& hub) {
  const std::string& name = hub.name.str();
  if (!ca::is_host_name(name) && !ca::ip_octets(name)) return invalid("a hub's name is its host name or address");
  if (hub.weight < 1 || hub.weight > hub_weight_max)
    return invalid("weight is " + std::to_string(hub.weight) + "; 1 to 1000 are allowed");
  if (hub.location.size() > hub_location_size_max || has_control_character(hub.location))
    return invalid("location is longer than 128 octets or has control characters");
  if (hub.devices_max && *hub.devices_max < 0) return invalid("devices_max is below zero");
  const auto is_within = [](const std::optional<std::int32_t>& microdegrees, std::int32_t max) {
    return !microdegrees || (*microdegrees >= -max && *microdegrees <= max);
  };
  if (hub.latitude_microdegrees.has_value() != hub.longitude_microdegrees.has_value() ||
      !is_within(hub.latitude_microdegrees, 90'000'000) || !is_within(hub.longitude_microdegrees, 180'000'000))
    return invalid("a hub's place is a latitude of -90 to 90 and a longitude of -180 to 180 degrees, or neither");
  if (hub.tags.size() > hub_tags_max) return invalid("more than 16 tags");
  for (const auto& tag : hub.tags)
    if (tag.empty() || tag.size() > hub_tag_size_max || has_control_character(tag))
      return invalid("a tag is empty, longer than 64 octets or has control characters");
  return Done{};
}

AuditEvent hub_event(const Hub& hub, std::string action, Actor actor, TimePoint now) {
  return AuditEvent{.actor = std::move(actor.name),
                    .action = std::move(action),
                    .subject = "hub:" + hub.name.str(),
                    .detail = {},
                    .personal = std::move(actor.address),
                    .at = now};
}

Task<Result<Hub>> Hubs::put(Hub wanted, Precondition precondition, Actor actor) {
  wanted.name = HubName(base::to_lower(wanted.name.str()));
  if (const auto valid = check_hub(wanted); !valid) co_return valid.error();

  const auto stored = co_await store_.find_hub(wanted.tenant, wanted.name);
  const auto holds = check(precondition, tag_of(stored), Errc::hub_not_found, wanted.name.str());
  if (!holds) co_return holds.error();
  if (!stored) {
    const auto hubs = co_await store_.list_hubs(wanted.tenant);
    if (hubs.size() >= hubs_max) co_return Error(Errc::too_many_items, "the tenant has 1000 hubs");
  }

  const TimePoint now = clock_.now();
  wanted.created_at = stored ? stored->created_at : now;
  wanted.updated_at = now;
  wanted.revision = stored ? stored->revision : 0;
  if (stored && wanted.connection_string.empty()) wanted.connection_string = stored->connection_string;

  Write write{.tenant = wanted.tenant, .changes = {}, .audit = {}};
  write.changes.emplace_back(Put{wanted});
  write.audit.push_back(hub_event(wanted, stored ? "hub.updated" : "hub.created", std::move(actor), now));
  write.audit.back().detail = "weight " + std::to_string(wanted.weight) +
                              (wanted.accepts_devices ? ", accepts devices" : ", accepts no new devices") +
                              (wanted.healthy ? "" : ", unhealthy") +
                              (wanted.in_allocation ? "" : ", only for enrollments that name it") +
                              (wanted.devices_max ? ", at most " + std::to_string(*wanted.devices_max) : "");
  const auto committed = co_await store_.commit(std::move(write));
  if (!committed) co_return committed.error();
  ++wanted.revision;
  co_return wanted;
}

Task<Result<Hub>> Hubs::get(TenantId tenant, HubName name) {
  auto stored = co_await store_.find_hub(std::move(tenant), HubName(base::to_lower(name.str())));
  if (!stored) co_return Error(Errc::hub_not_found, name.str());
  co_return std::move(*stored);
}

Task<Status> Hubs::remove(TenantId tenant, HubName name, Precondition precondition, Actor actor) {
  const auto stored = co_await get(tenant, name);
  if (!stored) co_return stored.error();
  const auto holds = check(precondition, tag_of(*stored), Errc::hub_not_found, name.str());
  if (!holds) co_return holds.error();

  Write write{.tenant = std::move(tenant), .changes = {}, .audit = {}};
  write.changes.emplace_back(Remove{*stored});
  write.audit.push_back(hub_event(*stored, "hub.removed", std::move(actor), clock_.now()));
  co_return co_await store_.commit(std::move(write));
}

}  // namespace muster::provisioning
