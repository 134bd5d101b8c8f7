#include "base/clock.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>

namespace muster::base {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::hh_mm_ss;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::year_month_day;

namespace {

/// Takes exactly `digits` digits off the front of `text`.
std::optional<int> take_number(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) return std::nullopt;
  int value = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(digits);
  return value;
}

bool take(std::string_view& text, std::string_view any_of) {
  if (text.empty() || any_of.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

TimePoint SystemClock::now() const { return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now()); }

std::string to_rfc3339(TimePoint time) {
  const auto day = floor<days>(time);
  const year_month_day date{day};
  const hh_mm_ss clock{time - day};
  char text[64];
  const int size =
      std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%06d0Z", static_cast<int>(date.year()),
                    static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                    static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                    static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
  return {text, static_cast<std::size_t>(size)};
}

std::optional<TimePoint> from_rfc3339(std::string_view text) {
  const auto year = take_number(text, 4);
  if (!year || !take(text, "-")) return std::nullopt;
  const auto month = take_number(text, 2);
  if (!month || !take(text, "-")) return std::nullopt;
  const auto day = take_number(text, 2);
  if (!day || !take(text, "Tt ")) return std::nullopt;
  const auto hour = take_number(text, 2);
  if (!hour || !take(text, ":")) return std::nullopt;
  const auto minute = take_number(text, 2);
  if (!minute || !take(text, ":")) return std::nullopt;
  const auto second = take_number(text, 2);
  if (!second) return std::nullopt;
  const year_month_day date{std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                            std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;

  std::int64_t fraction = 0;
  if (take(text, ".")) {
    std::int64_t unit = 100000;
    std::size_t digits = 0;
    while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
      fraction += (text.front() - '0') * unit;
      unit /= 10;
      text.remove_prefix(1);
      ++digits;
    }
    if (digits == 0) return std::nullopt;
  }

  minutes offset{0};
  if (!take(text, "Zz")) {
    if (text.empty()) return std::nullopt;
    const bool west = text.front() == '-';
    if (!take(text, "+-")) return std::nullopt;
    const auto offset_hours = take_number(text, 2);
    if (!offset_hours || !take(text, ":")) return std::nullopt;
    const auto offset_minutes = take_number(text, 2);
    if (!offset_minutes || *offset_hours > 23 || *offset_minutes > 59) return std::nullopt;
    offset = hours(*offset_hours) + minutes(*offset_minutes);
    if (west) offset = -offset;
  }
  if (!text.empty()) return std::nullopt;
  return TimePoint(sys_days(date).time_since_epoch()) + hours(*hour) + minutes(*minute) + seconds(*second) +
         Duration(fraction) - offset;
}

std::string in_words(Duration length) {
  struct Unit {
    Duration size;
    const char* name;
  };
  constexpr std::array units = {Unit{days(1), "day"}, Unit{hours(1), "hour"}, Unit{minutes(1), "minute"},
                                Unit{seconds(1), "second"}};
  const auto say = [](std::int64_t count, const Unit& unit) {
    return std::to_string(count) + " " + unit.name + (count == 1 ? "" : "s");
  };
  length = std::chrono::abs(length);
  const auto* unit = std::ranges::find_if(units, [&](const Unit& candidate) { return length >= candidate.size; });
  if (unit == units.end()) return "less than a second";
  std::string words = say(length / unit->size, *unit);
  const auto* next = unit + 1;
  if (next != units.end() && length % unit->size >= next->size)
    words += " " + say(length % unit->size / next->size, *next);
  return words;
}

std::int64_t to_unix_seconds(TimePoint time) { return floor<seconds>(time).time_since_epoch().count(); }

std::int64_t to_unix_microseconds(TimePoint time) { return time.time_since_epoch().count(); }

TimePoint from_unix_seconds(std::int64_t value) { return TimePoint(seconds(value)); }

TimePoint from_unix_microseconds(std::int64_t value) { return TimePoint(Duration(value)); }

}  // namespace muster::base
