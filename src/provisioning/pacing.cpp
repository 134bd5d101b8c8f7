#include "provisioning/pacing.hpp"

#include <algorithm>

namespace muster::provisioning {
namespace {

using base::Done;
using base::Errc;
using base::Error;

constexpr std::int64_t minute_in_nanoseconds = 60'000'000'000;
constexpr std::int64_t nanoseconds_in_microsecond = 1000;

// A device may spend a minute's worth at once: a registration is a handful of requests.
constexpr std::chrono::seconds request_burst{60};
constexpr std::chrono::seconds service_call_burst{10};
constexpr std::chrono::seconds registration_burst{6};

std::int64_t nanoseconds(TimePoint time) { return base::to_unix_microseconds(time) * nanoseconds_in_microsecond; }

/// Up to the next microsecond: a turn must not come before its time.
TimePoint time_of(std::int64_t nanoseconds) {
  return base::from_unix_microseconds((nanoseconds + nanoseconds_in_microsecond - 1) / nanoseconds_in_microsecond);
}

/// No tenant's id holds a slash.
std::string name_of(const Tenant& tenant, const RegistrationId& id) { return tenant.id.str() + "/" + id.folded(); }

}  // namespace

void RecentTimes::forget_old(TimePoint now) {
  if (now - young_since_ >= memory_ || young_.size() >= names_max) {
    old_ = now - young_since_ >= 2 * memory_ ? Names() : std::move(young_);
    young_ = Names();
    young_since_ = now;
  }
}

std::int64_t& RecentTimes::of(const std::string& name, TimePoint now) {
  forget_old(now);
  const auto [known, is_new] = young_.try_emplace(name, 0);
  if (is_new) {
    if (const auto found = old_.find(name); found != old_.end()) {
      known->second = found->second;
      old_.erase(found);
    }
  }
  return known->second;
}

std::int64_t RecentTimes::known(const std::string& name, TimePoint now) {
  forget_old(now);
  return young_.contains(name) || old_.contains(name) ? of(name, now) : 0;
}

void RecentTimes::forget(const std::string& name) {
  young_.erase(name);
  old_.erase(name);
}

std::optional<TimePoint> Turns::take(const std::string& name, Rate rate, TimePoint now, TimePoint latest) {
  std::int64_t& next = next_.of(name, now);
  const std::int64_t burst = rate.burst.count() * nanoseconds_in_microsecond;
  const std::int64_t turn = std::max(next, nanoseconds(now) - burst);
  if (turn > nanoseconds(latest)) return std::nullopt;
  next = turn + minute_in_nanoseconds / rate.per_minute;
  return time_of(turn);
}

Pacing::Pacing(const base::Clock& clock)
    : clock_(clock),
      registrations_(schedule_max + registration_burst + std::chrono::minutes(1)),
      given_(schedule_max),
      requests_(request_burst),
      service_calls_(service_call_burst + std::chrono::minutes(1)) {}

Result<TimePoint> Pacing::take_registration(const Tenant& tenant, const RegistrationId& id) {
  const TimePoint now = clock_.now();
  const Rate rate{.per_minute = tenant.limits.registrations_per_minute, .burst = registration_burst};
  const std::lock_guard lock(mutex_);
  // Only who was put off has a turn to remember.
  const std::string name = name_of(tenant, id);
  const std::int64_t given = given_.known(name, now);
  if (given > nanoseconds(now)) return time_of(given);
  if (given != 0) {
    given_.forget(name);
    return now;
  }
  const auto turn = registrations_.take(tenant.id.str(), rate, now, now + schedule_max);
  if (!turn)
    return Error(Errc::rate_limited, "the tenant's registrations of the next 15 minutes, " +
                                         std::to_string(rate.per_minute) + " a minute, are given away");
  if (*turn <= now) return now;
  given_.of(name, now) = nanoseconds(*turn);
  return *turn;
}

void Pacing::use_turn(const Tenant& tenant, const RegistrationId& id) {
  const std::lock_guard lock(mutex_);
  given_.forget(name_of(tenant, id));
}

Status Pacing::take_request(const Tenant& tenant, const RegistrationId& id) {
  const TimePoint now = clock_.now();
  // A burst of a minute less one: the one that is always there makes it whole.
  const std::int64_t per_minute = tenant.limits.requests_per_minute_and_device;
  const Rate rate{.per_minute = per_minute, .burst = request_burst - base::Duration(request_burst) / per_minute};
  const std::lock_guard lock(mutex_);
  if (requests_.take(name_of(tenant, id), rate, now, now)) return Done{};
  return Error(Errc::rate_limited, "the device asks more often than " + std::to_string(per_minute) + " times a minute");
}

Status Pacing::take_service_call(const Tenant& tenant) {
  const TimePoint now = clock_.now();
  const Rate rate{.per_minute = tenant.limits.service_calls_per_minute, .burst = service_call_burst};
  const std::lock_guard lock(mutex_);
  if (service_calls_.take(tenant.id.str(), rate, now, now)) return Done{};
  return Error(Errc::rate_limited, "the tenant's limit is " + std::to_string(rate.per_minute) + " calls a minute");
}

}  // namespace muster::provisioning
