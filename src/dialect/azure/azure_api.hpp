// Everything of Azure DPS that is spoken over HTTPS on one port.
#pragma once

#include "dialect/azure/device_api.hpp"
#include "dialect/azure/management_api.hpp"
#include "dialect/azure/service_api.hpp"

namespace muster::dialect::azure {

/// Tells device, service and management requests apart by their paths and answers what is none of them.
class AzureApi final : public net::HttpHandler {
 public:
  AzureApi(DeviceApi& device, ServiceApi& service, ManagementApi& management, const base::Clock& clock)
      : device_(device), service_(service), management_(management), clock_(clock) {}

  base::Task<net::HttpResponse> handle(net::HttpRequest request) override;
  net::HttpResponse refuse(const net::RefusedRequest& refused) override;

 private:
  DeviceApi& device_;
  ServiceApi& service_;
  ManagementApi& management_;
  const base::Clock& clock_;
};

}  // namespace muster::dialect::azure
