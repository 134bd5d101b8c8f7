// What the parts of Azure's management API are made of.
#pragma once

#include <boost/json/fwd.hpp>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/task.hpp"
#include "net/http.hpp"
#include "provisioning/access.hpp"
#include "provisioning/enrollments.hpp"

namespace muster::dialect::azure {

/// Where a service stands in Azure's tree. One Muster is every subscription and every resource group: what a request
/// says of them is repeated in the answer and means nothing.
struct ServiceAddress {
  std::string subscription;
  std::string resource_group;
  provisioning::TenantId service;

  /// "/subscriptions/S/resourceGroups/G/providers/Microsoft.Devices/provisioningServices/NAME"
  std::string id() const;
};

/// One request of somebody who was found to be allowed to make it.
struct ManagementCall {
  const net::HttpRequest& request;
  provisioning::Principal principal;
  ServiceAddress address;  ///< without a service in calls that concern none; the tenant is the principal's own then
  std::string name;        ///< what stands for {name} in the route

  const provisioning::TenantId& tenant() const;
  provisioning::Actor actor() const;
};

/// What is answered where nothing is refused.
struct ManagementAnswer {
  int status = 200;
  std::string body;  ///< JSON; empty: none
};

using ManagementHandler = std::function<base::Task<base::Result<ManagementAnswer>>(ManagementCall)>;

/// What stands before the paths of one service.
inline constexpr std::string_view service_route =
    "subscriptions/{subscription}/resourcegroups/{group}/providers/microsoft.devices/provisioningservices/{service}";

struct ManagementRoute {
  std::string_view method;
  std::string path;  ///< lower case, with {subscription}, {group}, {service} and {name} for what differs
  provisioning::Action action;
  ManagementHandler handler;
  bool service_must_exist = true;  ///< where the path names one
};

/// A part of the API. It must outlive the routes that it gives.
class ManagementPart {
 public:
  virtual ~ManagementPart() = default;
  virtual std::vector<ManagementRoute> routes() = 0;
};

ManagementAnswer management_answer(const boost::json::object& body, int status = 200);
/// {"value": […]}, as every list is answered.
ManagementAnswer list_answer(boost::json::array items);

/// If-Match: a tag or *; If-None-Match: *. invalid_argument for anything else and for both at once.
base::Result<provisioning::Precondition> management_precondition(const ManagementCall& call);

/// The body as an object. malformed_json, body_too_large.
base::Result<boost::json::object> management_body(const ManagementCall& call);

}  // namespace muster::dialect::azure
