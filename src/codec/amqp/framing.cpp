#include "codec/amqp/framing.hpp"

#include <algorithm>

#include "codec/amqp/value.hpp"

namespace muster::codec::amqp {

using base::Errc;
using base::Error;
using base::Result;
using base::Status;

namespace {

constexpr std::size_t frame_header_size = 8;
constexpr std::uint8_t transfer = 0x14;

/// Part 2, section 2.7, and Part 5, section 5.3.3.
bool is_performative(FrameType type, std::uint8_t descriptor) {
  return type == FrameType::amqp ? descriptor >= 0x10 && descriptor <= 0x18 : descriptor >= 0x40 && descriptor <= 0x44;
}

Status check_body(FrameType type, ByteView body) {
  const auto size = check_value(body);
  if (!size) return size.error();
  // Numbers below 256 have two encodings; no client writes the names.
  constexpr std::uint8_t wide[] = {0x00, 0x80, 0, 0, 0, 0, 0, 0, 0};
  std::size_t descriptor_at = 0;
  if (body.size() > 2 && body[0] == 0x00 && body[1] == 0x53) descriptor_at = 2;
  if (body.size() > sizeof wide && std::equal(std::begin(wide), std::end(wide), body.begin()))
    descriptor_at = sizeof wide;
  if (descriptor_at == 0 || !is_performative(type, body[descriptor_at]))
    return Error(Errc::malformed_request, "a frame that begins with no performative");
  const std::uint8_t constructor = body[descriptor_at + 1];
  if (constructor != 0x45 && constructor != 0xc0 && constructor != 0xd0)
    return Error(Errc::malformed_request, "a performative that is no list");
  if (*size != body.size() && !(type == FrameType::amqp && body[descriptor_at] == transfer))
    return Error(Errc::malformed_request, "octets behind a performative");
  return base::Done{};
}

}  // namespace

void Framer::feed(ByteView octets) {
  buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(used_));
  used_ = 0;
  buffer_.insert(buffer_.end(), octets.begin(), octets.end());
}

Result<std::optional<ProtocolHeader>> Framer::next_header() {
  const ByteView rest = ByteView(buffer_).subspan(used_);
  const std::size_t seen = std::min<std::size_t>(rest.size(), 4);
  if (!std::equal(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(seen), amqp_header.begin()))
    return Error(Errc::malformed_request, "no AMQP protocol header");
  if (rest.size() < header_size) return std::optional<ProtocolHeader>();
  ProtocolHeader header{};
  std::copy_n(rest.begin(), header_size, header.begin());
  used_ += header_size;
  return std::optional<ProtocolHeader>(header);
}

Result<std::optional<Frame>> Framer::next_frame(FrameType type, std::size_t size_max) {
  const ByteView rest = ByteView(buffer_).subspan(used_);
  if (rest.size() < frame_header_size) return std::optional<Frame>();
  const std::size_t size = static_cast<std::size_t>(rest[0]) << 24U | static_cast<std::size_t>(rest[1]) << 16U |
                           static_cast<std::size_t>(rest[2]) << 8U | rest[3];
  const std::size_t body_at = static_cast<std::size_t>(rest[4]) * 4;
  if (size > size_max)
    return Error(Errc::body_too_large, "a frame of " + std::to_string(size) + " octets, where at most " +
                                           std::to_string(size_max) + " are allowed");
  if (size < frame_header_size || body_at < frame_header_size || body_at > size)
    return Error(Errc::malformed_request, "a frame smaller than its header");
  if (rest[5] != static_cast<std::uint8_t>(type)) return Error(Errc::malformed_request, "a frame of another layer");
  if (rest.size() < size) return std::optional<Frame>();
  Frame frame;
  frame.channel = static_cast<std::uint16_t>(rest[6] << 8U | rest[7]);
  frame.whole = rest.first(size);
  frame.body = frame.whole.subspan(body_at);
  if (frame.body.empty() && type == FrameType::sasl) return Error(Errc::malformed_request, "an empty SASL frame");
  if (!frame.body.empty())
    if (auto checked = check_body(type, frame.body); !checked) return checked.error();
  used_ += size;
  return std::optional<Frame>(frame);
}

Bytes make_frame(FrameType type, ByteView performative) {
  const std::size_t size = frame_header_size + performative.size();
  Bytes frame;
  frame.reserve(size);
  for (const unsigned shift : {24U, 16U, 8U, 0U}) frame.push_back(static_cast<std::uint8_t>(size >> shift));
  frame.insert(frame.end(), {2, static_cast<std::uint8_t>(type), 0, 0});
  frame.insert(frame.end(), performative.begin(), performative.end());
  return frame;
}

}  // namespace muster::codec::amqp
