// The device's side of Azure's Device Provisioning Service over HTTPS: register, answer the challenge, poll.
// https://learn.microsoft.com/rest/api/iot-dps/device/runtime-registration
#pragma once

#include <string>

#include "agent/device_key.hpp"
#include "agent/http_client.hpp"
#include "agent/narrator.hpp"
#include "agent/outcome.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"

namespace muster::agent {

/// How the agent waits. Injected, so that tests do not.
class Waiter {
 public:
  virtual ~Waiter() = default;
  virtual void wait(base::Duration duration) = 0;
};

/// Puts the thread to sleep.
class SystemWaiter final : public Waiter {
 public:
  void wait(base::Duration duration) override;
};

struct ProvisionRequest {
  std::string id_scope;
  std::string registration_id;
  std::string payload;       ///< JSON text for the service's allocation webhook; empty: none
  base::Duration timeout{};  ///< for everything together; above zero
};

/// Speaks the protocol, with any service that does. Its collaborators must outlive it. For one thread.
class DpsClient {
 public:
  DpsClient(HttpTransport& transport, Waiter& waiter, const base::Clock& clock, base::Random& random,
            const Narrator& narrator)
      : transport_(transport), waiter_(waiter), clock_(clock), random_(random), narrator_(narrator) {}

  /// Registers the device and stays until the service has decided. Network problems, 429 and 5xx are repeated, as the
  /// service's Retry-After says or else with growing pauses, until `timeout` is over. When the outcome is `success`
  /// and the key is a TPM's, the device's hub key is in the TPM. Throws Failure where there is no verdict.
  Outcome provision(const ProvisionRequest& request, DeviceKey& key);

 private:
  class Run;
  HttpTransport& transport_;
  Waiter& waiter_;
  const base::Clock& clock_;
  base::Random& random_;
  const Narrator& narrator_;
};

}  // namespace muster::agent
