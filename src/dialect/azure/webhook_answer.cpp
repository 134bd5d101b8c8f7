#include "dialect/azure/webhook_answer.hpp"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "codec/json.hpp"

namespace muster::dialect::azure {

using base::Errc;
using base::Error;
using base::Result;

namespace {

constexpr std::size_t twin_size_max = 32 * 1024;

Error failed(std::string detail) { return Error(Errc::webhook_failed, "the webhook's answer " + std::move(detail)); }

/// The member of that name, whatever its case; null where it is absent or null.
const boost::json::value* member(const boost::json::object& object, std::string_view name) {
  const auto found = std::ranges::find_if(
      object, [&](const auto& entry) { return base::equal_ignoring_case(std::string_view(entry.key()), name); });
  return found == object.end() || found->value().is_null() ? nullptr : &found->value();
}

}  // namespace

Result<provisioning::WebhookVerdict> read_webhook_answer(std::string_view text,
                                                         std::span<const provisioning::HubName> offered) {
  const auto json = codec::parse_json(text);
  if (!json) return failed("is not JSON: " + json.error().detail());
  if (!json->is_object()) return failed("is not a JSON object");
  const auto& object = json->get_object();

  const auto* hub = member(object, "iotHubHostName");
  if (hub == nullptr || !hub->is_string()) return failed("has no text iotHubHostName");
  provisioning::WebhookVerdict verdict;
  verdict.hub = provisioning::HubName(base::to_lower(std::string_view(hub->get_string())));
  if (std::ranges::find(offered, verdict.hub) == offered.end())
    return failed("names a hub that is none of linkedHubs: " + verdict.hub.str().substr(0, 256));

  if (const auto* twin = member(object, "initialTwin")) {
    if (!twin->is_object()) return failed("has an initialTwin that is not an object");
    verdict.initial_twin = boost::json::serialize(*twin);
    if (verdict.initial_twin.size() > twin_size_max) return failed("has an initialTwin larger than 32 KiB");
  }
  if (const auto* payload = member(object, "payload")) verdict.device_payload = boost::json::serialize(*payload);
  return verdict;
}

}  // namespace muster::dialect::azure
