#include "mqtt_exchange.hpp"

#include <stdexcept>

namespace muster::bench {

namespace mqtt = codec::mqtt;

namespace {

constexpr std::size_t packet_size_max = 64 * 1024;
constexpr std::uint16_t keep_alive_seconds = 180;
constexpr std::uint16_t subscribe_id = 1;
constexpr std::uint16_t publish_id = 2;

}  // namespace

MqttExchange::MqttExchange(TlsConnection& connection) : connection_(connection), framer_(packet_size_max) {}

void MqttExchange::send(const mqtt::Packet& packet) {
  base::Bytes octets;
  mqtt::serialize(octets, packet, mqtt::Version::v3_1_1);
  connection_.write(base::text_view(octets));
}

mqtt::Packet MqttExchange::receive() {
  for (;;) {
    const auto next = framer_.next();
    if (std::holds_alternative<mqtt::Violation>(next)) throw std::runtime_error("the answer is not MQTT");
    if (const auto* frame = std::get_if<mqtt::Frame>(&next)) {
      auto packet = mqtt::parse(*frame, mqtt::Version::v3_1_1);
      if (auto* read = std::get_if<mqtt::Packet>(&packet)) return std::move(*read);
      throw std::runtime_error(std::get<mqtt::Violation>(packet).reason);
    }
    const std::string_view part = connection_.read();
    if (part.empty()) throw std::runtime_error("the connection ended before the answer did");
    framer_.feed(base::view(part));
  }
}

template <class Kind>
Kind MqttExchange::expect(const char* what) {
  auto packet = receive();
  if (auto* expected = std::get_if<Kind>(&packet)) return std::move(*expected);
  throw std::runtime_error(std::string("another packet came instead of ") + what);
}

void MqttExchange::open(const MqttDevice& device) {
  mqtt::Connect connect;
  connect.client_id = device.client_id;
  connect.keep_alive_seconds = keep_alive_seconds;
  connect.user_name = device.user_name;
  if (device.password) connect.password = base::Secret(base::to_bytes(*device.password));
  send(connect);
  if (expect<mqtt::Connack>("CONNACK").code != mqtt::ReasonCode::success)
    throw std::runtime_error("the CONNECT was refused");

  send(mqtt::Subscribe{.packet_id = subscribe_id, .subscriptions = {{device.filter, 1}}, .properties = {}});
  if (expect<mqtt::Suback>("SUBACK").codes.at(0) != 1) throw std::runtime_error("the SUBSCRIBE was refused");
}

mqtt::Publish MqttExchange::request(const MqttDevice& device) {
  mqtt::Publish request;
  request.topic = device.topic;
  request.payload = device.payload;
  request.qos = 1;
  request.packet_id = publish_id;
  send(request);
  // Brokers may send the message before they acknowledge the request.
  std::optional<mqtt::Publish> answer;
  for (bool acknowledged = false; !acknowledged || !answer;) {
    auto packet = receive();
    if (auto* message = std::get_if<mqtt::Publish>(&packet)) {
      answer = std::move(*message);
    } else if (std::holds_alternative<mqtt::Puback>(packet)) {
      acknowledged = true;
    } else {
      throw std::runtime_error("another packet came instead of an answer");
    }
  }
  base::Bytes goodbye;
  mqtt::serialize(goodbye, mqtt::Puback{.packet_id = answer->packet_id, .code = {}, .properties = {}},
                  mqtt::Version::v3_1_1);
  mqtt::serialize(goodbye, mqtt::Disconnect{}, mqtt::Version::v3_1_1);
  connection_.write(base::text_view(goodbye));
  return std::move(*answer);
}

}  // namespace muster::bench
