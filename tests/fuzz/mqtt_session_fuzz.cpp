// The first octet says in what pieces the others reach the session, and how the handler answers. However they are cut,
// the answers are the same, they are packets that a client can read, and what is held stays within the limits.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <utility>

#include "net/mqtt_session.hpp"

namespace {

using muster::base::Bytes;
using muster::base::ByteView;
using muster::net::MqttSession;
namespace mqtt = muster::codec::mqtt;

constexpr muster::net::MqttLimits limits{.packet_size_max = 1024, .subscriptions_max = 4, .unacknowledged_max = 4};

class Server {
 public:
  explicit Server(std::uint8_t mood) : mood_(mood) {}

  /// False when the session has ended.
  bool take(ByteView octets) {
    session_.feed(octets);
    for (;;) {
      auto event = session_.next();
      if (std::holds_alternative<MqttSession::NeedMore>(event)) return true;
      if (std::holds_alternative<MqttSession::Ended>(event)) return false;
      if (const auto* connect = std::get_if<mqtt::Connect>(&event)) {
        if (connect->client_id == "no") {
          session_.refuse({mqtt::ReasonCode::not_authorized, "no"});
        } else {
          session_.accept();
        }
      } else if (const auto* subscribe = std::get_if<mqtt::Subscribe>(&event)) {
        const auto verdict = (mood_ & 1U) != 0 ? mqtt::ReasonCode::not_authorized : mqtt::ReasonCode::success;
        session_.answer(*subscribe, std::vector(subscribe->subscriptions.size(), verdict));
      } else {
        const auto& publish = std::get<mqtt::Publish>(event);
        session_.acknowledge(publish, mqtt::ReasonCode::success);
        mqtt::Publish answer;
        answer.topic = publish.topic;
        answer.payload = publish.payload;
        session_.send(std::move(answer));
      }
    }
  }

  Bytes answers() { return std::exchange(session_.output(), {}); }
  mqtt::Version version() const { return session_.version(); }

 private:
  MqttSession session_{limits};
  std::uint8_t mood_;
};

void check_answers(const Bytes& answers, mqtt::Version version) {
  mqtt::Framer framer(1 << 20);
  framer.feed(answers);
  for (;;) {
    const auto next = framer.next();
    if (std::holds_alternative<mqtt::NeedMore>(next)) break;
    if (!std::holds_alternative<mqtt::Frame>(next)) std::abort();
    if (!std::holds_alternative<mqtt::Packet>(mqtt::parse(std::get<mqtt::Frame>(next), version))) std::abort();
  }
  if (framer.in_packet()) std::abort();
}

Bytes answers_to(ByteView octets, std::size_t piece, std::uint8_t mood) {
  Server server(mood);
  while (!octets.empty()) {
    const auto size = std::min(piece, octets.size());
    if (!server.take(octets.first(size))) break;
    octets = octets.subspan(size);
  }
  Bytes answers = server.answers();
  check_answers(answers, server.version());
  return answers;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const ByteView octets(data + 1, size - 1);
  if (answers_to(octets, data[0] / 2 + 1U, data[0]) != answers_to(octets, octets.size() + 1, data[0])) std::abort();
  return 0;
}
