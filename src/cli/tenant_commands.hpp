// `muster tenant`: making, limiting and removing tenants.
#pragma once

#include <cstdint>
#include <map>

#include "cli/commands.hpp"

namespace muster::cli {

extern const Kind tenants;

/// Only what is given is sent or changed.
struct TenantOptions {
  std::string id;
  std::optional<std::string> name;
  std::optional<std::string> allocation;  ///< hashed, geo-latency, static or custom
  std::optional<std::string> location;
  std::optional<std::vector<std::string>> tags;      ///< NAME=VALUE
  std::optional<std::vector<std::string>> ip_rules;  ///< NAME=ACTION:NETWORK or NAME=ACTION:NETWORK:TARGET
  std::optional<bool> require_verified_ca;
  std::map<std::string, std::int64_t, std::less<>> limits;  ///< by the API's names
  std::string hub;                                          ///< add only
};

void add_tenant(Session& session, const TenantOptions& options);
/// Sends settings and limits apart: an operator may change the former only.
void set_tenant(Session& session, const TenantOptions& options);
void set_tenant_enabled(Session& session, const std::string& id, bool enabled);
void remove_tenant(Session& session, const std::string& id, const std::string& confirmation);

}  // namespace muster::cli
