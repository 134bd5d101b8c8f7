// How fast a tenant and its devices may go.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/clock.hpp"
#include "provisioning/store.hpp"

namespace muster::provisioning {

/// How far ahead turns are given out: a registration that would have to wait longer is refused.
inline constexpr std::chrono::minutes schedule_max{15};

/// A rate: so many in a minute, and what has not been used for a while may be used at once.
struct Rate {
  std::int64_t per_minute = 1;
  base::Duration burst{};  ///< so much time's worth at once, beside the one that is always there
};

/// A time for each of the names that were asked for lately. Memory is bounded: a name that nobody has asked for within
/// `memory` is forgotten, and with more than `names_max` names in that time the oldest are too. Not for several threads
/// at once.
class RecentTimes {
 public:
  static constexpr std::size_t names_max = 65536;

  explicit RecentTimes(base::Duration memory) : memory_(memory) {}

  /// In nanoseconds since 1970; 0 for a name that is not known, which from now on is. Valid until the next call.
  std::int64_t& of(const std::string& name, TimePoint now);

  /// The same for a name that is known, which counts as asked for; 0 for one that is not, which stays unknown.
  std::int64_t known(const std::string& name, TimePoint now);
  void forget(const std::string& name);

  /// How many names are remembered.
  std::size_t size() const { return young_.size() + old_.size(); }

 private:
  using Names = std::unordered_map<std::string, std::int64_t>;

  void forget_old(TimePoint now);

  base::Duration memory_;
  TimePoint young_since_{};
  Names young_;
  Names old_;
};

/// Gives out turns at a rate for each name (the generic cell rate algorithm, ITU-T I.371). Not for several threads at
/// once.
class Turns {
 public:
  /// `memory`: at least the longest burst, the furthest turn ahead and a minute (what lies between two turns at the
  /// lowest rate) together, so that nothing that counts is forgotten. What is forgotten for lack of room is in the
  /// name's favour.
  explicit Turns(base::Duration memory) : next_(memory) {}

  /// Takes the next turn where it is at `latest` or before, and gives it (it may have been); nothing, and nothing
  /// taken, otherwise.
  std::optional<TimePoint> take(const std::string& name, Rate rate, TimePoint now, TimePoint latest);

 private:
  RecentTimes next_;
};

/// The rates of tenants and devices, as each tenant's limits say, on this node alone: several nodes together let
/// through as much more. Only whoever has proved who it is is counted, so that strangers can neither use up a device's
/// rate nor fill the memory with names. Any thread.
class Pacing {
 public:
  explicit Pacing(const base::Clock& clock);

  /// When a registration's turn is: now, or a later time. Turns of one tenant are given in the order in which they are
  /// asked for; a device that asks again before its turn has come keeps it, and after that is let through. rate_limited
  /// where it would be more than `schedule_max` ahead.
  Result<TimePoint> take_registration(const Tenant& tenant, const RegistrationId& id);

  /// The device's turn, which it was told of, has come and is used.
  void use_turn(const Tenant& tenant, const RegistrationId& id);

  /// One request of a device. rate_limited.
  Status take_request(const Tenant& tenant, const RegistrationId& id);

  /// One call of Azure's service API. rate_limited.
  Status take_service_call(const Tenant& tenant);

 private:
  const base::Clock& clock_;
  std::mutex mutex_;  // held for look-ups only
  Turns registrations_;
  RecentTimes given_;  ///< turns ahead, by device
  Turns requests_;
  Turns service_calls_;
};

}  // namespace muster::provisioning
