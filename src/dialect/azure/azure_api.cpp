#include "dialect/azure/azure_api.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "dialect/azure/errors.hpp"
#include "dialect/azure/route.hpp"

namespace muster::dialect::azure {

base::Task<net::HttpResponse> AzureApi::handle(net::HttpRequest request) {
  auto segments = segments_of(request.path);
  if (!segments) co_return error_response(segments.error(), request.request_id, clock_.now());
  if (ServiceApi::takes(*segments)) co_return co_await service_.handle(std::move(request), std::move(*segments));
  if (ManagementApi::takes(*segments)) co_return co_await management_.handle(std::move(request), std::move(*segments));
  if (DeviceApi::takes(*segments)) co_return co_await device_.handle(std::move(request), std::move(*segments));
  const base::Error error(base::Errc::unknown_route, request.path);
  co_return error_response(error, request.request_id, clock_.now());
}

net::HttpResponse AzureApi::refuse(const net::RefusedRequest& refused) {
  const auto segments = segments_of(refused.path);
  if (segments && ManagementApi::takes(*segments)) return management_.refuse(refused);
  boost::json::object body;
  body["errorCode"] = refused.status * 1000;
  body["trackingId"] = refused.request_id;
  body["message"] = refused.reason;
  body["timestampUtc"] = base::to_rfc3339(clock_.now());
  net::HttpResponse response = json_response(refused.status, boost::json::serialize(body), refused.request_id);
  response.headers.emplace_back("x-ms-error-code", std::to_string(refused.status * 1000));
  if (refused.status == 408 || refused.status >= 500) response.headers.emplace_back("Retry-After", "5");
  response.close = true;
  return response;
}

}  // namespace muster::dialect::azure
