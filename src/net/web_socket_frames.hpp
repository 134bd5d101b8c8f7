// WebSocket frames (RFC 6455 section 5), the server's side. No socket, no clock, no coroutines.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/bytes.hpp"

namespace muster::net {

/// RFC 6455 section 7.4.1, as far as a server says them.
enum class WebSocketCloseCode : std::uint16_t {
  normal = 1000,
  going_away = 1001,
  protocol_error = 1002,
  unsupported_data = 1003,
  message_too_big = 1009,
  internal_error = 1011,
};

/// How a client ended its side.
struct WebSocketEnd {
  /// What the server's Close frame is to say: the client's own code, none where it gave none, or what it did wrong.
  std::optional<std::uint16_t> code;
  /// Which rule was broken; empty where the client closed in good order.
  std::string_view violation;
};

/// Takes what a client's binary messages carry out of its frames. Where messages begin and end is lost: the protocols
/// inside have packets of their own, which may share a message or span several (MQTT 5.0 section 6). Stores nothing
/// but a frame's header and the payload of one control frame, at most 125 octets.
class WebSocketDecoder {
 public:
  /// A message may have `message_size_max` octets in all of its frames together; a frame that announces more is refused
  /// when its header is there.
  explicit WebSocketDecoder(std::size_t message_size_max) : message_size_max_(message_size_max) {}

  /// Decodes in place: the payload that the octets hold moves to their beginning, unmasked; returns its size. Nothing
  /// behind the end is looked at.
  std::size_t decode(std::span<std::uint8_t> octets);

  /// The payload of the last ping since this was called last, for the answer. One answer for several pings is enough
  /// (section 5.5.3).
  std::optional<base::Bytes> take_ping();
  /// Set when the client closed or broke a rule; nothing that comes later is looked at.
  const std::optional<WebSocketEnd>& end() const { return end_; }

 private:
  std::uint8_t opcode() const;
  bool is_final() const;
  bool is_control() const;
  std::size_t length_size() const;
  bool header_is_whole() const;
  void begin_frame();
  void check_opcode();
  std::uint64_t read_length();
  void unmask(std::span<std::uint8_t> payload);
  void finish_frame();
  void finish_close();
  void refuse(WebSocketCloseCode code, std::string_view violation);

  std::size_t message_size_max_;
  std::array<std::uint8_t, 14> header_{};
  std::size_t header_size_ = 0;
  bool in_payload_ = false;
  std::array<std::uint8_t, 4> mask_{};
  std::size_t mask_at_ = 0;
  std::uint64_t remaining_ = 0;
  bool in_message_ = false;
  std::uint64_t message_size_ = 0;
  base::Bytes control_;
  std::optional<base::Bytes> ping_;
  std::optional<WebSocketEnd> end_;
};

/// Frames of a server: final and not masked (section 5.1).
base::Bytes web_socket_message(base::ByteView payload);
/// `payload` has at most 125 octets.
base::Bytes web_socket_pong(base::ByteView payload);
/// `reason` is cut to the 123 octets that fit; without a code there is none.
base::Bytes web_socket_close(std::optional<std::uint16_t> code, std::string_view reason);

}  // namespace muster::net
