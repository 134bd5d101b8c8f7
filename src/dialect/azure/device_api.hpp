// The device side of Azure DPS over HTTPS (Microsoft's REST reference "Runtime registration"): paths, methods and
// headers around what dialect/azure/device_operations does.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dialect/azure/device_operations.hpp"
#include "net/http.hpp"

namespace muster::dialect::azure {

/// A call of the device API. What stands in braces stands for any one segment.
struct DeviceRoute {
  std::string_view method;
  std::string_view path;  ///< without the leading slash
};

class DeviceApi {
 public:
  explicit DeviceApi(DeviceOperations& operations) : operations_(operations) {}

  /// Whether a path is one of the device API's: {idScope}/registrations/…
  static bool takes(const std::vector<std::string>& segments);

  /// All calls that there are.
  static std::vector<DeviceRoute> routes();

  /// Answers one request; a refusal is an answer too.
  base::Task<net::HttpResponse> handle(net::HttpRequest request, std::vector<std::string> segments);

 private:
  DeviceOperations& operations_;
};

}  // namespace muster::dialect::azure
