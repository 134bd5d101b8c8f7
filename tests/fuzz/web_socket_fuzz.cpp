// WebSocket frames as a client sends them, in two pieces: the first octet says where they are cut. What comes out is
// never more than what went in, and not another when the cut is.
#include <algorithm>
#include <cstdlib>
#include <span>

#include "net/web_socket_frames.hpp"

namespace {

using muster::base::Bytes;

struct Heard {
  Bytes payload;
  bool ended;
};

Heard hear(Bytes sent, std::size_t cut) {
  muster::net::WebSocketDecoder decoder(1024);
  Heard heard;
  const auto all = std::span(sent);
  for (const auto part : {all.first(cut), all.subspan(cut)}) {
    const std::size_t size = decoder.decode(part);
    if (size > part.size()) std::abort();
    heard.payload.insert(heard.payload.end(), part.begin(), part.begin() + static_cast<std::ptrdiff_t>(size));
    const auto ping = decoder.take_ping();
    if (ping && ping->size() > 125) std::abort();
    if (ping) muster::net::web_socket_pong(*ping);
  }
  heard.ended = decoder.end().has_value();
  if (heard.ended) muster::net::web_socket_close(decoder.end()->code, decoder.end()->violation);
  return heard;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const Bytes sent(data + 1, data + size);
  const auto cut_heard = hear(sent, std::min<std::size_t>(data[0], sent.size()));
  const auto whole_heard = hear(sent, sent.size());
  if (cut_heard.payload != whole_heard.payload || cut_heard.ended != whole_heard.ended) std::abort();
  return 0;
}
