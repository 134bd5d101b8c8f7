// The framing of AMQP 1.0 (Part 2, Transport, sections 2.2 and 2.3).
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/bytes.hpp"
#include "base/error.hpp"

namespace muster::codec::amqp {

using base::Bytes;
using base::ByteView;

inline constexpr std::size_t header_size = 8;
using ProtocolHeader = std::array<std::uint8_t, header_size>;
/// AMQP 1.0 itself, and its SASL layer (Part 5, section 5.3.1).
inline constexpr ProtocolHeader amqp_header{'A', 'M', 'Q', 'P', 0, 1, 0, 0};
inline constexpr ProtocolHeader sasl_header{'A', 'M', 'Q', 'P', 3, 1, 0, 0};

enum class FrameType : std::uint8_t { amqp = 0, sasl = 1 };

/// One frame, as octets that belong to the framer.
struct Frame {
  std::uint16_t channel = 0;
  ByteView whole;
  ByteView body;  ///< empty in a frame that only keeps the connection alive
};

/// The limits that Part 5, section 5.3.1 sets for SASL, before any is negotiated.
inline constexpr std::size_t sasl_frame_size_max = 512;

/// Cuts what a peer sends into protocol headers and frames. A frame that announces more than it may have is refused
/// before any of it is awaited, and each that comes out holds one whole performative (check_value) of a kind that its
/// layer has, followed by a payload only where it may have one.
class Framer {
 public:
  void feed(ByteView octets);

  /// The next header; nothing where more octets are needed. Errc::malformed_request as soon as they are not "AMQP".
  base::Result<std::optional<ProtocolHeader>> next_header();
  /// The next frame; nothing where more octets are needed. Valid until the next call of anything.
  /// Errc::malformed_request, or Errc::body_too_large where it is larger than `size_max`.
  base::Result<std::optional<Frame>> next_frame(FrameType type, std::size_t size_max);

  /// Octets that were fed and did not come out yet.
  std::size_t waiting() const { return buffer_.size() - used_; }

 private:
  Bytes buffer_;
  std::size_t used_ = 0;
};

/// A frame on channel 0 around a performative.
Bytes make_frame(FrameType type, ByteView performative);

}  // namespace muster::codec::amqp
