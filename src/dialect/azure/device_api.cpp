#include "dialect/azure/device_api.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "codec/sas_token.hpp"
#include "dialect/azure/errors.hpp"
#include "dialect/azure/register_body.hpp"
#include "dialect/azure/registration_json.hpp"
#include "dialect/azure/route.hpp"

namespace muster::dialect::azure {

using base::Errc;
using base::Error;
using base::Result;
using base::Task;
using net::HttpRequest;
using net::HttpResponse;
using provisioning::RegisteredDevice;

namespace {

std::string operation(const std::string& operation_id, const char* status, const boost::json::object* state) {
  boost::json::object body;
  body["operationId"] = operation_id;
  body["status"] = status;
  if (state != nullptr) body["registrationState"] = *state;
  return boost::json::serialize(body);
}

/// Registration answers are 202 whatever they say: some clients take nothing else.
constexpr int accepted = 202;

}  // namespace

/// A request of the device API after its path, its credentials and its body were read.
struct DeviceApi::Call {
  const HttpRequest& http;
  provisioning::RegistrationRequest request;
};

bool DeviceApi::takes(const std::vector<std::string>& segments) {
  return segments.size() >= 3 && base::equal_ignoring_case(segments[1], "registrations");
}

Task<HttpResponse> DeviceApi::handle(HttpRequest request, std::vector<std::string> segments) {
  auto response = co_await dispatch(request, segments);
  if (response) co_return std::move(*response);
  log_refusal(request, response.error());
  co_return error_response(response.error(), request.request_id, clock_.now());
}

void DeviceApi::log_refusal(const HttpRequest& request, const Error& error) {
  log_.write(net::LogLevel::info, "registration_refused",
             {{"request_id", request.request_id},
              {"path", request.path},
              {"code", base::describe(error.code()).name},
              {"reason", error.detail()},
              {"address", request.peer->address}});
}

Task<Result<HttpResponse>> DeviceApi::dispatch(const HttpRequest& request, const std::vector<std::string>& segments) {
  if (auto version = check_api_version(request.query); !version) co_return version.error();
  const auto id = provisioning::RegistrationId::parse(segments[2]);
  if (!id) co_return Error(Errc::invalid_registration_id, "in the path");

  provisioning::RegistrationRequest registration{.id_scope = provisioning::IdScope(base::to_lower(segments[0])),
                                                 .registration_id = *id,
                                                 .evidence = {},
                                                 .address = request.peer->address,
                                                 .payload = {}};
  registration.evidence.certificates = request.peer->certificates;
  if (const auto authorization = request.header("Authorization"); authorization && !authorization->empty()) {
    auto token = codec::parse_sas_token(*authorization);
    if (!token) co_return token.error();
    registration.evidence.token = std::move(*token);
  }

  const bool is_poll = segments.size() == 5 && base::equal_ignoring_case(segments[3], "operations");
  const bool is_register = segments.size() == 4 && base::equal_ignoring_case(segments[3], "register");
  const bool is_look_up = segments.size() == 3;
  if (!is_poll && !is_register && !is_look_up) co_return Error(Errc::unknown_route, request.path);
  if (request.method != (is_poll ? "GET" : is_register ? "PUT" : "POST"))
    co_return Error(Errc::method_not_allowed, request.method + " " + request.path);

  // Clients send all sorts of bodies with a poll; what counts there are the path and the credentials.
  if (!is_poll) {
    auto body = read_register_body(request.body);
    if (!body) co_return body.error();
    if (body->registration_id && !base::equal_ignoring_case(*body->registration_id, id->str()))
      co_return Error(Errc::invalid_registration_id, "the body names another id than the path");
    registration.evidence.tpm = std::move(body->tpm);
    registration.payload = std::move(body->payload);
  }

  const Call call{request, std::move(registration)};
  if (is_poll) co_return co_await operation_status(call, segments[4]);
  if (is_look_up) co_return co_await look_up(call);
  co_return co_await register_device(call);
}

Task<Result<HttpResponse>> DeviceApi::register_device(const Call& call) {
  const std::string& request_id = call.http.request_id;
  auto outcome = co_await registrar_.register_device(call.request);
  if (!outcome) co_return outcome.error();

  if (const auto* challenge = std::get_if<provisioning::TpmChallenge>(&*outcome)) {
    boost::json::object body;
    body["message"] = "Sign the token with the key inside.";
    body["authenticationKey"] = base::to_base64(challenge->activation_blob);
    body["keyName"] = "registration";
    co_return json_response(401, boost::json::serialize(body), request_id);
  }

  const auto& device = std::get<RegisteredDevice>(*outcome);
  const std::string& operation_id = device.registration.operation_id;
  HttpResponse response;
  if (settings_.answer_at_once) {
    const auto state = registration_state(device.device, device.registration, device.activation_blob);
    response = json_response(accepted, operation(operation_id, "assigned", &state), request_id);
  } else {
    response = json_response(accepted, operation(operation_id, "assigning", nullptr), request_id);
    response.headers.emplace_back("Retry-After", std::to_string(settings_.retry_after_seconds));
  }
  const auto host = call.http.header("Host");
  response.headers.emplace_back("Location", "https://" + std::string(host.value_or("")) + call.http.path);
  co_return response;
}

Task<Result<HttpResponse>> DeviceApi::operation_status(const Call& call, std::string operation_id) {
  const auto device = co_await registrar_.operation_status(call.request, operation_id);
  if (!device) co_return device.error();
  const auto state = registration_state(device->device, device->registration, device->activation_blob);
  co_return json_response(200, operation(operation_id, state.at("status").as_string().c_str(), &state),
                          call.http.request_id);
}

Task<Result<HttpResponse>> DeviceApi::look_up(const Call& call) {
  const auto device = co_await registrar_.look_up(call.request);
  if (!device) co_return device.error();
  const auto state = registration_state(device->device, device->registration, device->activation_blob);
  co_return json_response(200, boost::json::serialize(state), call.http.request_id);
}

}  // namespace muster::dialect::azure
