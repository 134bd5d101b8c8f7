// The transports of Azure's device SDK.
import amqp from 'azure-iot-provisioning-device-amqp';
import http from 'azure-iot-provisioning-device-http';
import mqtt from 'azure-iot-provisioning-device-mqtt';

// By which names the SDK's errors tell a refusal from a broken connection or a time-out. Over AMQP credentials that SASL
// does not take end as NotConnectedError, and a rejected request as the AMQP error itself, which has a condition.
const byStatus = ['UnauthorizedError', 'DeviceNotFoundError'];
export const transports = [
  // The last two are what the SDK makes of an answer without a challenge where it expects one for its TPM.
  { name: 'HTTPS', make: () => new http.Http(), refusals: [...byStatus, 'FormatError', 'InvalidOperationError'] },
  { name: 'MQTT', make: () => new mqtt.Mqtt(), refusals: byStatus },
  { name: 'MQTT over WebSocket', make: () => new mqtt.MqttWs(), refusals: byStatus },
  { name: 'AMQP', make: () => new amqp.Amqp(), refusals: ['NotConnectedError', 'amqp:rejection'] },
  { name: 'AMQP over WebSocket', make: () => new amqp.AmqpWs(), refusals: ['NotConnectedError', 'amqp:rejection'] },
];
