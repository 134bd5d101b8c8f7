// The commands of `muster` that work on a data directory themselves. Each returns the exit status: 0 done, 1 the audit
// trail does not verify, 2 what cannot be used (configuration, directory, port), with one line on standard error.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace muster::server {

/// Ports that go before the configuration's. 0 is any that is free.
struct PortOptions {
  std::optional<std::uint16_t> https;
  std::optional<std::uint16_t> mqtt;
  std::optional<std::uint16_t> amqp;
};

struct InitOptions {
  std::string data;
  std::vector<std::string> hosts;  ///< empty: localhost
  PortOptions ports;               ///< to write into the configuration and to hand out
  bool json = false;
};
int init(const InitOptions& options);

struct ServeOptions {
  std::string data;
  std::optional<std::string> bind;  ///< of every port
  PortOptions ports;
  std::vector<std::string> hosts;  ///< for the first start only
};
/// Serves until SIGTERM or SIGINT; a second one ends at once.
int serve(const ServeOptions& options);

/// Exactly one of `data` and `file` is set; `signer` is the PEM file of the audit certificate, the directory's own
/// where it is empty.
struct AuditVerifyOptions {
  std::string data;
  std::string file;
  std::string signer;
};
int audit_verify(const AuditVerifyOptions& options);

struct AuditExportOptions {
  std::string data;
  std::string out;  ///< empty: standard output
};
/// Signs a checkpoint first, so that the export ends with one.
int audit_export(const AuditExportOptions& options);

struct TokenOptions {
  std::string data;
  std::string name;
  std::string tenant = {};  ///< whose operator it is; empty: the first tenant's
  bool platform = false;    ///< an administrator of every tenant instead
};
/// A new operator's token, for whoever lost the first one, or the token of somebody who administers the platform.
int token(const TokenOptions& options);

}  // namespace muster::server
