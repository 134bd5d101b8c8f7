#include <algorithm>

#include "codec/mqtt/packet.hpp"
#include "codec/mqtt/packet_type.hpp"

namespace muster::codec::mqtt {
namespace {

/// Writes what follows the fixed header, and says what its first octet is.
class Body {
 public:
  Body(Bytes& octets, Version version) : writer_(octets), version_(version) {}

  std::uint8_t operator()(const Connect& connect) {
    version_ = connect.version;
    writer_.text("MQTT").u8(static_cast<std::uint8_t>(connect.version)).u8(connect_flags(connect));
    writer_.u16(connect.keep_alive_seconds);
    put(connect.properties);
    writer_.text(connect.client_id);
    if (connect.will) {
      put(connect.will->properties);
      writer_.text(connect.will->topic).binary(connect.will->payload);
    }
    if (connect.user_name) writer_.text(*connect.user_name);
    if (connect.password) writer_.binary(connect.password->reveal());
    return header(PacketType::connect);
  }

  std::uint8_t operator()(const Connack& connack) {
    writer_.u8(connack.session_present ? 1 : 0);
    writer_.u8(version_ == Version::v5 ? static_cast<std::uint8_t>(connack.code) : connack_return_code(connack.code));
    put(connack.properties);
    return header(PacketType::connack);
  }

  std::uint8_t operator()(const Publish& publish) {
    writer_.text(publish.topic);
    if (publish.qos > 0) writer_.u16(publish.packet_id);
    put(publish.properties);
    writer_.bytes(base::view(publish.payload));
    const unsigned flags = (publish.duplicate ? duplicate_flag : 0U) | static_cast<unsigned>(publish.qos) << qos_shift |
                           (publish.retain ? retain_flag : 0U);
    return header(PacketType::publish, static_cast<std::uint8_t>(flags));
  }

  std::uint8_t operator()(const Puback& puback) {
    writer_.u16(puback.packet_id);
    put_outcome(puback.code, puback.properties);
    return header(PacketType::puback);
  }

  std::uint8_t operator()(const Subscribe& subscribe) {
    writer_.u16(subscribe.packet_id);
    put(subscribe.properties);
    for (const auto& subscription : subscribe.subscriptions) writer_.text(subscription.filter).u8(subscription.qos);
    return header(PacketType::subscribe, fixed_flags_of_requests);
  }

  std::uint8_t operator()(const Suback& suback) {
    writer_.u16(suback.packet_id);
    put(suback.properties);
    // 3.1.1 has one code for every refusal (section 3.9.3).
    const auto refused = static_cast<std::uint8_t>(ReasonCode::unspecified_error);
    for (const std::uint8_t code : suback.codes) writer_.u8(version_ == Version::v5 ? code : std::min(code, refused));
    return header(PacketType::suback);
  }

  std::uint8_t operator()(const Unsubscribe& unsubscribe) {
    writer_.u16(unsubscribe.packet_id);
    put(unsubscribe.properties);
    for (const auto& filter : unsubscribe.filters) writer_.text(filter);
    return header(PacketType::unsubscribe, fixed_flags_of_requests);
  }

  std::uint8_t operator()(const Unsuback& unsuback) {
    writer_.u16(unsuback.packet_id);
    put(unsuback.properties);
    if (version_ == Version::v5)
      for (const ReasonCode code : unsuback.codes) writer_.u8(static_cast<std::uint8_t>(code));
    return header(PacketType::unsuback);
  }

  std::uint8_t operator()(const Pingreq&) { return header(PacketType::pingreq); }
  std::uint8_t operator()(const Pingresp&) { return header(PacketType::pingresp); }

  std::uint8_t operator()(const Disconnect& disconnect) {
    put_outcome(disconnect.code, disconnect.properties);
    return header(PacketType::disconnect);
  }

 private:
  static std::uint8_t header(PacketType type, std::uint8_t flags = 0) {
    return static_cast<std::uint8_t>(static_cast<unsigned>(type) << type_shift | flags);
  }

  static std::uint8_t connect_flags(const Connect& connect) {
    unsigned flags = connect.clean_session ? clean_session_flag : 0U;
    if (connect.user_name) flags |= user_name_flag;
    if (connect.password) flags |= password_flag;
    if (connect.will) {
      flags |= will_flag | static_cast<unsigned>(connect.will->qos) << will_qos_shift;
      if (connect.will->retain) flags |= will_retain;
    }
    return static_cast<std::uint8_t>(flags);
  }

  void put(const Properties& properties) {
    if (version_ == Version::v5) write_properties(writer_, properties);
  }
  /// Success without properties is said by leaving both out.
  void put_outcome(ReasonCode code, const Properties& properties) {
    if (version_ != Version::v5 || (code == ReasonCode::success && properties.empty())) return;
    writer_.u8(static_cast<std::uint8_t>(code));
    if (!properties.empty()) write_properties(writer_, properties);
  }

  Writer writer_;
  Version version_;
};

}  // namespace

void serialize(Bytes& out, const Packet& packet, Version version) {
  Bytes octets;
  const std::uint8_t header = std::visit(Body(octets, version), packet);
  Writer(out).u8(header).variable_integer(octets.size()).bytes(octets);
}

}  // namespace muster::codec::mqtt
