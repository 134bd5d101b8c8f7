// What tests of the management API share: principals of every role, and calls with their tokens. Included by tests
// only.
#pragma once

#include <map>
#include <string>

#include "dialect/azure/fixture_test.hpp"

namespace muster::dialect::azure {

inline const base::TenantId tenant_b{"tenant-b"};
inline constexpr const char* scope_b = "0ne0000000b";

/// What a service is below.
inline const std::string any_group = "/subscriptions/s-1/resourceGroups/g-1/providers/Microsoft.Devices";

class ManagementApiTest : public AzureApiTest {
 protected:
  ManagementApiTest();
  ~ManagementApiTest() override;

  void add_principal(const std::string& who, const base::TenantId& tenant, provisioning::Role role,
                     const std::string& scope = {});

  static std::string path_of(const std::string& service, const std::string& below = {});

  /// A call with somebody's token; an empty name: without one.
  net::HttpResponse call(const std::string& who, Requested wanted);
  net::HttpResponse call(const std::string& who, const std::string& method, const std::string& path,
                         const std::string& body = {}, const std::string& if_match = {});

  /// The message of a refusal, whose forms are checked along the way; empty for anything else.
  static std::string reason(const net::HttpResponse& response);

  json::object service(const std::string& name = "tenant-a");
  static json::object& properties(json::object& service);
  net::HttpResponse put(const json::object& body, const std::string& name = "tenant-a",
                        const std::string& who = "platform");
  net::HttpResponse put_properties(const std::string& text, const std::string& name = "tenant-a");

  std::map<std::string, std::string> tokens;
};

}  // namespace muster::dialect::azure
