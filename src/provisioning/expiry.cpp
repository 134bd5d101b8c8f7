#include "provisioning/expiry.hpp"

namespace muster::provisioning {
namespace {

constexpr std::chrono::hours day{24};

}  // namespace

std::int64_t days_left(base::TimePoint not_after, base::TimePoint now) {
  return std::chrono::floor<std::chrono::duration<std::int64_t, std::ratio<86400>>>(not_after - now).count();
}

std::optional<int> crossed_threshold(base::TimePoint not_after, base::TimePoint now) {
  std::optional<int> crossed;
  for (const int days : expiry_thresholds_days)
    if (now > not_after - days * day) crossed = days;
  return crossed;
}

std::optional<std::string> expiry_warning(base::TimePoint not_after, base::TimePoint now) {
  if (!crossed_threshold(not_after, now)) return std::nullopt;
  if (now > not_after) return "has expired";
  const std::int64_t days = days_left(not_after, now);
  if (days < 1) return "expires today";
  return "expires in " + std::to_string(days) + (days == 1 ? " day" : " days");
}

}  // namespace muster::provisioning
