// Waiting for time to pass.
#pragma once

#include <chrono>

#include "base/task.hpp"

namespace muster::net {

/// Suspends the coroutine on its loop. Returns true when the time has passed, and false, early, when the loop drains:
/// the caller then ends what it repeats. Await it into a variable first: g++ 12.2 miscompiles
/// `while (co_await sleep_for(...))`.
base::Task<bool> sleep_for(std::chrono::milliseconds duration);

}  // namespace muster::net
