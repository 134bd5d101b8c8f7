// The service side of Azure DPS (Microsoft's REST reference "Device Provisioning Service", service API): enrollments,
// enrollment groups, bulk operations, queries, attestation mechanisms and registration states.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "dialect/azure/service_access.hpp"
#include "net/http.hpp"
#include "net/log.hpp"
#include "provisioning/enrollments.hpp"
#include "provisioning/pacing.hpp"
#include "provisioning/registrations.hpp"

namespace muster::dialect::azure {

/// A call of the service API. {id} in the path stands for any one segment.
struct ServiceRoute {
  std::string_view method;
  std::string_view path;  ///< without the leading slash
  provisioning::ServiceRight right;
};

class ServiceApi {
 public:
  ServiceApi(provisioning::Store& store, provisioning::Enrollments& enrollments,
             provisioning::Registrations& registrations, ServiceAccess& access, const base::Clock& clock, net::Log& log)
      : store_(store),
        enrollments_(enrollments),
        registrations_(registrations),
        access_(access),
        clock_(clock),
        log_(log),
        pacing_(clock) {}

  /// Whether a path is one of the service API's.
  static bool takes(const std::vector<std::string>& segments);

  /// All calls that there are.
  static std::vector<ServiceRoute> routes();

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

  using Handler = Answer (ServiceApi::*)(const Call&);
  struct Entry {
    ServiceRoute route;
    Handler handler;
  };

  static std::span<const Entry> entries();
  /// unknown_route, method_not_allowed.
  static base::Result<Entry> find(const net::HttpRequest& request, const std::vector<std::string>& segments);
  Answer dispatch(const net::HttpRequest& request, const std::vector<std::string>& segments);
  /// Whether the caller's tenant lets it in from where it is and as often as it comes.
  base::Task<base::Status> admit(const net::HttpRequest& request, const provisioning::TenantId& tenant);
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
  Answer get_registration(const Call& call);
  Answer remove_registration(const Call& call);
  Answer query_registrations(const Call& call);

  struct Individual;
  struct Group;

  provisioning::Store& store_;
  provisioning::Enrollments& enrollments_;
  provisioning::Registrations& registrations_;
  ServiceAccess& access_;
  const base::Clock& clock_;
  net::Log& log_;
  provisioning::Pacing pacing_;
};

}  // namespace muster::dialect::azure
