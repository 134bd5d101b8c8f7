#include "dialect/azure/device_api.hpp"

#include "codec/sas_token.hpp"
#include "dialect/azure/errors.hpp"
#include "dialect/azure/route.hpp"

namespace muster::dialect::azure {

using base::Errc;
using base::Error;
using base::Result;
using base::Task;
using net::HttpRequest;
using net::HttpResponse;

namespace {

enum class Operation { registration, poll, look_up };

/// The device's request, from path and headers, and what it asks for.
struct Call {
  Operation operation = Operation::registration;
  DeviceRequest request;
};

struct Entry {
  DeviceRoute route;
  Operation operation;
};
constexpr Entry entries[] = {
    {{"PUT", "{scope}/registrations/{id}/register"}, Operation::registration},
    {{"GET", "{scope}/registrations/{id}/operations/{operation}"}, Operation::poll},
    {{"POST", "{scope}/registrations/{id}"}, Operation::look_up},
};

Result<Operation> operation_of(const HttpRequest& request, const std::vector<std::string>& segments) {
  bool is_path_known = false;
  for (const auto& [route, operation] : entries) {
    if (!fits(route.path, segments)) continue;
    if (request.method == route.method) return operation;
    is_path_known = true;
  }
  if (is_path_known) return Error(Errc::method_not_allowed, request.method + " " + request.path);
  return Error(Errc::unknown_route, request.path);
}

/// Who is asking, as far as the address tells.
Call names_of(const HttpRequest& request, const std::vector<std::string>& segments) {
  Call call;
  call.request.id_scope = segments[0];
  call.request.registration_id = segments[2];
  call.request.peer = request.peer;
  call.request.request_id = request.request_id;
  return call;
}

base::Status read_call(HttpRequest& request, const std::vector<std::string>& segments, Call& call) {
  if (auto version = check_api_version(request.query); !version) return version.error();
  if (const auto authorization = request.header("Authorization"); authorization && !authorization->empty()) {
    auto token = codec::parse_sas_token(*authorization);
    if (!token) return token.error();
    call.request.token = std::move(*token);
  }
  const auto operation = operation_of(request, segments);
  if (!operation) return operation.error();
  call.operation = *operation;
  const auto force = net::query_parameter(request.query, "forceRegistration");
  call.request.force = force && base::equal_ignoring_case(*force, "true");
  call.request.body = std::move(request.body);
  return base::Done{};
}

}  // namespace

std::vector<DeviceRoute> DeviceApi::routes() {
  std::vector<DeviceRoute> routes;
  for (const auto& entry : entries) routes.push_back(entry.route);
  return routes;
}

bool DeviceApi::takes(const std::vector<std::string>& segments) {
  return segments.size() >= 3 && base::equal_ignoring_case(segments[1], "registrations");
}

Task<HttpResponse> DeviceApi::handle(HttpRequest request, std::vector<std::string> segments) {
  Call call = names_of(request, segments);
  const auto read = read_call(request, segments, call);
  DeviceAnswer answer;
  if (!read) {
    answer = co_await operations_.refuse(std::move(call.request), read.error());
  } else if (call.operation == Operation::registration) {
    answer = co_await operations_.register_device(std::move(call.request));
  } else if (call.operation == Operation::poll) {
    answer = co_await operations_.operation_status(std::move(call.request), segments[4]);
  } else {
    answer = co_await operations_.look_up(std::move(call.request));
  }
  if (answer.refusal) {
    HttpResponse refused = json_response(answer.status, std::move(answer.body), request.request_id);
    refused.headers.emplace_back("x-ms-error-code", std::to_string(error_code(answer.refusal->code())));
    if (answer.retry_after_seconds)
      refused.headers.emplace_back("Retry-After", std::to_string(*answer.retry_after_seconds));
    co_return refused;
  }
  HttpResponse response = json_response(answer.status, std::move(answer.body), request.request_id);
  if (answer.retry_after_seconds)
    response.headers.emplace_back("Retry-After", std::to_string(*answer.retry_after_seconds));
  if (call.operation == Operation::registration) {
    const auto host = request.header("Host");
    response.headers.emplace_back("Location", "https://" + std::string(host.value_or("")) + request.path);
  }
  co_return response;
}

}  // namespace muster::dialect::azure
