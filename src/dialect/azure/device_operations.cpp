#include "dialect/azure/device_operations.hpp"

#include <algorithm>
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

// A device comes back at least so often, however far ahead its turn is: connections and clients' patience are shorter.
constexpr int retry_after_seconds_max = 120;

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

DeviceAnswer challenge_answer(const provisioning::TpmChallenge& challenge) {
  boost::json::object body;
  body["message"] = "Sign the token with the key inside.";
  body["authenticationKey"] = base::to_base64(challenge.activation_blob);
  body["keyName"] = "registration";
  DeviceAnswer answer;
  answer.status = challenged;
  answer.body = boost::json::serialize(body);
  return answer;
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

DeviceAnswer DeviceOperations::refusal_of(const DeviceRequest& request, const Error& error) {
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
  if (base::describe(error.code()).retry) answer.retry_after_seconds = retry_after_seconds(error.code());
  answer.refusal = error;
  return answer;
}

Result<RegistrationRequest> DeviceOperations::read_names(const DeviceRequest& request) {
  const auto id = provisioning::RegistrationId::parse(request.registration_id);
  if (!id) return Error(Errc::invalid_registration_id, "it is " + request.registration_id.substr(0, 256));
  RegistrationRequest registration{.id_scope = provisioning::IdScope(base::to_lower(request.id_scope)),
                                   .registration_id = *id,
                                   .evidence = {},
                                   .address = request.peer->address,
                                   .payload = {}};
  registration.transport = request.transport;
  registration.force = request.force;
  registration.noted_refusal = request.noted_refusal;
  registration.evidence.certificates = request.peer->certificates.encoded();
  registration.evidence.token = request.token;
  return registration;
}

Result<RegistrationRequest> DeviceOperations::read(const DeviceRequest& request, Body body) {
  auto registration = read_names(request);
  if (!registration || body == Body::is_ignored) return registration;
  auto read = read_register_body(request.body);
  if (!read) return read.error();
  const std::string& id = registration->registration_id.str();
  if (read->registration_id && !base::equal_ignoring_case(*read->registration_id, id))
    return Error(Errc::invalid_registration_id,
                 "the body names '" + read->registration_id->substr(0, 128) + "', the address '" + id + "'");
  registration->evidence.tpm = std::move(read->tpm);
  registration->payload = std::move(read->payload);
  registration->signing_request = std::move(read->signing_request);
  return registration;
}

Task<DeviceAnswer> DeviceOperations::refuse(DeviceRequest request, Error error) {
  auto names = read_names(request);
  // What is no registration id is nobody's, so that nobody could ask for it.
  if (names) co_await registrar_.note_refusal(std::move(*names), error);
  co_return refusal_of(request, error);
}

Task<DeviceAnswer> DeviceOperations::register_device(DeviceRequest request) {
  auto registration = read(request, Body::counts);
  if (!registration) co_return co_await refuse(std::move(request), registration.error());
  auto outcome = co_await registrar_.register_device(std::move(*registration));
  if (!outcome) co_return refusal_of(request, outcome.error());

  if (const auto* challenge = std::get_if<provisioning::TpmChallenge>(&*outcome))
    co_return challenge_answer(*challenge);
  if (const auto* deferred = std::get_if<provisioning::DeferredOperation>(&*outcome)) {
    DeviceAnswer later = put_off(*deferred, {});
    later.proven = true;
    co_return later;
  }

  DeviceAnswer answer;
  const auto& device = std::get<RegisteredDevice>(*outcome);
  answer.proven = true;
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
  if (!registration) co_return co_await refuse(std::move(request), registration.error());
  if (provisioning::Deferrals::is_operation_id(operation_id))
    co_return co_await deferred_status(request, std::move(*registration), std::move(operation_id));
  const auto device = co_await registrar_.operation_status(std::move(*registration), operation_id);
  if (!device) co_return refusal_of(request, device.error());
  co_return status_answer(*device, operation_id);
}

DeviceAnswer DeviceOperations::status_answer(const RegisteredDevice& device, const std::string& operation_id) const {
  const auto state = state_of(device);
  DeviceAnswer answer;
  answer.proven = true;
  if (device.registration.status == provisioning::RegistrationStatus::assigning) {
    answer.status = accepted;
    answer.retry_after_seconds = settings_.retry_after_seconds;
  }
  answer.body = operation(operation_id, state.at("status").as_string().c_str(), &state);
  return answer;
}

DeviceAnswer DeviceOperations::put_off(const provisioning::DeferredOperation& deferred,
                                       const std::string& registration_id) const {
  DeviceAnswer answer;
  answer.status = accepted;
  boost::json::object state;
  state["registrationId"] = registration_id;
  state["status"] = "assigning";
  answer.body = operation(deferred.operation_id, "assigning", registration_id.empty() ? nullptr : &state);
  const auto wait = std::chrono::ceil<std::chrono::seconds>(deferred.turn - clock_.now());
  answer.retry_after_seconds = static_cast<int>(std::clamp<std::int64_t>(wait.count(), 1, retry_after_seconds_max));
  return answer;
}

Task<DeviceAnswer> DeviceOperations::deferred_status(const DeviceRequest& request, RegistrationRequest registration,
                                                     std::string operation_id) {
  auto outcome = co_await registrar_.continue_deferred(std::move(registration), operation_id);
  if (!outcome) co_return refusal_of(request, outcome.error());
  if (const auto* challenge = std::get_if<provisioning::TpmChallenge>(&*outcome))
    co_return challenge_answer(*challenge);
  if (const auto* deferred = std::get_if<provisioning::DeferredOperation>(&*outcome))
    co_return put_off(*deferred, request.registration_id);
  co_return status_answer(std::get<RegisteredDevice>(*outcome), operation_id);
}

Task<DeviceAnswer> DeviceOperations::look_up(DeviceRequest request) {
  auto registration = read(request, Body::counts);
  if (!registration) co_return co_await refuse(std::move(request), registration.error());
  if (!registration->signing_request.empty()) {
    Error misplaced(Errc::invalid_argument, "csr: a look-up issues no certificate");
    co_return co_await refuse(std::move(request), std::move(misplaced));
  }
  const auto device = co_await registrar_.look_up(std::move(*registration));
  if (!device) co_return refusal_of(request, device.error());
  DeviceAnswer answer;
  answer.proven = true;
  answer.body = boost::json::serialize(state_of(*device));
  co_return answer;
}

Task<Result<std::optional<provisioning::TpmChallenge>>> DeviceOperations::authenticate(
    DeviceRequest request, std::optional<provisioning::TpmKeys> keys) {
  auto registration = read(request, Body::is_ignored);
  if (!registration) {
    co_await refuse(std::move(request), registration.error());
    co_return registration.error();
  }
  registration->evidence.tpm = std::move(keys);
  auto outcome = co_await registrar_.authenticate(std::move(*registration));
  if (!outcome) refusal_of(request, outcome.error());
  co_return outcome;
}

}  // namespace muster::dialect::azure
