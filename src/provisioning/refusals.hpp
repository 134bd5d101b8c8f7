// Refused devices, kept where an operator looks for them.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <tuple>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "provisioning/attestation.hpp"

namespace muster::provisioning {

/// How many different refusals of one registration id are kept; the one that was seen longest ago is forgotten first.
inline constexpr std::size_t refusals_of_one_id_max = 10;
/// How many of each tenant are kept of names that neither a device nor an individual enrollment has. They take no room
/// of those that are known.
inline constexpr std::size_t refusals_of_strangers_max = 1000;
/// How many writes a minute names that nobody knows may cause in each tenant.
inline constexpr int stranger_writes_a_minute_max = 60;

/// Writes down why a device was refused, so that nobody has to guess: a RefusalRecord, and for names that are known
/// the audit trail and the device's registration, too.
///
/// The same refusal again (of the same id, by the same check, over the same transport, with the same proof, against
/// the same enrollment) only counts up and brings the last values; it is written once a minute and what came in between
/// is added then, or by `write_pending`. Another refusal is another row, so that none hides another one. Safe to call
/// from any thread.
class Refusals {
 public:
  Refusals(Store& store, const base::Clock& clock, base::Random& random)
      : store_(store), clock_(clock), random_(random) {}

  /// Nothing where the caller's attempt is refused for the same reason as before.
  Task<void> record(const Caller& caller, base::Error refusal);

  /// Writes what was counted and not yet written for a minute; for a background task. Returns how many.
  Task<std::size_t> write_pending();

  /// Forgets what has not occurred for 90 days, some hundred at a time; for a background task. Returns how many.
  Task<std::size_t> remove_old();

 private:
  using Kind = std::tuple<TenantId, std::string, Transport, std::string, std::string, std::string>;
  struct Recent {
    TimePoint written_at;
    std::optional<RefusalRecord> pending;  ///< the last one, with the count and the beginning of all
  };
  struct Spent {
    TimePoint since;
    int writes = 0;
  };

  static Kind kind_of(const RefusalRecord& refusal);
  /// Adds what is pending to `seen` and returns true where it is time to write; else leaves `seen` pending.
  bool take_turn(RefusalRecord& seen);
  bool may_write_for_stranger(const TenantId& tenant);
  /// Whether the audit trail is due for this name: one refusal a minute, of whatever kind.
  bool take_audit_turn(const RefusalRecord& seen);
  void forget_turn(const RefusalRecord& seen);
  Task<void> write(RefusalRecord seen);
  /// What one refusal was allowed to write, however many attempts that takes.
  struct Granted {
    bool stranger = false;
    bool audit = false;
  };
  /// Nothing where it need not be written.
  Task<std::optional<Write>> write_of(RefusalRecord seen, int attempt, Granted& granted);

  static constexpr std::size_t remembered_max = 16384;
  Store& store_;
  const base::Clock& clock_;
  base::Random& random_;
  std::mutex mutex_;  // held for look-ups only
  std::map<Kind, Recent> recent_;
  std::map<std::pair<TenantId, std::string>, TimePoint> audited_at_;
  std::map<TenantId, Spent> spent_by_strangers_;
};

}  // namespace muster::provisioning
