// The device side of Azure DPS over HTTPS (Microsoft's REST reference "Runtime registration"): paths, methods and
// headers around what dialect/azure/device_operations does.
#pragma once

#include <string>
#include <vector>

#include "dialect/azure/device_operations.hpp"
#include "net/http.hpp"

namespace muster::dialect::azure {

class DeviceApi {
 public:
  explicit DeviceApi(DeviceOperations& operations) : operations_(operations) {}

  /// Whether a path is one of the device API's: {idScope}/registrations/…
  static bool takes(const std::vector<std::string>& segments);

  /// Answers one request; a refusal is an answer too.
  base::Task<net::HttpResponse> handle(net::HttpRequest request, std::vector<std::string> segments);

 private:
  DeviceOperations& operations_;
};

}  // namespace muster::dialect::azure
