// One port for everything that speaks HTTP: whose path it is answers.
#pragma once

#include <string_view>

#include "net/http.hpp"

namespace muster::server {

/// Hands requests below /muster/ to the admin API, those below /pki/ to what verifiers of certificates fetch, and all
/// others to Azure's.
class FrontDoor final : public net::HttpHandler {
 public:
  FrontDoor(net::HttpHandler& admin, net::HttpHandler& pki, net::HttpHandler& azure)
      : admin_(admin), pki_(pki), azure_(azure) {}

  base::Task<net::HttpResponse> handle(net::HttpRequest request) override;
  /// As far as the path is known it decides here too; devices are by far the most callers.
  net::HttpResponse refuse(const net::RefusedRequest& refused) override;

 private:
  net::HttpHandler& handler_of(std::string_view path);
  net::HttpHandler& admin_;
  net::HttpHandler& pki_;
  net::HttpHandler& azure_;
};

}  // namespace muster::server
