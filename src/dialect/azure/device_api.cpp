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

Result<Operation> operation_of(const HttpRequest& request, const std::vector<std::string>& segments) {
  const bool is_poll = segments.size() == 5 && base::equal_ignoring_case(segments[3], "operations");
  const bool is_register = segments.size() == 4 && base::equal_ignoring_case(segments[3], "register");
  const bool is_look_up = segments.size() == 3;
  if (!is_poll && !is_register && !is_look_up) return Error(Errc::unknown_route, request.path);
  if (request.method != (is_poll ? "GET" : is_register ? "PUT" : "POST"))
    return Error(Errc::method_not_allowed, request.method + " " + request.path);
  return is_poll ? Operation::poll : is_register ? Operation::registration : Operation::look_up;
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
