// Where one MQTT packet ends and the next begins.
#pragma once

#include <cstddef>
#include <cstdint>
#include <variant>

#include "base/bytes.hpp"
#include "codec/mqtt/reason.hpp"

namespace muster::codec::mqtt {

/// One whole packet, cut but not read: the first octet of its fixed header (type and flags), and everything behind the
/// remaining length.
struct Frame {
  std::uint8_t header = 0;
  base::ByteView body;
};

struct NeedMore {};

/// Cuts a byte stream into MQTT packets. Bytes in, packets out: no socket, no clock. A peer that announces more than
/// `packet_size_max` octets (fixed header included) is refused before any of them is stored; what a peer announces and
/// does not send takes no memory. Between packets nothing is held.
class Framer {
 public:
  explicit Framer(std::size_t packet_size_max) : packet_size_max_(packet_size_max) {}

  void feed(base::ByteView bytes);

  /// The next whole packet, a view that is valid until the next call of `feed` or `next`; NeedMore where octets are
  /// missing; a Violation where the peer must be cut off, which stays.
  std::variant<NeedMore, Frame, Violation> next();

  /// Whether octets of a packet have come that is not complete.
  bool in_packet() const { return used_ < buffer_.size(); }

 private:
  base::Bytes buffer_;
  std::size_t used_ = 0;  // octets at the front that were handed out
  std::size_t packet_size_max_;
};

}  // namespace muster::codec::mqtt
