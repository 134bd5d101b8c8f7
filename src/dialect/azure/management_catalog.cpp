#include "dialect/azure/management_catalog.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

namespace muster::dialect::azure {

namespace json = boost::json;
using base::Errc;
using base::Error;
using provisioning::Action;

namespace {

using Answer = base::Task<base::Result<ManagementAnswer>>;

struct Operation {
  const char* name;
  const char* resource;
  const char* words;
};

// As Azure's provider lists them.
constexpr Operation operation_list[] = {
    {"provisioningServices/read", "Provisioning Service", "Get the service's properties"},
    {"provisioningServices/write", "Provisioning Service", "Create or update the service"},
    {"provisioningServices/delete", "Provisioning Service", "Delete the service"},
    {"provisioningServices/skus/read", "Provisioning Service", "List the service's SKUs"},
    {"provisioningServices/listkeys/action", "Provisioning Service", "List the service's keys"},
    {"provisioningServices/keys/listkeys/action", "Provisioning Service", "Get the keys of one access policy"},
    {"provisioningServices/certificates/read", "Certificate", "Get certificates"},
    {"provisioningServices/certificates/write", "Certificate", "Create or update a certificate"},
    {"provisioningServices/certificates/delete", "Certificate", "Delete a certificate"},
    {"provisioningServices/certificates/generateVerificationCode/action", "Certificate", "Generate a code"},
    {"provisioningServices/certificates/verify/action", "Certificate", "Verify a certificate"},
    {"checkProvisioningServiceNameAvailability/action", "Provisioning Service", "Check whether a name is free"},
};

Answer list_operations(ManagementCall) {
  json::array operations;
  for (const auto& [name, resource, words] : operation_list)
    operations.push_back({{"name", std::string("Microsoft.Devices/") + name},
                          {"display", {{"provider", "Muster"}, {"resource", resource}, {"operation", words}}}});
  co_return list_answer(std::move(operations));
}

Answer list_skus(ManagementCall) {
  json::array skus;
  skus.push_back(json::object{{"name", "S1"}});
  co_return list_answer(std::move(skus));
}

/// Azure's clients want a bare array here.
Answer list_private_endpoints(ManagementCall) { co_return ManagementAnswer{.status = 200, .body = "[]"}; }

Answer list_private_links(ManagementCall) { co_return list_answer({}); }

Answer refuse_private(ManagementCall) {
  co_return Error(Errc::unknown_route, "Muster has no private endpoints and no private links.");
}

Answer refuse_operation(ManagementCall call) {
  co_return Error(Errc::operation_not_found, "Every call here is finished when it is answered: " + call.name);
}

}  // namespace

std::vector<ManagementRoute> ManagementCatalog::routes() {
  const std::string service(service_route);
  const std::string endpoint = service + "/privateendpointconnections/{name}";
  return {
      {"GET", "providers/microsoft.devices/operations", Action::read_status, list_operations},
      {"GET", service + "/skus", Action::read_tenants, list_skus},
      {"GET", service + "/operationresults/{name}", Action::read_tenants, refuse_operation},
      {"GET", service + "/privateendpointconnections", Action::read_tenants, list_private_endpoints},
      {"GET", endpoint, Action::read_tenants, refuse_private},
      {"PUT", endpoint, Action::change_settings, refuse_private},
      {"DELETE", endpoint, Action::change_settings, refuse_private},
      {"GET", service + "/privatelinkresources", Action::read_tenants, list_private_links},
      {"GET", service + "/privatelinkresources/{name}", Action::read_tenants, refuse_private},
  };
}

}  // namespace muster::dialect::azure
