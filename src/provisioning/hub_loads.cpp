#include "provisioning/hub_loads.hpp"

#include <algorithm>

namespace muster::provisioning {

Task<std::set<HubName>> HubLoads::full(TenantId tenant, std::span<const Hub> hubs) {
  std::set<HubName> full;
  if (std::ranges::none_of(hubs, [](const Hub& hub) { return hub.devices_max.has_value(); })) co_return full;

  const TimePoint now = clock_.now();
  Counts devices;
  bool is_current = false;
  {
    const std::lock_guard lock(mutex_);
    const auto known = counted_.find(tenant);
    if (known != counted_.end() && now - known->second.at < counted_for) {
      devices = known->second.devices;
      is_current = true;
    }
  }
  if (!is_current) {
    const auto loads = co_await store_.count_devices_by_hub(tenant);
    for (const auto& load : loads) devices[load.hub] = load.devices;
    const std::lock_guard lock(mutex_);
    counted_[tenant] = {now, devices};
  }
  for (const auto& hub : hubs)
    if (hub.devices_max && devices[hub.name] >= *hub.devices_max) full.insert(hub.name);
  co_return full;
}

void HubLoads::moved(const TenantId& tenant, const std::optional<HubName>& from, const HubName& to) {
  const std::lock_guard lock(mutex_);
  const auto known = counted_.find(tenant);
  if (known == counted_.end()) return;
  ++known->second.devices[to];
  if (from) --known->second.devices[*from];
}

}  // namespace muster::provisioning
