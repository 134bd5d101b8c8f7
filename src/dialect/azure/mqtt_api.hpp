// The device side of Azure DPS over MQTT and MQTT over WebSocket: names, topics and credentials around what
// dialect/azure/device_operations does.
#pragma once

#include "base/clock.hpp"
#include "base/random.hpp"
#include "dialect/azure/device_operations.hpp"
#include "net/log.hpp"
#include "net/mqtt.hpp"

namespace muster::dialect::azure {

/// Lets devices in and answers their requests. A shared access signature is not looked at before there is a request,
/// as with Azure: the refusal then comes as JSON, which says more than a return code. A client has proven who it is
/// with its first request that is answered with a status below 300.
class MqttApi final : public net::MqttHandler {
 public:
  MqttApi(DeviceOperations& operations, const base::Clock& clock, base::Random& random, net::Log& log,
          DeviceApiSettings settings)
      : operations_(operations), clock_(clock), random_(random), log_(log), settings_(settings) {}

  base::Task<std::variant<net::MqttAdmission, codec::mqtt::Violation>> connect(
      codec::mqtt::Connect connect, std::shared_ptr<const net::Peer> peer) override;

 private:
  class Device;

  DeviceOperations& operations_;
  const base::Clock& clock_;
  base::Random& random_;
  net::Log& log_;
  DeviceApiSettings settings_;
};

}  // namespace muster::dialect::azure
