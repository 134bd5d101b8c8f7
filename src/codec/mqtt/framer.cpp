#include "codec/mqtt/framer.hpp"

#include "codec/mqtt/wire.hpp"

namespace muster::codec::mqtt {
namespace {

constexpr std::size_t length_size_max = 4;

/// Whether a remaining length ends within these octets, or is longer than one can be.
bool is_length_complete(base::ByteView octets) {
  for (std::size_t i = 0; i < octets.size() && i < length_size_max; ++i)
    if ((octets[i] & 0x80U) == 0) return true;
  return octets.size() >= length_size_max;
}

}  // namespace

void Framer::feed(base::ByteView bytes) {
  if (used_ > 0) buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(used_));
  used_ = 0;
  buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
}

std::variant<NeedMore, Frame, Violation> Framer::next() {
  const base::ByteView received = base::ByteView(buffer_).subspan(used_);
  if (received.empty()) {
    // Assigning would keep the memory.
    base::Bytes().swap(buffer_);
    used_ = 0;
    return NeedMore{};
  }
  if (!is_length_complete(received.subspan(1))) return NeedMore{};
  Reader reader(received.subspan(1));
  const std::size_t length = reader.variable_integer();
  if (reader.failed()) return *reader.violation();
  const std::size_t header_size = received.size() - reader.rest().size();
  if (header_size + length > packet_size_max_)
    return Violation{ReasonCode::packet_too_large, "a packet is larger than the server takes"};
  if (reader.rest().size() < length) return NeedMore{};
  used_ += header_size + length;
  return Frame{received[0], reader.rest().first(length)};
}

}  // namespace muster::codec::mqtt
