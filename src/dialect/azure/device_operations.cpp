#include "dialect/azure/device_operations.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "dialect/azure/errors.hpp"
#include "dialect/azure/register_body.hpp"
#include "dialect/azure/registration_json.hpp"
#include "provisioning/names.hpp"

namespace muster::dialect::azure {

using base::Errc;
using base::Error;
using base::Result;
using base::Task;
using provisioning::RegisteredDevice;
using provisioning::RegistrationRequest;

namespace {

// Registration answers are 202 whatever they say: some clients take nothing else.
constexpr int accepted = 202;
constexpr int challenged = 401;

std::string operation(const std::string& operation_id, const char* status, const boost::json::object* state) {
  boost::json::object body;
  body["operationId"] = operation_id;
  body["status"] = status;
  if (state != nullptr) body["registrationState"] = *state;
  return boost::json::serialize(body);
}

boost::json::object state_of(const RegisteredDevice& device) {
  auto state = registration_state(device.device, device.registration, device.activation_blob);
  if (device.certificate_chain.empty()) return state;
  boost::json::array chain;
  for (const auto& certificate : device.certificate_chain) chain.emplace_back(base::to_base64(certificate));
  state["issuedCertificateChain"] = std::move(chain);
  return state;
}

}  // namespace

DeviceAnswer DeviceOperations::refuse(const DeviceRequest& request, const Error& error) {
  log_.write(net::LogLevel::info, "registration_refused",
             {{"request_id", request.request_id},
              {"transport", provisioning::name_of(request.transport)},
              {"id_scope", request.id_scope},
              {"registration_id", request.registration_id},
              {"code", base::describe(error.code()).name},
              {"reason", error.detail()},
              {"address", request.peer->address}});
  DeviceAnswer answer;
  answer.status = http_status(error.code());
  answer.body = error_body(error, request.request_id, clock_.now());
  if (base::describe(error.code()).retry) answer.retry_after_seconds = retry_after_seconds;
  answer.refusal = error;
  return answer;
}

Result<RegistrationRequest> DeviceOperations::read(const DeviceRequest& request, Body body) const {
  const auto id = provisioning::RegistrationId::parse(request.registration_id);
  if (!id) return Error(Errc::invalid_registration_id, "it is " + request.registration_id.substr(0, 256));
  RegistrationRequest registration{.id_scope = provisioning::IdScope(base::to_lower(request.id_scope)),
                                   .registration_id = *id,
                                   .evidence = {},
                                   .address = request.peer->address,
                                   .payload = {}};
  registration.transport = request.transport;
  registration.force = request.force;
  registration.evidence.certificates = request.peer->certificates;
  registration.evidence.token = request.token;
  if (body == Body::is_ignored) return registration;

  auto read = read_register_body(request.body);
  if (!read) return read.error();
  if (read->registration_id && !base::equal_ignoring_case(*read->registration_id, id->str()))
    return Error(Errc::invalid_registration_id, "the body names another id than the address");
  registration.evidence.tpm = std::move(read->tpm);
  registration.payload = std::move(read->payload);
  registration.signing_request = std::move(read->signing_request);
  return registration;
}

Task<DeviceAnswer> DeviceOperations::register_device(DeviceRequest request) {
  auto registration = read(request, Body::counts);
  if (!registration) co_return refuse(request, registration.error());
  auto outcome = co_await registrar_.register_device(std::move(*registration));
  if (!outcome) co_return refuse(request, outcome.error());

  DeviceAnswer answer;
  if (const auto* challenge = std::get_if<provisioning::TpmChallenge>(&*outcome)) {
    boost::json::object body;
    body["message"] = "Sign the token with the key inside.";
    body["authenticationKey"] = base::to_base64(challenge->activation_blob);
    body["keyName"] = "registration";
    answer.status = challenged;
    answer.body = boost::json::serialize(body);
    co_return answer;
  }

  const auto& device = std::get<RegisteredDevice>(*outcome);
  answer.status = accepted;
  // A registration that failed says so when the device asks again, as with Azure: some clients expect nothing else
  // here.
  if (settings_.answer_at_once && device.registration.status == provisioning::RegistrationStatus::assigned) {
    const auto state = state_of(device);
    answer.body = operation(device.registration.operation_id, "assigned", &state);
  } else {
    answer.body = operation(device.registration.operation_id, "assigning", nullptr);
    answer.retry_after_seconds = settings_.retry_after_seconds;
  }
  co_return answer;
}

Task<DeviceAnswer> DeviceOperations::operation_status(DeviceRequest request, std::string operation_id) {
  // Clients send all sorts of bodies with a poll; what counts are the names and the credentials.
  auto registration = read(request, Body::is_ignored);
  if (!registration) co_return refuse(request, registration.error());
  const auto device = co_await registrar_.operation_status(std::move(*registration), operation_id);
  if (!device) co_return refuse(request, device.error());
  const auto state = state_of(*device);
  DeviceAnswer answer;
  if (device->registration.status == provisioning::RegistrationStatus::assigning) {
    answer.status = accepted;
    answer.retry_after_seconds = settings_.retry_after_seconds;
  }
  answer.body = operation(operation_id, state.at("status").as_string().c_str(), &state);
  co_return answer;
}

Task<DeviceAnswer> DeviceOperations::look_up(DeviceRequest request) {
  auto registration = read(request, Body::counts);
  if (!registration) co_return refuse(request, registration.error());
  if (!registration->signing_request.empty()) {
    const Error misplaced(Errc::invalid_argument, "csr: a look-up issues no certificate");
    co_return refuse(request, misplaced);
  }
  const auto device = co_await registrar_.look_up(std::move(*registration));
  if (!device) co_return refuse(request, device.error());
  DeviceAnswer answer;
  answer.body = boost::json::serialize(state_of(*device));
  co_return answer;
}

Task<Result<std::optional<provisioning::TpmChallenge>>> DeviceOperations::authenticate(
    DeviceRequest request, std::optional<provisioning::TpmKeys> keys) {
  auto registration = read(request, Body::is_ignored);
  if (!registration) {
    refuse(request, registration.error());
    co_return registration.error();
  }
  registration->evidence.tpm = std::move(keys);
  auto outcome = co_await registrar_.authenticate(std::move(*registration));
  if (!outcome) refuse(request, outcome.error());
  co_return outcome;
}

}  // namespace muster::dialect::azure
