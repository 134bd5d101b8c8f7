#include "server/front_door.hpp"

namespace muster::server {

net::HttpHandler& FrontDoor::handler_of(std::string_view path) {
  if (path.starts_with("/muster/")) return admin_;
  return path.starts_with("/pki/") ? pki_ : azure_;
}

base::Task<net::HttpResponse> FrontDoor::handle(net::HttpRequest request) {
  net::HttpHandler& handler = handler_of(request.path);
  return handler.handle(std::move(request));
}

net::HttpResponse FrontDoor::refuse(const net::RefusedRequest& refused) {
  return handler_of(refused.path).refuse(refused);
}

}  // namespace muster::server
