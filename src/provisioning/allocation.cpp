#include "provisioning/allocation.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "crypto/hash.hpp"

namespace muster::provisioning {

using base::Errc;
using base::Error;
using base::Result;

namespace {

/// Uniform in the open interval (0, 1), the same on every node and in every release.
double uniform_draw(std::string_view device, std::string_view hub) {
  std::string text;
  text.append(device).push_back('\0');
  text.append(hub);
  const auto digest = crypto::sha256(base::view(text));
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < 8; ++i) bits = bits << 8U | digest[i];
  return (static_cast<double>(bits >> 11U) + 0.5) * 0x1.0p-53;
}

/// The candidates in the order of `names`, or all linked hubs where there are no names.
Result<std::vector<Hub>> candidates(const std::vector<HubName>& names, std::span<const Hub> linked) {
  if (names.empty()) return std::vector<Hub>(linked.begin(), linked.end());
  std::vector<Hub> chosen;
  for (const auto& name : names) {
    const auto hub = std::find_if(linked.begin(), linked.end(), [&](const Hub& h) { return h.name == name; });
    if (hub == linked.end()) return Error(Errc::hub_not_linked, "the enrollment names " + name.str());
    chosen.push_back(*hub);
  }
  return chosen;
}

}  // namespace

const Hub* choose_by_hash(std::string_view folded_registration_id, std::span<const Hub> hubs) {
  const Hub* best = nullptr;
  double best_score = 0;
  for (const auto& hub : hubs) {
    const double score = -hub.weight / std::log(uniform_draw(folded_registration_id, hub.name.str()));
    if (best == nullptr || score > best_score) {
      best = &hub;
      best_score = score;
    }
  }
  return best;
}

Result<Hub> allocate(std::string_view folded_registration_id, const EnrollmentTerms& terms,
                     AllocationPolicy tenant_policy, std::span<const Hub> linked,
                     const std::optional<HubName>& current) {
  auto hubs = candidates(terms.hubs, linked);
  if (!hubs) return hubs.error();

  const AllocationPolicy policy = terms.allocation_policy.value_or(tenant_policy);
  switch (policy) {
    case AllocationPolicy::hashed:
      break;
    case AllocationPolicy::static_hub:
      if (terms.hubs.empty())
        return Error(Errc::no_hub_available, "static allocation, but the enrollment names no hub");
      hubs->resize(1);
      break;
    case AllocationPolicy::geo_latency:
    case AllocationPolicy::custom:
      return Error(Errc::allocation_policy_unsupported,
                   policy == AllocationPolicy::custom ? "custom allocation" : "allocation by latency");
  }

  std::erase_if(*hubs, [&](const Hub& hub) { return !hub.accepts_devices && hub.name != current; });
  const Hub* chosen = choose_by_hash(folded_registration_id, *hubs);
  if (chosen == nullptr)
    return Error(Errc::no_hub_available, terms.hubs.empty() ? "none of the tenant's hubs accepts devices"
                                                            : "none of the enrollment's hubs accepts devices");
  return *chosen;
}

}  // namespace muster::provisioning
