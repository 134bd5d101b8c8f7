// Refused registrations, kept where an operator looks for them.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "base/clock.hpp"
#include "provisioning/attestation.hpp"

namespace muster::provisioning {

/// Writes a refusal to the audit trail and to the device's record, so that nobody has to guess why a device was
/// refused. Only for ids that an enrollment or a device has: a stranger who makes names up does not fill the database.
/// One refusal a minute and device is written; all of them are in the log.
class Refusals {
 public:
  Refusals(Store& store, const base::Clock& clock) : store_(store), clock_(clock) {}

  Task<void> record(const Caller& caller, base::Error refusal);

 private:
  bool is_due(const Caller& caller);

  static constexpr std::size_t remembered_max = 16384;
  Store& store_;
  const base::Clock& clock_;
  std::mutex mutex_;  // held for look-ups only
  std::map<std::pair<TenantId, std::string>, TimePoint> last_written_;
};

}  // namespace muster::provisioning
