// When a certificate's end is near enough to say so.
#pragma once

#include <array>
#include <optional>
#include <string>

#include "base/clock.hpp"

namespace muster::provisioning {

/// Days before the end at which people are warned, the earliest first; 0: it is over.
inline constexpr std::array<int, 4> expiry_thresholds_days = {30, 7, 1, 0};

/// Whole days that are left, rounded down; negative once it is over.
std::int64_t days_left(base::TimePoint not_after, base::TimePoint now);

/// The threshold that was crossed last; nothing where the end is further away than the first one.
std::optional<int> crossed_threshold(base::TimePoint not_after, base::TimePoint now);

/// "expires in 6 days", "expires today", "has expired"; nothing where the end is not near.
std::optional<std::string> expiry_warning(base::TimePoint not_after, base::TimePoint now);

}  // namespace muster::provisioning
