// The device side of Azure DPS over AMQP 1.0: SASL, link addresses, application properties, rejections. Seen in the
// SDKs for Node, C, C# and Java. Knows nothing of sockets, stores or allocation policies.
#pragma once

#include "base/clock.hpp"
#include "base/random.hpp"
#include "dialect/azure/device_operations.hpp"
#include "net/amqp.hpp"

namespace muster::dialect::azure {

class AmqpApi final : public net::AmqpHandler {
 public:
  AmqpApi(DeviceOperations& operations, const base::Clock& clock, base::Random& random, net::Log& log)
      : operations_(operations), clock_(clock), random_(random), log_(log) {}

  /// The mechanisms of SASL, in the order in which they are offered: the SDK for Node takes the first that it has
  /// credentials for. A device with a certificate leaves SASL out.
  static std::vector<std::string> mechanisms() { return {"TPM", "PLAIN"}; }

  std::unique_ptr<net::AmqpConversation> converse(std::shared_ptr<const net::Peer> peer) override;

 private:
  DeviceOperations& operations_;
  const base::Clock& clock_;
  base::Random& random_;
  net::Log& log_;
};

/// What a rejected request or a refused link says: a condition that the SDKs know, the JSON of the refusal, and when to
/// try again, where that helps.
net::AmqpError amqp_error(int status, std::string body, std::optional<int> seconds_to_wait);

}  // namespace muster::dialect::azure
