// Where Muster's log goes: standard error, plain for people or JSON for machines.
#pragma once

#include <memory>

#include "net/log.hpp"
#include "server/configuration.hpp"

namespace spdlog {
class logger;
}

namespace muster::server {

/// Writes one line per entry: time, level, event and the fields. What a stranger sent is escaped, so that a line stays
/// one line. Any thread.
class ServerLog final : public net::Log {
 public:
  explicit ServerLog(const Configuration::Log& settings);
  ~ServerLog() override;

  void write(net::LogLevel level, std::string_view event, std::initializer_list<net::LogField> fields) override;

 private:
  bool json_;
  std::shared_ptr<spdlog::logger> logger_;
};

}  // namespace muster::server
