// The device side of Azure DPS over HTTPS (Microsoft's REST reference "Runtime registration"): paths, JSON names and
// status numbers. Knows nothing of sockets, stores or allocation policies.
#pragma once

#include <string>
#include <vector>

#include "base/clock.hpp"
#include "net/http.hpp"
#include "net/log.hpp"
#include "provisioning/registrar.hpp"

namespace muster::dialect::azure {

/// How registrations are answered.
struct DeviceApiSettings {
  /// The first answer already says "assigned". False: "assigning", and the device asks again, as Azure has it.
  bool answer_at_once = true;
  /// After how many seconds a device asks again.
  int retry_after_seconds = 3;
};

class DeviceApi {
 public:
  DeviceApi(provisioning::Registrar& registrar, const base::Clock& clock, net::Log& log, DeviceApiSettings settings)
      : registrar_(registrar), clock_(clock), log_(log), settings_(settings) {}

  /// Whether a path is one of the device API's: {idScope}/registrations/…
  static bool takes(const std::vector<std::string>& segments);

  /// Answers one request; a refusal is an answer too.
  base::Task<net::HttpResponse> handle(net::HttpRequest request, std::vector<std::string> segments);

 private:
  struct Call;

  base::Task<base::Result<net::HttpResponse>> dispatch(const net::HttpRequest& request,
                                                       const std::vector<std::string>& segments);
  base::Task<base::Result<net::HttpResponse>> register_device(const Call& call);
  base::Task<base::Result<net::HttpResponse>> operation_status(const Call& call, std::string operation_id);
  base::Task<base::Result<net::HttpResponse>> look_up(const Call& call);
  void log_refusal(const net::HttpRequest& request, const base::Error& error);

  provisioning::Registrar& registrar_;
  const base::Clock& clock_;
  net::Log& log_;
  DeviceApiSettings settings_;
};

}  // namespace muster::dialect::azure
