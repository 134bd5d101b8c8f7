// Time as it is injected: nobody else in Muster asks the system what time it is.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace muster::base {

/// Microseconds since 1970-01-01T00:00:00Z.
using TimePoint = std::chrono::time_point<std::chrono::system_clock, std::chrono::microseconds>;
using Duration = std::chrono::microseconds;

/// Where time comes from. Safe to call from any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual TimePoint now() const = 0;
};

/// The system's clock.
class SystemClock final : public Clock {
 public:
  TimePoint now() const override;
};

/// A clock that stands still until a test moves it. Not for several threads at once.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(TimePoint start) : now_(start) {}
  TimePoint now() const override { return now_; }
  void advance(Duration by) { now_ += by; }

 private:
  TimePoint now_;
};

/// "2026-11-23T10:15:30.0000000Z": seven digits, as Azure writes them.
std::string to_rfc3339(TimePoint time);
/// RFC 3339 with any number of fraction digits and any offset; nothing where it is not one.
std::optional<TimePoint> from_rfc3339(std::string_view text);

/// A length of time as people say it, in its two largest units: "3 days 2 hours", "45 seconds". Without its sign.
std::string in_words(Duration length);

std::int64_t to_unix_seconds(TimePoint time);
std::int64_t to_unix_microseconds(TimePoint time);
TimePoint from_unix_seconds(std::int64_t seconds);
TimePoint from_unix_microseconds(std::int64_t microseconds);

}  // namespace muster::base
