// The first octet says which version is spoken and in what pieces the others reach the framer. However they are cut,
// the same packets come out, and a packet that is written and read again is the same.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "codec/mqtt/packet.hpp"

namespace {

using muster::base::Bytes;
using muster::base::ByteView;
namespace mqtt = muster::codec::mqtt;

constexpr std::size_t packet_size_max = 4096;

Bytes written(const mqtt::Packet& packet, mqtt::Version version) {
  Bytes octets;
  mqtt::serialize(octets, packet, version);
  return octets;
}

void check_round_trip(const mqtt::Packet& packet, mqtt::Version version) {
  const Bytes first = written(packet, version);
  mqtt::Framer framer(2 * packet_size_max);
  framer.feed(first);
  const auto frame = framer.next();
  if (!std::holds_alternative<mqtt::Frame>(frame)) std::abort();
  const auto again = mqtt::parse(std::get<mqtt::Frame>(frame), version);
  if (!std::holds_alternative<mqtt::Packet>(again)) std::abort();
  if (written(std::get<mqtt::Packet>(again), version) != first) std::abort();
}

/// Every packet in its written form, and at the end the reason of a refusal.
Bytes packets_in(ByteView octets, std::size_t piece, mqtt::Version version) {
  mqtt::Framer framer(packet_size_max);
  Bytes packets;
  while (!octets.empty()) {
    const auto size = std::min(piece, octets.size());
    framer.feed(octets.first(size));
    octets = octets.subspan(size);
    for (;;) {
      const auto next = framer.next();
      if (std::holds_alternative<mqtt::NeedMore>(next)) break;
      const auto* violation = std::get_if<mqtt::Violation>(&next);
      std::variant<mqtt::Packet, mqtt::Violation> packet;
      if (violation == nullptr) {
        packet = mqtt::parse(std::get<mqtt::Frame>(next), version);
        violation = std::get_if<mqtt::Violation>(&packet);
      }
      if (violation != nullptr) {
        packets.push_back(static_cast<std::uint8_t>(violation->code));
        return packets;
      }
      check_round_trip(std::get<mqtt::Packet>(packet), version);
      mqtt::serialize(packets, std::get<mqtt::Packet>(packet), version);
    }
  }
  return packets;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto version = (data[0] & 1) != 0 ? mqtt::Version::v5 : mqtt::Version::v3_1_1;
  const ByteView octets(data + 1, size - 1);
  if (packets_in(octets, data[0] / 2 + 1U, version) != packets_in(octets, octets.size(), version)) std::abort();
  return 0;
}
