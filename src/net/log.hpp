// What this room has to say to the operator.
#pragma once

#include <initializer_list>
#include <string_view>

namespace muster::net {

enum class LogLevel { debug, info, warning, error };

/// One named value of a log entry. Both belong to the caller and are valid during the call only.
struct LogField {
  std::string_view name;
  std::string_view value;
};

/// Where log entries go. Safe to call from any thread; must not block for long and must not throw. Values are never
/// secret, but they may come from a stranger: whoever writes them escapes them.
class Log {
 public:
  virtual ~Log() = default;
  /// `event` is a stable snake_case name.
  virtual void write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) = 0;
};

/// For tests and for whoever does not want to know.
class NullLog final : public Log {
 public:
  void write(LogLevel, std::string_view, std::initializer_list<LogField>) override {}
};

}  // namespace muster::net
