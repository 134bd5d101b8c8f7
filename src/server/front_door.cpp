#include "server/front_door.hpp"

namespace muster::server {

base::Task<net::HttpResponse> FrontDoor::handle(net::HttpRequest request) {
  net::HttpHandler& handler = request.path.starts_with("/muster/") ? admin_ : azure_;
  return handler.handle(std::move(request));
}

net::HttpResponse FrontDoor::refuse(int status, std::string_view reason) { return azure_.refuse(status, reason); }

}  // namespace muster::server
