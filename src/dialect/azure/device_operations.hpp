// What the device side of Azure DPS does, whichever transport carries it (Microsoft's REST reference "Runtime
// registration"): JSON in, JSON and a status out. Paths, topics and links are the transports' own affair.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "codec/sas_token.hpp"
#include "net/http.hpp"
#include "net/log.hpp"
#include "provisioning/registrar.hpp"

namespace muster::dialect::azure {

/// How registrations are answered.
struct DeviceApiSettings {
  /// The first answer already says "assigned". False: "assigning", and the device asks again, as Azure has it.
  bool answer_at_once = true;
  /// After how many seconds a device asks again.
  int retry_after_seconds = 3;
};

/// A request of a device.
struct DeviceRequest {
  std::string id_scope;         ///< as sent
  std::string registration_id;  ///< as sent, decoded
  std::optional<codec::SasToken> token;
  provisioning::Transport transport = provisioning::Transport::https;
  std::shared_ptr<const net::Peer> peer;  ///< its address and its certificates
  std::string request_id;                 ///< stands in the log, and in what is answered to a refusal
  std::string body;                       ///< of a registration or a look-up; polls have none that counts
  bool force = false;                     ///< forceRegistration
  /// What `authenticate` refused it for, where the transport went on to let the request be refused.
  std::optional<base::Errc> noted_refusal = {};
};

/// What a device is told.
struct DeviceAnswer {
  int status = 200;                             ///< as HTTP has it
  std::string body;                             ///< JSON
  std::optional<int> retry_after_seconds = {};  ///< when to ask again, where that makes sense
  bool proven = false;                          ///< whether this request showed that the device is who it says
  std::optional<base::Error> refusal = {};      ///< why it was refused, for transports with other words than a status
};

class DeviceOperations {
 public:
  DeviceOperations(provisioning::Registrar& registrar, const base::Clock& clock, net::Log& log,
                   DeviceApiSettings settings)
      : registrar_(registrar), clock_(clock), log_(log), settings_(settings) {}

  /// Registers. A device with a TPM that has answered no challenge yet gets status 401 with its challenge, which is no
  /// refusal. A refusal is an answer too, and is logged here.
  base::Task<DeviceAnswer> register_device(DeviceRequest request);

  /// Refuses a request that a transport could not read further than this, such as one whose token is malformed: logged
  /// and kept with the device's record as every refusal is.
  base::Task<DeviceAnswer> refuse(DeviceRequest request, base::Error error);

  /// How a registration goes on.
  base::Task<DeviceAnswer> operation_status(DeviceRequest request, std::string operation_id);

  /// The device's own registration.
  base::Task<DeviceAnswer> look_up(DeviceRequest request);

  /// Whether the credentials are good, for transports that ask before there is a request; changes nothing. With a TPM's
  /// keys and no token: the challenge for that TPM, as provisioning::Registrar::authenticate gives it.
  base::Task<base::Result<std::optional<provisioning::TpmChallenge>>> authenticate(
      DeviceRequest request, std::optional<provisioning::TpmKeys> keys);

 private:
  enum class Body { counts, is_ignored };
  static base::Result<provisioning::RegistrationRequest> read_names(const DeviceRequest& request);
  static base::Result<provisioning::RegistrationRequest> read(const DeviceRequest& request, Body body);
  DeviceAnswer refusal_of(const DeviceRequest& request, const base::Error& error);
  DeviceAnswer status_answer(const provisioning::RegisteredDevice& device, const std::string& operation_id) const;
  /// `registration_id`: for polls, whose answers name it; empty otherwise.
  DeviceAnswer put_off(const provisioning::DeferredOperation& deferred, const std::string& registration_id) const;
  base::Task<DeviceAnswer> deferred_status(const DeviceRequest& request, provisioning::RegistrationRequest registration,
                                           std::string operation_id);

  provisioning::Registrar& registrar_;
  const base::Clock& clock_;
  net::Log& log_;
  DeviceApiSettings settings_;
};

}  // namespace muster::dialect::azure
