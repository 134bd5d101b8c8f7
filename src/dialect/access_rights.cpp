#include "dialect/access_rights.hpp"

#include "base/bytes.hpp"
#include "provisioning/names.hpp"

namespace muster::dialect {

using provisioning::ServiceRight;

namespace {

struct RightName {
  ServiceRight right;
  std::string_view azure_name;
};

// https://learn.microsoft.com/azure/iot-dps/concepts-control-access-dps lists all but the last, which
// @azure/arm-deviceprovisioningservices knows.
constexpr RightName rights[] = {
    {ServiceRight::service_config, "ServiceConfig"},
    {ServiceRight::enrollment_read, "EnrollmentRead"},
    {ServiceRight::enrollment_write, "EnrollmentWrite"},
    {ServiceRight::registration_read, "RegistrationStatusRead"},
    {ServiceRight::registration_write, "RegistrationStatusWrite"},
    {ServiceRight::device_connect, "DeviceConnect"},
};

}  // namespace

std::optional<ServiceRight> access_right_of(std::string_view text) {
  for (const auto& [right, azure_name] : rights)
    if (base::equal_ignoring_case(text, azure_name) || text == provisioning::name_of(right)) return right;
  return std::nullopt;
}

std::vector<std::string_view> access_rights_of(unsigned bits) {
  std::vector<std::string_view> names;
  for (const auto& [right, azure_name] : rights)
    if ((bits & static_cast<unsigned>(right)) != 0) names.push_back(azure_name);
  return names;
}

}  // namespace muster::dialect
