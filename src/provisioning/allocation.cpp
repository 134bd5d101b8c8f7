#include "provisioning/allocation.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <stdexcept>
#include <utility>

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

bool takes_new_devices(const Hub& hub, const AllocationFacts& facts) {
  return hub.accepts_devices && hub.healthy && !facts.full.contains(hub.name);
}

std::optional<Place> place_of(const Hub& hub) {
  if (!hub.latitude_microdegrees || !hub.longitude_microdegrees) return std::nullopt;
  return Place{*hub.latitude_microdegrees * 1e-6, *hub.longitude_microdegrees * 1e-6};
}

/// What the terms name, whatever state it is in.
Result<std::vector<Hub>> named_hubs(const EnrollmentTerms& terms, std::span<const Hub> linked) {
  std::vector<Hub> chosen;
  if (terms.hubs.empty())
    std::copy_if(linked.begin(), linked.end(), std::back_inserter(chosen),
                 [](const Hub& h) { return h.in_allocation; });
  for (const auto& name : terms.hubs) {
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

std::vector<Hub> nearest(const Place& place, std::vector<Hub> hubs) {
  std::vector<std::pair<double, Hub>> placed;
  for (const auto& hub : hubs)
    if (const auto there = place_of(hub)) placed.emplace_back(distance_kilometres(place, *there), hub);
  if (placed.empty()) return hubs;
  const auto by_distance = [](const auto& one, const auto& other) { return one.first < other.first; };
  const double least = std::min_element(placed.begin(), placed.end(), by_distance)->first;
  std::vector<Hub> near;
  for (auto& [distance, hub] : placed)
    if (distance <= least + equally_near_kilometres) near.push_back(std::move(hub));
  return near;
}

Result<std::vector<Hub>> candidates(const EnrollmentTerms& terms, const AllocationFacts& facts) {
  auto hubs = named_hubs(terms, facts.linked);
  if (!hubs) return hubs.error();
  std::erase_if(*hubs, [&](const Hub& hub) { return !takes_new_devices(hub, facts) && hub.name != facts.current; });
  if (hubs->empty())
    return Error(Errc::no_hub_available, terms.hubs.empty() ? "none of the tenant's hubs takes new devices"
                                                            : "none of the enrollment's hubs takes new devices");
  return hubs;
}

AllocationPolicy policy_of(const EnrollmentTerms& terms, AllocationPolicy tenant_policy) {
  return terms.allocation_policy.value_or(tenant_policy);
}

Result<Hub> allocate(const EnrollmentTerms& terms, AllocationPolicy tenant_policy, const AllocationFacts& facts) {
  auto hubs = candidates(terms, facts);
  if (!hubs) return hubs.error();

  switch (policy_of(terms, tenant_policy)) {
    case AllocationPolicy::hashed:
      break;
    case AllocationPolicy::static_hub:
      if (terms.hubs.empty())
        return Error(Errc::no_hub_available, "static allocation, but the enrollment names no hub");
      if (hubs->front().name != terms.hubs.front())
        return Error(Errc::no_hub_available, terms.hubs.front().str() + " takes no new devices");
      return hubs->front();
    case AllocationPolicy::geo_latency:
      if (facts.place) hubs = nearest(*facts.place, *std::move(hubs));
      break;
    case AllocationPolicy::custom:
      throw std::logic_error("custom allocation is the webhook's decision");
  }
  return *choose_by_hash(facts.device, *hubs);
}

}  // namespace muster::provisioning
