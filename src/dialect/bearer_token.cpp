#include "dialect/bearer_token.hpp"

namespace muster::dialect {

using base::Errc;
using base::Error;

base::Task<base::Result<provisioning::Principal>> authenticate_bearer(provisioning::Principals& principals,
                                                                      const net::HttpRequest& request) {
  constexpr std::string_view bearer = "Bearer ";
  const auto authorization = request.header("Authorization");
  if (!authorization) co_return Error(Errc::credentials_missing, "Authorization: Bearer TOKEN is needed");
  // RFC 9110 section 11.1: the scheme's name compares without regard to case.
  if (!base::equal_ignoring_case(authorization->substr(0, bearer.size()), bearer))
    co_return Error(Errc::credentials_malformed, "Authorization: Bearer TOKEN is needed");
  base::Secret token(base::to_bytes(authorization->substr(bearer.size())));
  co_return co_await principals.authenticate(std::move(token));
}

}  // namespace muster::dialect
