#include "agent/dps_client.hpp"

#include <algorithm>
#include <thread>

#include "agent/dps_messages.hpp"
#include "agent/token.hpp"
#include "codec/percent_encoding.hpp"

namespace muster::agent {
namespace {

using std::chrono::seconds;

constexpr const char* api_version = "?api-version=2021-06-01";
// Azure's fixed name for the key that a device signs its registration with.
constexpr const char* registration_key_name = "registration";
constexpr base::Duration token_lifetime = std::chrono::hours(1);
constexpr base::Duration request_timeout_max = seconds(60);
constexpr base::Duration poll_interval = seconds(2);
constexpr base::Duration pause_min = seconds(1);
constexpr base::Duration pause_max = seconds(30);
// The second one is for a service that lost the first; a third would be a loop.
constexpr int challenges_max = 2;

bool may_be_repeated(int status) { return status == 429 || status >= 500; }

}  // namespace

void SystemWaiter::wait(base::Duration duration) { std::this_thread::sleep_for(duration); }

/// One registration from its first request to its verdict.
class DpsClient::Run {
 public:
  Run(DpsClient& client, const ProvisionRequest& request, DeviceKey& key)
      : client_(client),
        request_(request),
        key_(key),
        resource_(request.id_scope + "/registrations/" + request.registration_id),
        path_("/" + codec::percent_encode(request.id_scope) + "/registrations/" +
              codec::percent_encode(request.registration_id)),
        deadline_(client.clock_.now() + request.timeout) {}

  Outcome outcome() {
    HttpReply reply = register_device();
    for (;;) {
      if (reply.status != 200 && reply.status != 202) return read_refusal(reply);
      const ServiceAnswer answer = read_answer(reply);
      if (answer.status == "assigned") return assigned(answer);
      if (answer.status == "disabled") return disabled();
      if (answer.status == "failed") return failed(answer);
      if (answer.status != "assigning" && answer.status != "unassigned")
        throw Failure(ExitCode::unexpected_answer, "The service answered with status \"" + answer.status + "\".");
      reply = poll(answer.operation_id, reply.retry_after);
    }
  }

 private:
  HttpReply register_device() {
    const auto identity = key_.tpm_identity();
    is_tpm_ = identity.has_value();
    // A TPM has no key to sign with before the challenge has brought one.
    if (!identity) sign_registration();

    HttpRequest message;
    message.method = "PUT";
    message.path = path_ + "/register" + api_version;
    message.body = registration_body(request_, identity);
    for (int challenges = 0;; ++challenges) {
      message.authorization = authorization_;
      HttpReply reply = exchange(message, "Asking " + request_.id_scope + " to register " + request_.registration_id);
      const auto challenge = reply.status == 401 && identity ? read_challenge(reply) : std::nullopt;
      if (!challenge || challenges == challenges_max) return reply;
      client_.narrator_.note("The service sent a challenge that only this TPM can open.");
      {
        const auto step = client_.narrator_.step("Opening it in the TPM and keeping the key inside");
        key_.import_key(*challenge);
      }
      sign_registration();
    }
  }

  void sign_registration() {
    const auto step = client_.narrator_.step("Preparing the registration");
    const auto token =
        make_token(key_, resource_, client_.clock_.now() + request_.timeout + token_lifetime, registration_key_name);
    authorization_ = token.value_or("");
  }

  HttpReply poll(const std::string& operation_id, std::optional<seconds> retry_after) {
    pause(retry_after ? base::Duration(*retry_after) : poll_interval, "the service is still assigning the device");
    HttpRequest message;
    message.method = "GET";
    message.path = path_ + "/operations/" + operation_id + api_version;
    message.authorization = authorization_;
    return exchange(message, "Asking whether the device is assigned");
  }

  /// Sends until there is an answer that will not change by asking again.
  HttpReply exchange(HttpRequest message, const std::string& what) {
    for (base::Duration backoff = pause_min;; backoff = std::min(backoff * 2, pause_max)) {
      message.timeout = std::min(deadline_ - client_.clock_.now(), request_timeout_max);
      HttpResult result = send(message, what);
      if (const auto* problem = std::get_if<TransportProblem>(&result)) {
        if (!problem->retry) throw Failure(ExitCode::network, problem->message);
        last_network_problem_ = problem->message;
        pause(with_jitter(backoff), problem->message);
        continue;
      }
      last_network_problem_.clear();
      const HttpReply& reply = std::get<HttpReply>(result);
      if (!may_be_repeated(reply.status)) return reply;
      pause(reply.retry_after ? base::Duration(*reply.retry_after) : with_jitter(backoff), read_refusal(reply).message);
    }
  }

  HttpResult send(const HttpRequest& message, const std::string& what) {
    const auto step = client_.narrator_.step(what);
    return client_.transport_.send(message);
  }

  void pause(base::Duration duration, const std::string& reason) {
    if (client_.clock_.now() + duration >= deadline_) {
      if (!last_network_problem_.empty()) throw Failure(ExitCode::network, last_network_problem_);
      throw Failure(ExitCode::timed_out, "Gave up after " + to_text(request_.timeout) + ": " + reason);
    }
    client_.narrator_.note("Waiting " + to_text(duration) + ": " + reason);
    client_.waiter_.wait(duration);
  }

  /// Between a half and the whole, so that a fleet that lost its service together does not come back together.
  base::Duration with_jitter(base::Duration whole) {
    const std::uint8_t drawn = client_.random_.bytes(1).front();
    return whole / 2 + whole / 2 * drawn / 255;
  }

  Outcome assigned(const ServiceAnswer& answer) {
    if (answer.hub.empty() || answer.device_id.empty())
      throw Failure(ExitCode::unexpected_answer, "The service assigned the device without naming its hub or its id.");
    if (is_tpm_) {
      if (answer.hub_key.empty())
        throw Failure(ExitCode::unexpected_answer, "The service assigned the device without a key for its hub.");
      const auto step = client_.narrator_.step("Keeping the hub's key inside the TPM");
      key_.import_key(answer.hub_key);
    }
    Assignment assignment;
    assignment.id_scope = request_.id_scope;
    assignment.registration_id = request_.registration_id;
    assignment.device_id = answer.device_id;
    assignment.hub = answer.hub;
    assignment.substatus = answer.substatus;
    assignment.operation_id = answer.operation_id;
    assignment.payload = answer.payload;
    Outcome outcome;
    outcome.message = "The device is " + answer.device_id + " at " + answer.hub + ".";
    outcome.assignment = std::move(assignment);
    return outcome;
  }

  Outcome disabled() {
    Outcome outcome;
    outcome.code = ExitCode::disabled;
    outcome.message = "The enrollment of " + request_.registration_id + " is disabled.";
    return outcome;
  }

  static Outcome failed(const ServiceAnswer& answer) {
    Outcome outcome;
    outcome.code = ExitCode::refused;
    outcome.message = answer.error_message.empty() ? "The registration failed." : answer.error_message;
    outcome.service_code = answer.error_code;
    return outcome;
  }

  DpsClient& client_;
  const ProvisionRequest& request_;
  DeviceKey& key_;
  std::string resource_;
  std::string path_;
  base::TimePoint deadline_;
  bool is_tpm_ = false;
  std::string authorization_;
  std::string last_network_problem_;
};

Outcome DpsClient::provision(const ProvisionRequest& request, DeviceKey& key) {
  return Run(*this, request, key).outcome();
}

}  // namespace muster::agent
