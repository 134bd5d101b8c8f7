// Who may use Azure's service API: shared access signatures with named policies.
#pragma once

#include <string>
#include <vector>

#include "net/http.hpp"
#include "provisioning/policies.hpp"

namespace muster::dialect::azure {

/// A caller of the service API that was let in.
struct ServiceCaller {
  provisioning::TenantId tenant;
  std::string policy;
  unsigned rights = 0;  ///< provisioning::ServiceRight bits

  base::Status may(provisioning::ServiceRight right) const;
};

class ServiceAccess {
 public:
  /// `hosts`: the names that the service is reached by; a token is made for one of them.
  ServiceAccess(provisioning::Policies& policies, const std::vector<std::string>& hosts);

  /// Finds the policy that signed the request's token. The token names the host, or the host and the beginning of the
  /// path by whole segments. Refuses with credentials_missing, credentials_malformed, token_for_another_resource and as
  /// provisioning::Policies::authenticate does.
  base::Task<base::Result<ServiceCaller>> authenticate(const net::HttpRequest& request);

 private:
  bool covers(const std::string& resource, const std::string& path) const;

  provisioning::Policies& policies_;
  std::vector<std::string> hosts_;
};

}  // namespace muster::dialect::azure
