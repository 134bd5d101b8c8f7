// User names and topics of Azure DPS over MQTT
// (https://learn.microsoft.com/azure/iot-dps/iot-dps-mqtt-support).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace muster::dialect::azure {

/// "{idScope}/registrations/{registrationId}/api-version={date}", then "&ClientVersion={text}" and the like.
struct MqttUserName {
  std::string id_scope;
  std::string registration_id;
  /// An extension of Muster's, "&attestation=tpm": the device has nothing to show yet, it will prove its TPM.
  bool attests_by_tpm = false;
};

/// malformed_request, with the reason.
base::Result<MqttUserName> read_mqtt_user_name(std::string_view user_name);

/// A request as its topic says it: "$dps/registrations/PUT/iotdps-register/?$rid={rid}" or
/// "$dps/registrations/GET/iotdps-get-operationstatus/?$rid={rid}&operationId={id}".
struct MqttRequestTopic {
  std::string request_id;                   ///< $rid as sent: opaque, and given back as it is
  std::optional<std::string> operation_id;  ///< of a poll; nothing for a registration
  bool force = false;                       ///< forceRegistration=true
};

/// Nothing where a topic is neither, or lacks what it needs.
std::optional<MqttRequestTopic> read_mqtt_topic(std::string_view topic);

/// "$dps/registrations/res/{status}/?$rid={rid}", and "&retry-after={seconds}".
std::string mqtt_answer_topic(int status, std::string_view request_id, std::optional<int> retry_after_seconds);

/// Whether a filter asks for answers and nothing else: "$dps/registrations/res/#".
bool is_mqtt_answer_filter(std::string_view filter);

}  // namespace muster::dialect::azure
