// How a run of the agent ends: one exit status, one sentence, and what belongs to it.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace muster::agent {

/// The exit statuses of muster-agent; docs/reference/agent.md promises them.
enum class ExitCode : int {
  success = 0,            ///< assigned, or the command did what it was asked
  usage = 1,              ///< the command line makes no sense
  configuration = 2,      ///< a file is missing, unreadable or holds something else
  network = 3,            ///< no connection, or the server's certificate is not trusted
  refused = 4,            ///< the service said no, and why
  tpm = 5,                ///< the TPM cannot be reached, or refuses
  timed_out = 6,          ///< the service did not finish in the time given
  disabled = 7,           ///< the enrollment exists and is disabled
  unexpected_answer = 8,  ///< the service answered something that its protocol does not have
};

/// Stable, snake_case: what --json calls the outcome.
std::string_view name(ExitCode code);

/// Where the device belongs from now on. Holds no secret.
struct Assignment {
  std::string id_scope;
  std::string registration_id;
  std::string device_id;
  std::string hub;  ///< a host name
  std::string substatus;
  std::string operation_id;
  std::string payload;  ///< JSON text that the service sent for the device; empty where it sent none
};

/// The service's verdict.
struct Outcome {
  ExitCode code = ExitCode::success;
  std::string message;  ///< one sentence for a person
  std::optional<Assignment> assignment;
  std::int64_t service_code = 0;  ///< the service's own error code; 0 where it gave none
  std::string tracking_id;        ///< what the service's operator finds the refusal by
};

/// What keeps the agent from getting a verdict: a file, the network, the TPM. Caught once, by the command line.
class Failure : public std::runtime_error {
 public:
  Failure(ExitCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  ExitCode code() const { return code_; }

 private:
  ExitCode code_;
};

}  // namespace muster::agent
