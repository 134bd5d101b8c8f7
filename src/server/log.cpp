#include "server/log.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>

#include "base/bytes.hpp"
#include "base/clock.hpp"

namespace muster::server {
namespace {

constexpr std::size_t value_size_max = 512;

spdlog::level::level_enum level_of(net::LogLevel level) {
  switch (level) {
    case net::LogLevel::debug:
      return spdlog::level::debug;
    case net::LogLevel::info:
      return spdlog::level::info;
    case net::LogLevel::warning:
      return spdlog::level::warn;
    case net::LogLevel::error:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

const char* name_of(net::LogLevel level) {
  switch (level) {
    case net::LogLevel::debug:
      return "debug";
    case net::LogLevel::info:
      return "info";
    case net::LogLevel::warning:
      return "warning";
    case net::LogLevel::error:
      return "error";
  }
  return "error";
}

/// A JSON text: quoted, with control characters and quotes escaped, and not longer than a line can take. Octets beyond
/// ASCII are written as \xNN: what a stranger sends need not be UTF-8, and terminals take orders from C1 controls.
std::string quoted(std::string_view value) {
  constexpr unsigned char delete_character = 0x7f;
  std::string ascii;
  for (const char c : value.substr(0, value_size_max)) {
    const auto octet = static_cast<std::uint8_t>(c);
    if (octet < delete_character)
      ascii += c;
    else
      ascii += "\\x" + base::to_hex({&octet, 1});
  }
  return boost::json::serialize(boost::json::string_view(ascii));
}

bool is_plain(std::string_view value) {
  return !value.empty() && value.size() <= value_size_max &&
         value.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._:/") ==
             std::string_view::npos;
}

}  // namespace

ServerLog::ServerLog(const Configuration::Log& settings)
    : json_(settings.format == "json"),
      logger_(std::make_shared<spdlog::logger>("muster", std::make_shared<spdlog::sinks::stderr_sink_mt>())) {
  logger_->set_pattern("%v");
  logger_->set_level(spdlog::level::from_str(settings.level));
  logger_->flush_on(spdlog::level::debug);
}

ServerLog::~ServerLog() = default;

void ServerLog::write(net::LogLevel level, std::string_view event, std::initializer_list<net::LogField> fields) {
  if (!logger_->should_log(level_of(level))) return;
  const std::string at = base::to_rfc3339(base::SystemClock().now());
  std::string line;
  if (json_) {
    line = "{\"at\":\"" + at + "\",\"level\":\"" + name_of(level) + "\",\"event\":" + quoted(event);
    for (const auto& field : fields) line += "," + quoted(field.name) + ":" + quoted(field.value);
    line += "}";
  } else {
    line = at + " " + name_of(level) + " " + std::string(event);
    for (const auto& field : fields) {
      line.append(" ").append(field.name).append("=");
      line += is_plain(field.value) ? std::string(field.value) : quoted(field.value);
    }
  }
  logger_->log(level_of(level), spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace muster::server
