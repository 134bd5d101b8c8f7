// Work beside the requests.
#pragma once

#include "base/clock.hpp"
#include "base/task.hpp"

namespace muster::provisioning {

/// Where tasks run that nobody waits for. Safe to call from any thread.
class Background {
 public:
  virtual ~Background() = default;
  /// Runs the task to its end, beside the one that asks. What it throws is logged.
  virtual void spawn(base::Task<void> task) = 0;
  /// Suspends the task for so long; false, early, where the service drains.
  virtual base::Task<bool> sleep_for(base::Duration duration) = 0;
};

}  // namespace muster::provisioning
