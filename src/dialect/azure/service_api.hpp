// The service side of Azure DPS (Microsoft's REST reference "Device Provisioning Service", service API): enrollments,
// enrollment groups, bulk operations, queries, attestation mechanisms and registration states.
#pragma once

#include <string>
#include <vector>

#include "base/clock.hpp"
#include "dialect/azure/service_access.hpp"
#include "net/http.hpp"
#include "net/log.hpp"
#include "provisioning/enrollments.hpp"
#include "provisioning/registrations.hpp"

namespace muster::dialect::azure {

class ServiceApi {
 public:
  ServiceApi(provisioning::Store& store, provisioning::Enrollments& enrollments,
             provisioning::Registrations& registrations, ServiceAccess& access, const base::Clock& clock, net::Log& log)
      : store_(store),
        enrollments_(enrollments),
        registrations_(registrations),
        access_(access),
        clock_(clock),
        log_(log) {}

  /// Whether a path is one of the service API's.
  static bool takes(const std::vector<std::string>& segments);

  base::Task<net::HttpResponse> handle(net::HttpRequest request, std::vector<std::string> segments);

 private:
  /// A request whose caller is known.
  struct Call {
    const net::HttpRequest& request;
    const std::vector<std::string>& segments;
    ServiceCaller caller;
    provisioning::Actor actor;
  };
  using Answer = base::Task<base::Result<net::HttpResponse>>;

  Answer dispatch(const net::HttpRequest& request, const std::vector<std::string>& segments);
  template <class Kind>
  Answer enrollments(const Call& call);
  template <class Kind>
  Answer put(const Call& call);
  template <class Kind>
  Answer get(const Call& call);
  template <class Kind>
  Answer remove(const Call& call);
  template <class Kind>
  Answer attestation_mechanism(const Call& call);
  template <class Kind>
  Answer query(const Call& call);
  template <class Kind>
  Answer bulk(const Call& call);
  Answer registrations(const Call& call);
  Answer query_registrations(const Call& call);

  struct Individual;
  struct Group;

  provisioning::Store& store_;
  provisioning::Enrollments& enrollments_;
  provisioning::Registrations& registrations_;
  ServiceAccess& access_;
  const base::Clock& clock_;
  net::Log& log_;
};

}  // namespace muster::dialect::azure
