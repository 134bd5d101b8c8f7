// Everything of Azure DPS that is spoken over HTTPS on one port.
#pragma once

#include "dialect/azure/device_api.hpp"
#include "dialect/azure/service_api.hpp"

namespace muster::dialect::azure {

/// Tells device and service requests apart by their paths and answers what is neither.
class AzureApi final : public net::HttpHandler {
 public:
  AzureApi(DeviceApi& device, ServiceApi& service, const base::Clock& clock)
      : device_(device), service_(service), clock_(clock) {}

  base::Task<net::HttpResponse> handle(net::HttpRequest request) override;
  net::HttpResponse refuse(const net::RefusedRequest& refused) override;

 private:
  DeviceApi& device_;
  ServiceApi& service_;
  const base::Clock& clock_;
};

}  // namespace muster::dialect::azure
