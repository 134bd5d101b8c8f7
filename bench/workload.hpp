// What the simulated devices ask for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/secret.hpp"
#include "http_exchange.hpp"
#include "mqtt_exchange.hpp"

namespace muster::bench {

/// The devices of one enrollment group: load-000001, load-000002, ... With a symmetric key each derives its key from
/// the group's and signs a token of its own; without one they show certificates.
struct Fleet {
  std::string id_scope;
  base::Secret group_key;
  base::TimePoint token_expiry;
};

enum class Outcome { good, pending, refused };

/// Makes the requests and judges the answers. Safe to call from any thread.
class Workload {
 public:
  /// Each request registers the next device where there is a fleet, and fetches the target's path where there is none.
  Workload(Target target, std::optional<Fleet> fleet) : target_(std::move(target)), fleet_(std::move(fleet)) {}

  static std::string device_id(std::uint64_t index);

  /// The request's octets. `last` asks the server to close the connection after it.
  std::string request(std::uint64_t index, bool last) const;
  /// Asks how the operation stands that a device was told of. The connection is closed after it.
  std::string operation_request(std::uint64_t index, const std::string& operation_id) const;
  Outcome judge(const HttpAnswer& answer) const;
  /// The operation that a pending answer names. Throws std::runtime_error where it names none.
  static std::string operation_of(const HttpAnswer& answer);
  /// What a device was refused with, for people.
  static std::string complaint(std::uint64_t index, const HttpAnswer& answer);

  /// What a device says over MQTT: registers where there is a fleet. Where there is none it publishes 300 octets on a
  /// topic of its own that it listens to, as any broker will let it.
  MqttDevice mqtt_device(std::uint64_t index) const;
  /// The message that came back, as an answer of the API; a broker's is 200.
  HttpAnswer mqtt_answer(const codec::mqtt::Publish& message) const;

 private:
  std::string token(const Fleet& fleet, const std::string& id) const;
  std::string register_request(const Fleet& fleet, std::uint64_t index, bool last) const;

  Target target_;
  std::optional<Fleet> fleet_;
};

}  // namespace muster::bench
