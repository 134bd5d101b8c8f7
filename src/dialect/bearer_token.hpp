// Whoever administers Muster shows a principal's token, over its own API and over Azure's management API alike.
#pragma once

#include "net/http.hpp"
#include "provisioning/principals.hpp"

namespace muster::dialect {

/// The principal whose token stands in "Authorization: Bearer TOKEN" (RFC 6750 section 2.1). credentials_missing,
/// credentials_malformed for another scheme, and as provisioning::Principals::authenticate refuses.
base::Task<base::Result<provisioning::Principal>> authenticate_bearer(provisioning::Principals& principals,
                                                                      const net::HttpRequest& request);

}  // namespace muster::dialect
