#include "net/protocol_detector.hpp"

#include <array>

#include "net/prefixed_stream.hpp"

namespace muster::net {
namespace {

struct Name {
  Protocol protocol;
  std::string_view name;
};
constexpr Name names[] = {{Protocol::http, "http/1.1"}, {Protocol::mqtt, "mqtt"}, {Protocol::amqp, "amqp"}};

constexpr std::uint8_t mqtt_connect = 0x10;
constexpr std::string_view amqp_header = "AMQP";

std::string_view name_of(Protocol protocol) {
  for (const auto& known : names)
    if (known.protocol == protocol) return known.name;
  return {};
}

std::optional<Protocol> protocol_of(std::string_view name) {
  for (const auto& known : names)
    if (known.name == name) return known.protocol;
  return std::nullopt;
}

}  // namespace

std::vector<std::string> application_protocols() {
  std::vector<std::string> all;
  for (const auto& known : names) all.emplace_back(known.name);
  return all;
}

std::optional<Protocol> detect_protocol(base::ByteView first) {
  if (first.empty()) return std::nullopt;
  if (first[0] == mqtt_connect) return Protocol::mqtt;
  const auto beginning = base::text_view(first).substr(0, amqp_header.size());
  if (!amqp_header.starts_with(beginning)) return Protocol::http;
  if (beginning.size() < amqp_header.size()) return std::nullopt;
  return Protocol::amqp;
}

/// The protocol is missing where the connection ended before it was told.
struct ProtocolDetector::Detected {
  std::optional<Protocol> protocol;
  base::Bytes first;
};

ProtocolDetector::ProtocolDetector(ProtocolHandlers handlers, std::chrono::milliseconds first_octets_time, Log& log)
    : handlers_(std::move(handlers)), first_octets_time_(first_octets_time), log_(log) {}

base::Task<ProtocolDetector::Detected> ProtocolDetector::detect(ByteStream& stream, std::chrono::milliseconds time) {
  Detected detected;
  std::array<std::uint8_t, amqp_header.size()> buffer{};
  stream.expires_after(time);
  stream.set_idle(true);
  while (!detected.protocol) {
    const auto room = std::span(buffer).first(buffer.size() - detected.first.size());
    const std::size_t size = co_await stream.read_some(room);
    if (size == 0) break;
    stream.set_idle(false);
    detected.first.insert(detected.first.end(), buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(size));
    detected.protocol = detect_protocol(detected.first);
  }
  co_return detected;
}

const ConnectionHandler& ProtocolDetector::handler_of(Protocol protocol) const {
  switch (protocol) {
    case Protocol::mqtt:
      return handlers_.mqtt;
    case Protocol::amqp:
      return handlers_.amqp;
    case Protocol::http:
      break;
  }
  return handlers_.http;
}

base::Task<void> ProtocolDetector::serve(ByteStreamPtr stream) {
  std::optional<Protocol> protocol = protocol_of(stream->peer()->application_protocol);
  if (!protocol) {
    Detected detected = co_await detect(*stream, first_octets_time_);
    protocol = detected.protocol;
    stream = std::make_unique<PrefixedStream>(std::move(detected.first), std::move(stream));
  }
  if (protocol && handler_of(*protocol)) {
    co_await handler_of (*protocol)(std::move(stream));
    co_return;
  }
  if (protocol)
    log_.write(LogLevel::info, "protocol_not_served",
               {{"protocol", name_of(*protocol)}, {"address", stream->peer()->address}});
  stream->close();
}

}  // namespace muster::net
