// One MQTT session on the server's side: what may come when, and what is answered. No socket, no clock, no coroutine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "codec/mqtt/packet.hpp"

namespace muster::net {

struct MqttLimits {
  /// A body of 64 KiB, its topic and its header.
  std::uint32_t packet_size_max = 68 * 1024;
  std::uint32_t subscriptions_max = 8;
  /// Messages of QoS 1 that the client has not acknowledged; one more ends the session.
  std::uint32_t unacknowledged_max = 16;
};

/// Takes the client's octets and gives what is to be decided; takes the decisions and gives octets for the client.
/// Pings, acknowledgements, UNSUBSCRIBE and whatever is out of order are answered here. Nothing is kept of a message
/// that was sent: sessions end with their connection, so nothing is ever sent twice.
///
/// `next` is called until it says NeedMore; an event that asks for an answer gets it before the next call.
class MqttSession {
 public:
  struct NeedMore {};
  /// Send what is in `output` and close; see `violation`.
  struct Ended {};
  /// Connect wants `accept` or `refuse`, Subscribe wants `answer`, Publish wants `acknowledge`, then any number of
  /// `send`.
  using Event = std::variant<NeedMore, Ended, codec::mqtt::Connect, codec::mqtt::Subscribe, codec::mqtt::Publish>;

  explicit MqttSession(MqttLimits limits) : framer_(limits.packet_size_max), limits_(limits) {}

  void feed(base::ByteView octets) { framer_.feed(octets); }
  Event next();

  void accept();
  void refuse(codec::mqtt::Violation refusal);
  /// One verdict for each subscription, success or the reason of a refusal. At most QoS 1 is granted.
  void answer(const codec::mqtt::Subscribe& request, const std::vector<codec::mqtt::ReasonCode>& verdicts);
  void acknowledge(const codec::mqtt::Publish& request, codec::mqtt::ReasonCode code);
  /// Sends a message with the QoS that its subscription was granted. False, and nothing is sent, where the client has
  /// no subscription that takes it in or does not take packets of this size.
  bool send(codec::mqtt::Publish message);
  /// Ends the session from this side, with MQTT 5 with a DISCONNECT.
  void end(codec::mqtt::Violation reason);

  /// Octets for the client, in order; whoever sends them empties it.
  base::Bytes& output() { return output_; }
  /// Why the session ended; nothing where the client said goodbye, or as long as it goes on.
  const std::optional<codec::mqtt::Violation>& violation() const { return violation_; }

  bool connected() const { return state_ == State::connected; }
  bool ended() const { return state_ == State::ended; }
  /// The version that the client speaks; 3.1.1 before CONNECT.
  codec::mqtt::Version version() const { return version_; }
  bool in_packet() const { return framer_.in_packet(); }
  /// How many packets came whole so far.
  std::uint64_t packets() const { return packets_; }
  /// What CONNECT said; 0 means no limit.
  std::uint16_t keep_alive_seconds() const { return keep_alive_seconds_; }

 private:
  enum class State : std::uint8_t { awaiting_connect, connected, ended };
  struct Subscribed {
    std::string filter;
    std::uint8_t qos = 0;
  };

  void take(const codec::mqtt::Connect& connect);
  /// What ends a session that this PUBLISH came on; nothing where it may be handled.
  std::optional<codec::mqtt::Violation> fault_of(const codec::mqtt::Publish& publish) const;
  void handle(const codec::mqtt::Unsubscribe& unsubscribe);
  codec::mqtt::ReasonCode subscribe(const codec::mqtt::Subscription& wanted, codec::mqtt::ReasonCode verdict);
  const Subscribed* subscription_of(std::string_view topic) const;
  std::uint16_t next_packet_id();
  void write(const codec::mqtt::Packet& packet) { codec::mqtt::serialize(output_, packet, version_); }
  bool speaks_5() const { return version_ == codec::mqtt::Version::v5; }

  codec::mqtt::Framer framer_;
  base::Bytes output_;
  std::vector<Subscribed> subscriptions_;
  std::vector<std::uint16_t> unacknowledged_;
  std::optional<codec::mqtt::Violation> violation_;
  MqttLimits limits_;
  std::uint32_t client_packet_size_max_ = codec::mqtt::variable_integer_max;
  std::uint64_t packets_ = 0;
  std::uint16_t keep_alive_seconds_ = 0;
  std::uint16_t last_packet_id_ = 0;
  codec::mqtt::Version version_ = codec::mqtt::Version::v3_1_1;
  State state_ = State::awaiting_connect;
  bool expiry_was_asked_ = false;  // MQTT 5: the client wanted its session kept
};

}  // namespace muster::net
