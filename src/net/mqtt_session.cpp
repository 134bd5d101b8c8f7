#include "net/mqtt_session.hpp"

#include <algorithm>
#include <utility>

#include "codec/mqtt/text.hpp"

namespace muster::net {

namespace mqtt = codec::mqtt;
using mqtt::PropertyId;
using mqtt::ReasonCode;
using mqtt::Violation;

namespace {

constexpr std::uint8_t qos_max = 1;
constexpr std::string_view shared_prefix = "$share/";

/// What a CONNECT asks for that is not offered.
std::optional<Violation> not_offered(const mqtt::Connect& connect) {
  if (connect.properties.has(PropertyId::authentication_method))
    return Violation{ReasonCode::bad_authentication_method, "enhanced authentication is not offered"};
  if (!connect.will || connect.version != mqtt::Version::v5) return std::nullopt;
  if (connect.will->qos > qos_max) return Violation{ReasonCode::qos_not_supported, "the will has QoS 2"};
  if (connect.will->retain) return Violation{ReasonCode::retain_not_supported, "the will is to be retained"};
  return std::nullopt;
}

}  // namespace

MqttSession::Event MqttSession::next() {
  while (!ended()) {
    const auto cut = framer_.next();
    if (std::holds_alternative<mqtt::NeedMore>(cut)) return NeedMore{};
    if (const auto* violation = std::get_if<Violation>(&cut)) {
      end(*violation);
      break;
    }
    ++packets_;
    auto parsed = mqtt::parse(std::get<mqtt::Frame>(cut), version_);
    if (const auto* violation = std::get_if<Violation>(&parsed)) {
      // Whatever such a client speaks, it may understand 3.1.1's answer.
      const bool answered = !connected() && violation->code == ReasonCode::unsupported_protocol_version;
      if (answered) refuse(*violation);
      end(*violation);
      break;
    }
    auto& packet = std::get<mqtt::Packet>(parsed);
    auto* connect = std::get_if<mqtt::Connect>(&packet);
    if (connected() == (connect != nullptr)) {
      end({ReasonCode::protocol_error, connected() ? "a second CONNECT" : "the first packet is not CONNECT"});
      break;
    }
    if (connect != nullptr) {
      take(*connect);
      if (const auto refusal = not_offered(*connect)) {
        refuse(*refusal);
        break;
      }
      return std::move(*connect);
    }
    if (auto* publish = std::get_if<mqtt::Publish>(&packet)) {
      if (const auto fault = fault_of(*publish)) {
        end(*fault);
        break;
      }
      return std::move(*publish);
    }
    if (auto* subscribe = std::get_if<mqtt::Subscribe>(&packet)) {
      if (!subscribe->properties.has(PropertyId::subscription_identifier)) return std::move(*subscribe);
      end({ReasonCode::subscription_identifiers_not_supported, "subscription identifiers are not offered"});
    } else if (const auto* unsubscribe = std::get_if<mqtt::Unsubscribe>(&packet)) {
      handle(*unsubscribe);
    } else if (const auto* puback = std::get_if<mqtt::Puback>(&packet)) {
      std::erase(unacknowledged_, puback->packet_id);
    } else if (std::holds_alternative<mqtt::Pingreq>(packet)) {
      write(mqtt::Pingresp{});
    } else if (std::holds_alternative<mqtt::Disconnect>(packet)) {
      state_ = State::ended;
    } else {
      end({ReasonCode::protocol_error, "a packet that only servers send"});
    }
  }
  return Ended{};
}

void MqttSession::take(const mqtt::Connect& connect) {
  version_ = connect.version;
  keep_alive_seconds_ = connect.keep_alive_seconds;
  const auto& properties = connect.properties;
  if (const auto size = properties.number(PropertyId::maximum_packet_size)) client_packet_size_max_ = *size;
  if (const auto count = properties.number(PropertyId::receive_maximum))
    limits_.unacknowledged_max = std::min(limits_.unacknowledged_max, *count);
  expiry_was_asked_ = properties.number(PropertyId::session_expiry_interval).value_or(0) > 0;
}

void MqttSession::accept() {
  state_ = State::connected;
  mqtt::Connack connack;
  if (speaks_5()) {
    if (expiry_was_asked_) connack.properties.add(PropertyId::session_expiry_interval, 0U);
    connack.properties.add(PropertyId::maximum_qos, qos_max);
    connack.properties.add(PropertyId::retain_available, 0U);
    connack.properties.add(PropertyId::maximum_packet_size, static_cast<std::uint32_t>(limits_.packet_size_max));
    connack.properties.add(PropertyId::subscription_identifier_available, 0U);
    connack.properties.add(PropertyId::shared_subscription_available, 0U);
  }
  write(connack);
}

void MqttSession::refuse(Violation refusal) {
  mqtt::Connack connack{.session_present = false, .code = refusal.code, .properties = {}};
  if (speaks_5()) connack.properties.add(PropertyId::reason_string, std::string_view(refusal.reason));
  write(connack);
  violation_ = refusal;
  state_ = State::ended;
}

void MqttSession::end(Violation reason) {
  if (ended()) return;
  if (connected() && speaks_5()) {
    mqtt::Disconnect disconnect{.code = reason.code, .properties = {}};
    disconnect.properties.add(PropertyId::reason_string, std::string_view(reason.reason));
    write(disconnect);
  }
  violation_ = reason;
  state_ = State::ended;
}

std::optional<Violation> MqttSession::fault_of(const mqtt::Publish& publish) const {
  if (publish.qos > qos_max) return Violation{ReasonCode::qos_not_supported, "QoS 2 is not offered"};
  if (publish.properties.has(PropertyId::topic_alias))
    return Violation{ReasonCode::topic_alias_invalid, "topic aliases are not offered"};
  // 3.1.1 has no way to say that nothing is retained; the flag is ignored there.
  if (publish.retain && speaks_5()) return Violation{ReasonCode::retain_not_supported, "nothing is retained"};
  return std::nullopt;
}

ReasonCode MqttSession::subscribe(const mqtt::Subscription& wanted, ReasonCode verdict) {
  if (verdict != ReasonCode::success) return verdict;
  if (speaks_5() && wanted.filter.starts_with(shared_prefix)) return ReasonCode::shared_subscriptions_not_supported;
  auto found = std::ranges::find(subscriptions_, wanted.filter, &Subscribed::filter);
  if (found == subscriptions_.end()) {
    if (subscriptions_.size() >= limits_.subscriptions_max) return ReasonCode::quota_exceeded;
    found = subscriptions_.insert(subscriptions_.end(), Subscribed{wanted.filter, 0});
  }
  found->qos = std::min(wanted.qos, qos_max);
  return static_cast<ReasonCode>(found->qos);
}

void MqttSession::answer(const mqtt::Subscribe& request, const std::vector<ReasonCode>& verdicts) {
  mqtt::Suback suback{.packet_id = request.packet_id, .codes = {}, .properties = {}};
  for (std::size_t i = 0; i < request.subscriptions.size(); ++i)
    suback.codes.push_back(static_cast<std::uint8_t>(subscribe(request.subscriptions[i], verdicts.at(i))));
  write(suback);
}

void MqttSession::handle(const mqtt::Unsubscribe& unsubscribe) {
  mqtt::Unsuback unsuback{.packet_id = unsubscribe.packet_id, .codes = {}, .properties = {}};
  for (const auto& filter : unsubscribe.filters) {
    const auto erased =
        std::erase_if(subscriptions_, [&filter](const Subscribed& one) { return one.filter == filter; });
    unsuback.codes.push_back(erased > 0 ? ReasonCode::success : ReasonCode::no_subscription_existed);
  }
  write(unsuback);
}

void MqttSession::acknowledge(const mqtt::Publish& request, ReasonCode code) {
  if (request.qos == 0 || ended()) return;
  write(mqtt::Puback{.packet_id = request.packet_id, .code = code, .properties = {}});
}

const MqttSession::Subscribed* MqttSession::subscription_of(std::string_view topic) const {
  const auto found = std::ranges::find_if(
      subscriptions_, [topic](const Subscribed& one) { return mqtt::topic_matches(one.filter, topic); });
  return found == subscriptions_.end() ? nullptr : &*found;
}

bool MqttSession::send(mqtt::Publish message) {
  const Subscribed* subscription = subscription_of(message.topic);
  if (subscription == nullptr || ended()) return false;
  message.qos = subscription->qos;
  if (message.qos > 0) {
    if (unacknowledged_.size() >= limits_.unacknowledged_max) {
      end({ReasonCode::quota_exceeded, "too many messages were not acknowledged"});
      return false;
    }
    message.packet_id = next_packet_id();
  }
  const std::size_t before = output_.size();
  const std::uint16_t packet_id = message.packet_id;
  write(mqtt::Packet(std::move(message)));
  if (output_.size() - before > client_packet_size_max_) {
    output_.resize(before);
    return false;
  }
  if (packet_id != 0) unacknowledged_.push_back(packet_id);
  return true;
}

std::uint16_t MqttSession::next_packet_id() {
  do {
    ++last_packet_id_;
  } while (last_packet_id_ == 0 || std::ranges::find(unacknowledged_, last_packet_id_) != unacknowledged_.end());
  return last_packet_id_;
}

}  // namespace muster::net
