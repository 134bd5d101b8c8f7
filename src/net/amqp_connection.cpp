#include "net/amqp_connection.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/id.hpp"
#include "net/linger.hpp"

namespace muster::net {
namespace {

using Clock = std::chrono::steady_clock;

// A client may ask for heartbeats; more often than this it gets none.
constexpr std::chrono::milliseconds heartbeat_time_min{500};
constexpr std::size_t read_size = 4096;

std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now().time_since_epoch()).count();
}

base::Task<void> write_all(ByteStream& stream, AmqpSession& session, std::chrono::milliseconds answer_time) {
  for (auto out = session.output(); !out.empty(); out = session.output()) {
    stream.expires_after(answer_time);
    co_await stream.write(out);
    session.sent(out.size());
  }
}

}  // namespace

AmqpServer::AmqpServer(AmqpHandler& handler, Log& log, base::Random& random, AmqpSettings settings)
    : handler_(handler), log_(log), random_(random), settings_(std::move(settings)) {}

base::Task<void> AmqpServer::serve(ByteStreamPtr stream) {
  AmqpSession session(settings_.mechanisms, settings_.limits);
  const auto conversation = handler_.converse(stream->peer());
  std::array<std::uint8_t, read_size> buffer{};
  const auto life_ends = Clock::now() + settings_.lifetime;
  auto patience_ends = Clock::now() + settings_.opening_time;
  bool peer_ended = false;
  bool peer_spoke = false;

  for (;;) {
    stream->set_idle(false);
    for (auto event = session.next(); event; event = session.next()) {
      const bool is_request = std::holds_alternative<AmqpRequest>(*event);
      stream->expires_never();
      co_await answer(session, *conversation, std::move(*event), *stream->peer());
      // What the answers need to leave is bounded by the client's taking them.
      co_await write_all(*stream, session, settings_.answer_time);
      if (is_request) patience_ends = std::min(life_ends, Clock::now() + settings_.idle_time);
    }
    const auto heartbeat = session.tick(now_ms());
    co_await write_all(*stream, session, settings_.answer_time);
    if (session.finished()) break;

    const auto patience = std::chrono::duration_cast<std::chrono::milliseconds>(patience_ends - Clock::now());
    if (patience.count() <= 0) {
      // Without an error: the SDK for Node leaves connections of refused devices open, and an error that comes to one
      // of those ends its whole process.
      session.close({});
      co_await write_all(*stream, session, settings_.answer_time);
      break;
    }
    auto wait = patience;
    if (heartbeat)
      wait = std::clamp(std::chrono::milliseconds(*heartbeat - now_ms()), heartbeat_time_min,
                        std::max(patience, heartbeat_time_min));
    stream->set_idle(!peer_spoke || !conversation->is_under_way());
    stream->expires_after(wait);
    try {
      const std::size_t size = co_await stream->read_some(buffer);
      if (size == 0) {
        peer_ended = true;
        break;
      }
      peer_spoke = true;
      session.receive(base::ByteView(buffer).first(size));
    } catch (const StreamTimedOut&) {
      // The loop's next round sees what time it is.
    }
  }

  if (const auto& error = session.error()) {
    log_.write(LogLevel::info, "amqp_connection_refused",
               {{"address", stream->peer()->address}, {"condition", error->condition}, {"reason", error->description}});
  }
  if (!peer_ended) co_await linger(*stream);
  stream->close();
}

base::Task<void> AmqpServer::answer(AmqpSession& session, AmqpConversation& conversation, AmqpSession::Event event,
                                    const Peer& peer) {
  const std::string request_id = base::Uuid::draw(random_).str();
  std::string fault;
  const std::size_t kind = event.index();
  try {
    if (auto* message = std::get_if<codec::amqp::SaslMessage>(&event)) {
      SaslAnswer given = co_await conversation.authenticate(std::move(*message));
      session.answer(std::move(given));
    } else if (const auto* link = std::get_if<AmqpLink>(&event)) {
      session.answer(conversation.attach(*link));
    } else {
      auto& request = std::get<AmqpRequest>(event);
      request.request_id = request_id;
      AmqpAnswer given = co_await conversation.answer(std::move(request));
      session.answer(std::move(given));
    }
    co_return;
  } catch (const std::exception& caught) {
    fault = caught.what();
  }
  log_.write(LogLevel::error, "request_failed",
             {{"request_id", request_id}, {"address", peer.address}, {"fault", fault}});
  const AmqpError internal_error{"amqp:internal-error", "internal error; request " + request_id, {}};
  if (kind == AmqpSession::Event(codec::amqp::SaslMessage{}).index()) {
    session.answer(SaslAnswer{.kind = SaslAnswer::Kind::failed, .challenge = {}});
  } else if (kind == AmqpSession::Event(AmqpRequest{}).index()) {
    session.answer(AmqpAnswer(internal_error));
  } else {
    session.close(internal_error);
  }
}

}  // namespace muster::net
