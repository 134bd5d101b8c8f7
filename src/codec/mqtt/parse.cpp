#include "codec/mqtt/packet.hpp"
#include "codec/mqtt/packet_type.hpp"
#include "codec/mqtt/text.hpp"

namespace muster::codec::mqtt {
namespace {

constexpr std::uint8_t level_3_1_1 = 4;
constexpr std::uint8_t level_5 = 5;

Properties properties_of(Reader& reader, Version version, PropertyPlace place) {
  return version == Version::v5 ? read_properties(reader, place) : Properties{};
}

/// Reason code and properties at the end of an acknowledgement of MQTT 5, where either may be left out (3.4.2.1).
void read_outcome(Reader& reader, Version version, PropertyPlace place, ReasonCode& code, Properties& properties) {
  if (version != Version::v5 || reader.at_end()) return;
  code = static_cast<ReasonCode>(reader.u8());
  if (!reader.at_end()) properties = read_properties(reader, place);
}

std::uint16_t read_packet_id(Reader& reader) {
  const std::uint16_t id = reader.u16();
  if (id == 0) reader.fail(ReasonCode::protocol_error, "a packet identifier is 0");
  return id;
}

std::string read_topic(Reader& reader) {
  std::string topic(reader.text());
  if (!reader.failed() && !is_topic_name(topic))
    reader.fail(ReasonCode::topic_name_invalid, "a topic is empty or has a wildcard");
  return topic;
}

std::string read_filter(Reader& reader) {
  std::string filter(reader.text());
  if (!reader.failed() && !is_topic_filter(filter))
    reader.fail(ReasonCode::topic_filter_invalid, "a topic filter is empty or has a wildcard where none can be");
  return filter;
}

/// Name and level: "MQTT" with 4 or 5; "MQIsdp" with 3 is what came before.
Version read_version(Reader& reader) {
  const std::string_view name = reader.text();
  const std::uint8_t level = reader.u8();
  if (reader.failed()) return Version::v3_1_1;
  if (name != "MQTT" && name != "MQIsdp") reader.fail(ReasonCode::malformed_packet, "the protocol is not MQTT");
  if (name != "MQTT" || (level != level_3_1_1 && level != level_5))
    reader.fail(ReasonCode::unsupported_protocol_version, "the version is neither 3.1.1 nor 5");
  return static_cast<Version>(level);
}

Will read_will(Reader& reader, std::uint8_t flags, Version version) {
  Will will;
  will.qos = flags >> will_qos_shift & qos_mask;
  will.retain = (flags & will_retain) != 0;
  if (will.qos > 2) reader.fail(ReasonCode::malformed_packet, "the QoS of a will is 3");
  will.properties = properties_of(reader, version, in_will);
  will.topic = read_topic(reader);
  will.payload = base::to_bytes(reader.binary());
  return will;
}

Connect read_connect(Reader& reader) {
  Connect connect;
  connect.version = read_version(reader);
  const std::uint8_t flags = reader.u8();
  const bool has_will = (flags & will_flag) != 0;
  if ((flags & reserved_flag) != 0) reader.fail(ReasonCode::malformed_packet, "a reserved flag of CONNECT is set");
  if (!has_will && (flags & (will_retain | qos_mask << will_qos_shift)) != 0)
    reader.fail(ReasonCode::malformed_packet, "CONNECT has no will, but flags of one");
  if (connect.version == Version::v3_1_1 && (flags & password_flag) != 0 && (flags & user_name_flag) == 0)
    reader.fail(ReasonCode::malformed_packet, "CONNECT has a password without a user name");

  connect.clean_session = (flags & clean_session_flag) != 0;
  connect.keep_alive_seconds = reader.u16();
  connect.properties = properties_of(reader, connect.version, in_connect);
  connect.client_id = reader.text();
  if (has_will) connect.will = read_will(reader, flags, connect.version);
  if ((flags & user_name_flag) != 0) connect.user_name = reader.text();
  if ((flags & password_flag) != 0) connect.password = base::Secret(base::to_bytes(reader.binary()));
  return connect;
}

Connack read_connack(Reader& reader, Version version) {
  Connack connack;
  const std::uint8_t flags = reader.u8();
  if (flags > 1) reader.fail(ReasonCode::malformed_packet, "a reserved flag of CONNACK is set");
  connack.session_present = flags == 1;
  const std::uint8_t code = reader.u8();
  connack.code = version == Version::v5 ? static_cast<ReasonCode>(code) : reason_of_return_code(code);
  connack.properties = properties_of(reader, version, in_connack);
  return connack;
}

Publish read_publish(Reader& reader, std::uint8_t flags, Version version) {
  Publish publish;
  publish.retain = (flags & retain_flag) != 0;
  publish.duplicate = (flags & duplicate_flag) != 0;
  publish.qos = flags >> qos_shift & qos_mask;
  if (publish.qos > 2) reader.fail(ReasonCode::malformed_packet, "the QoS of a PUBLISH is 3");
  if (publish.qos == 0 && publish.duplicate)
    reader.fail(ReasonCode::malformed_packet, "a PUBLISH of QoS 0 says that it is a duplicate");
  publish.topic = reader.text();
  if (publish.qos > 0) publish.packet_id = read_packet_id(reader);
  publish.properties = properties_of(reader, version, in_publish);
  // With a topic alias the topic may be empty (5.0 section 3.3.2.1).
  const bool by_alias = publish.topic.empty() && publish.properties.has(PropertyId::topic_alias);
  if (!reader.failed() && !by_alias && !is_topic_name(publish.topic))
    reader.fail(ReasonCode::topic_name_invalid, "a topic is empty or has a wildcard");
  publish.payload = base::text_view(reader.bytes(reader.rest().size()));
  return publish;
}

Puback read_puback(Reader& reader, Version version) {
  Puback puback;
  puback.packet_id = read_packet_id(reader);
  read_outcome(reader, version, in_puback, puback.code, puback.properties);
  return puback;
}

Subscribe read_subscribe(Reader& reader, Version version) {
  Subscribe subscribe;
  subscribe.packet_id = read_packet_id(reader);
  subscribe.properties = properties_of(reader, version, in_subscribe);
  const std::uint8_t reserved = version == Version::v5 ? subscription_reserved_5 : subscription_reserved_3_1_1;
  do {
    Subscription subscription;
    subscription.filter = read_filter(reader);
    const std::uint8_t options = reader.u8();
    subscription.qos = options & qos_mask;
    if (subscription.qos > 2 || (options & reserved) != 0 || (options & retain_handling_mask) == retain_handling_mask)
      reader.fail(ReasonCode::malformed_packet, "the options of a subscription are not known");
    if (subscribe.subscriptions.size() == filters_max)
      reader.fail(ReasonCode::quota_exceeded, "a SUBSCRIBE has more than 64 topic filters");
    subscribe.subscriptions.push_back(std::move(subscription));
  } while (!reader.at_end());
  return subscribe;
}

Suback read_suback(Reader& reader, Version version) {
  Suback suback;
  suback.packet_id = read_packet_id(reader);
  suback.properties = properties_of(reader, version, in_suback);
  const ByteView codes = reader.bytes(reader.rest().size());
  suback.codes.assign(codes.begin(), codes.end());
  if (codes.empty()) reader.fail(ReasonCode::protocol_error, "a SUBACK has no return code");
  return suback;
}

Unsubscribe read_unsubscribe(Reader& reader, Version version) {
  Unsubscribe unsubscribe;
  unsubscribe.packet_id = read_packet_id(reader);
  unsubscribe.properties = properties_of(reader, version, in_unsubscribe);
  do {
    if (unsubscribe.filters.size() == filters_max)
      reader.fail(ReasonCode::quota_exceeded, "an UNSUBSCRIBE has more than 64 topic filters");
    unsubscribe.filters.push_back(read_filter(reader));
  } while (!reader.at_end());
  return unsubscribe;
}

Unsuback read_unsuback(Reader& reader, Version version) {
  Unsuback unsuback;
  unsuback.packet_id = read_packet_id(reader);
  unsuback.properties = properties_of(reader, version, in_unsuback);
  if (version == Version::v5)
    for (const std::uint8_t code : reader.bytes(reader.rest().size()))
      unsuback.codes.push_back(static_cast<ReasonCode>(code));
  return unsuback;
}

Disconnect read_disconnect(Reader& reader, Version version) {
  Disconnect disconnect;
  read_outcome(reader, version, in_disconnect, disconnect.code, disconnect.properties);
  return disconnect;
}

/// Tables 2.1 and 2.2: which flags a type must have. PUBLISH uses them itself.
bool are_flags_good(PacketType type, std::uint8_t flags) {
  switch (type) {
    case PacketType::publish:
      return true;
    case PacketType::pubrel:
    case PacketType::subscribe:
    case PacketType::unsubscribe:
      return flags == fixed_flags_of_requests;
    default:
      return flags == 0;
  }
}

Packet read(Reader& reader, PacketType type, std::uint8_t flags, Version version) {
  switch (type) {
    case PacketType::connect:
      return read_connect(reader);
    case PacketType::connack:
      return read_connack(reader, version);
    case PacketType::publish:
      return read_publish(reader, flags, version);
    case PacketType::puback:
      return read_puback(reader, version);
    case PacketType::subscribe:
      return read_subscribe(reader, version);
    case PacketType::suback:
      return read_suback(reader, version);
    case PacketType::unsubscribe:
      return read_unsubscribe(reader, version);
    case PacketType::unsuback:
      return read_unsuback(reader, version);
    case PacketType::pingreq:
      return Pingreq{};
    case PacketType::pingresp:
      return Pingresp{};
    case PacketType::disconnect:
      return read_disconnect(reader, version);
    case PacketType::pubrec:
    case PacketType::pubrel:
    case PacketType::pubcomp:
      reader.fail(ReasonCode::qos_not_supported, "a packet belongs to QoS 2, which is not offered");
      break;
    case PacketType::auth:
      reader.fail(version == Version::v5 ? ReasonCode::bad_authentication_method : ReasonCode::malformed_packet,
                  "AUTH is not offered");
      break;
    default:
      reader.fail(ReasonCode::malformed_packet, "a packet's type is 0");
      break;
  }
  return Pingreq{};
}

}  // namespace

std::variant<Packet, Violation> parse(const Frame& frame, Version version) {
  const auto type = static_cast<PacketType>(frame.header >> type_shift);
  const std::uint8_t flags = frame.header & flags_mask;
  if (!are_flags_good(type, flags))
    return Violation{ReasonCode::malformed_packet, "a fixed header has flags that its type does not"};
  Reader reader(frame.body);
  Packet packet = read(reader, type, flags, version);
  reader.finish();
  if (reader.failed()) return *reader.violation();
  return packet;
}

}  // namespace muster::codec::mqtt
