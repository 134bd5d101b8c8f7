// The JSON of Azure's Device Provisioning Service as a device writes and reads it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "agent/device_key.hpp"
#include "agent/dps_client.hpp"

namespace muster::agent {

/// What a 200 or 202 says. Texts are empty where the member is missing.
struct ServiceAnswer {
  std::string status;
  std::string operation_id;  ///< only letters, digits, '-' and '.': it becomes a part of a path
  std::string hub;
  std::string device_id;
  std::string substatus;
  std::string payload;  ///< JSON text
  base::Bytes hub_key;  ///< the activation blob of a TPM's hub key
  std::int64_t error_code = 0;
  std::string error_message;
};

/// The body of a registration. `request.payload` must be JSON: throws Failure (configuration) where it is not.
std::string registration_body(const ProvisionRequest& request, const std::optional<TpmIdentity>& identity);

/// The activation blob of a 401; nothing where it is a plain refusal.
std::optional<base::Bytes> read_challenge(const HttpReply& reply);

/// Throws Failure (unexpected_answer) for what is no answer of this protocol: no JSON object, no status, an operation
/// that is pending and has no usable id.
ServiceAnswer read_answer(const HttpReply& reply);

/// A refusal with the service's own code, message and tracking id, as far as it gave them. Never throws for what a
/// server sends.
Outcome read_refusal(const HttpReply& reply);

}  // namespace muster::agent
