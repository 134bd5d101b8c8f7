// What verifiers of devices' certificates fetch: the issuing certificate, the revocation list (RFC 5280) and answers
// about single certificates (RFC 6960 appendix A.1).
#pragma once

#include <string_view>

#include "net/http.hpp"
#include "provisioning/revocations.hpp"

namespace muster::dialect::pki {

/// What every path of it begins with.
inline constexpr std::string_view path_prefix = "/pki/";

/// Answers GET /pki/{idScope}/issuing.crt, GET /pki/{idScope}/crl, POST /pki/{idScope}/ocsp and GET
/// /pki/{idScope}/ocsp/{base64}. All of it is public and signed, so nobody is asked who they are and plain HTTP does.
/// Safe to call from many threads.
class PkiApi final : public net::HttpHandler {
 public:
  explicit PkiApi(provisioning::Revocations& revocations) : revocations_(revocations) {}

  base::Task<net::HttpResponse> handle(net::HttpRequest request) override;
  net::HttpResponse refuse(const net::RefusedRequest& refused) override;

 private:
  provisioning::Revocations& revocations_;
};

}  // namespace muster::dialect::pki
