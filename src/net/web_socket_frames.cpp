#include "net/web_socket_frames.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace muster::net {
namespace {

// Section 5.2.
constexpr std::uint8_t opcode_continuation = 0x0;
constexpr std::uint8_t opcode_text = 0x1;
constexpr std::uint8_t opcode_binary = 0x2;
constexpr std::uint8_t opcode_close = 0x8;
constexpr std::uint8_t opcode_ping = 0x9;
constexpr std::uint8_t opcode_pong = 0xa;
constexpr std::uint8_t final_bit = 0x80;
constexpr std::uint8_t reserved_bits = 0x70;
constexpr std::uint8_t opcode_bits = 0x0f;
constexpr std::uint8_t control_bit = 0x08;
constexpr std::uint8_t mask_bit = 0x80;
constexpr std::uint8_t length_bits = 0x7f;
constexpr std::uint8_t length_in_2_octets = 126;
constexpr std::uint8_t length_in_8_octets = 127;

constexpr std::size_t mask_size = 4;
// Section 5.5.
constexpr std::size_t control_size_max = 125;

/// Section 7.4: what may stand in a Close frame.
bool is_close_code(unsigned code) {
  const bool is_defined = code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006;
  const bool is_registered_or_private = code >= 3000 && code <= 4999;
  return is_defined || is_registered_or_private;
}

base::Bytes frame(std::uint8_t opcode, base::ByteView payload) {
  base::Bytes octets;
  octets.reserve(10 + payload.size());
  octets.push_back(final_bit | opcode);
  std::size_t length_size = 0;
  if (payload.size() < length_in_2_octets) {
    octets.push_back(static_cast<std::uint8_t>(payload.size()));
  } else if (payload.size() <= 0xffff) {
    octets.push_back(length_in_2_octets);
    length_size = 2;
  } else {
    octets.push_back(length_in_8_octets);
    length_size = 8;
  }
  for (; length_size > 0; --length_size)
    octets.push_back(static_cast<std::uint8_t>(std::uint64_t{payload.size()} >> (8 * (length_size - 1))));
  octets.insert(octets.end(), payload.begin(), payload.end());
  return octets;
}

}  // namespace

std::uint8_t WebSocketDecoder::opcode() const { return header_[0] & opcode_bits; }
bool WebSocketDecoder::is_final() const { return (header_[0] & final_bit) != 0; }
bool WebSocketDecoder::is_control() const { return (header_[0] & control_bit) != 0; }

std::size_t WebSocketDecoder::length_size() const {
  const std::uint8_t length = header_[1] & length_bits;
  if (length == length_in_8_octets) return 8;
  return length == length_in_2_octets ? 2 : 0;
}

bool WebSocketDecoder::header_is_whole() const {
  return header_size_ >= 2 && header_size_ == 2 + length_size() + mask_size;
}

std::size_t WebSocketDecoder::decode(std::span<std::uint8_t> octets) {
  std::size_t decoded = 0;
  std::size_t at = 0;
  while (at < octets.size() && !end_) {
    if (in_payload_) {
      const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, octets.size() - at));
      const auto payload = octets.subspan(at, size);
      unmask(payload);
      if (is_control()) {
        control_.insert(control_.end(), payload.begin(), payload.end());
      } else {
        std::memmove(octets.data() + decoded, payload.data(), size);
        decoded += size;
      }
      at += size;
      remaining_ -= size;
    } else {
      header_[header_size_++] = octets[at++];
      // What is wrong with a frame's first octet is said before its length is waited for.
      if (header_size_ == 1) check_opcode();
      if (!end_ && header_is_whole()) begin_frame();
    }
    if (!end_ && in_payload_ && remaining_ == 0) finish_frame();
  }
  return decoded;
}

void WebSocketDecoder::check_opcode() {
  if ((header_[0] & reserved_bits) != 0)
    return refuse(WebSocketCloseCode::protocol_error, "a reserved bit is set, though no extension was agreed on");
  if (is_control() && !is_final()) return refuse(WebSocketCloseCode::protocol_error, "a control frame is fragmented");
  switch (opcode()) {
    case opcode_close:
    case opcode_ping:
    case opcode_pong:
      return;
    case opcode_continuation:
      if (!in_message_) return refuse(WebSocketCloseCode::protocol_error, "a message is continued that was not begun");
      return;
    case opcode_binary:
      if (in_message_) return refuse(WebSocketCloseCode::protocol_error, "a message begins before the last one ended");
      return;
    case opcode_text:
      return refuse(WebSocketCloseCode::unsupported_data, "messages must be binary");
    default:
      return refuse(WebSocketCloseCode::protocol_error, "the opcode is not known");
  }
}

std::uint64_t WebSocketDecoder::read_length() {
  std::uint64_t length = header_[1] & length_bits;
  const std::size_t size = length_size();
  if (size == 0) return length;
  length = 0;
  for (std::size_t i = 0; i < size; ++i) length = (length << 8) | header_[2 + i];
  // Section 5.2: the shortest form, and the highest bit is 0.
  const bool is_shortest = size == 2 ? length >= length_in_2_octets : length > 0xffff;
  if (!is_shortest || (length >> 63) != 0)
    refuse(WebSocketCloseCode::protocol_error, "a frame's length is not in its shortest form");
  return length;
}

void WebSocketDecoder::begin_frame() {
  if ((header_[1] & mask_bit) == 0) return refuse(WebSocketCloseCode::protocol_error, "a frame is not masked");
  remaining_ = read_length();
  if (end_) return;
  if (is_control()) {
    if (remaining_ > control_size_max)
      return refuse(WebSocketCloseCode::protocol_error, "a control frame is larger than 125 octets");
  } else {
    if (!in_message_) message_size_ = 0;
    in_message_ = true;
    if (remaining_ > message_size_max_ - message_size_)
      return refuse(WebSocketCloseCode::message_too_big, "the message is too large");
    message_size_ += remaining_;
  }
  std::copy_n(header_.begin() + static_cast<std::ptrdiff_t>(2 + length_size()), mask_size, mask_.begin());
  mask_at_ = 0;
  in_payload_ = true;
}

void WebSocketDecoder::unmask(std::span<std::uint8_t> payload) {
  for (auto& octet : payload) {
    octet ^= mask_[mask_at_];
    mask_at_ = (mask_at_ + 1) % mask_size;
  }
}

void WebSocketDecoder::finish_frame() {
  if (opcode() == opcode_close) finish_close();
  if (opcode() == opcode_ping) ping_ = std::move(control_);
  if (!is_control() && is_final()) in_message_ = false;
  control_ = {};
  in_payload_ = false;
  header_size_ = 0;
}

void WebSocketDecoder::finish_close() {
  if (control_.empty()) {
    end_ = WebSocketEnd{};
    return;
  }
  const unsigned code = control_.size() < 2 ? 0 : static_cast<unsigned>(control_[0] << 8 | control_[1]);
  if (!is_close_code(code)) return refuse(WebSocketCloseCode::protocol_error, "the Close frame's code is not valid");
  end_ = WebSocketEnd{.code = static_cast<std::uint16_t>(code), .violation = {}};
}

void WebSocketDecoder::refuse(WebSocketCloseCode code, std::string_view violation) {
  end_ = WebSocketEnd{.code = static_cast<std::uint16_t>(code), .violation = violation};
}

std::optional<base::Bytes> WebSocketDecoder::take_ping() { return std::exchange(ping_, std::nullopt); }

base::Bytes web_socket_message(base::ByteView payload) { return frame(opcode_binary, payload); }

base::Bytes web_socket_pong(base::ByteView payload) { return frame(opcode_pong, payload); }

base::Bytes web_socket_close(std::optional<std::uint16_t> code, std::string_view reason) {
  base::Bytes payload;
  if (code) {
    payload.push_back(static_cast<std::uint8_t>(*code >> 8));
    payload.push_back(static_cast<std::uint8_t>(*code & 0xff));
    const auto text = base::view(reason.substr(0, control_size_max - payload.size()));
    payload.insert(payload.end(), text.begin(), text.end());
  }
  return frame(opcode_close, payload);
}

}  // namespace muster::net
