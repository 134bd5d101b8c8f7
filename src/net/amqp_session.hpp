// AMQP 1.0, the server's side: octets in, octets out, and in between what the client wants. No socket, no clock, no
// coroutine. The protocol engine is Qpid Proton's; SASL and the checks in front of it are our own.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/bytes.hpp"
#include "net/amqp.hpp"

namespace muster::net {

/// One connection's protocol state. What the peer sends is taken frame by frame, and only while nothing waits for an
/// answer, so that never more of it is held than one read, one message per link, and what `limits` allow.
///
///     session.receive(octets);
///     while (auto event = session.next()) session.answer(…);
///     for (auto out = session.output(); !out.empty(); out = session.output()) session.sent(send(out));
class AmqpSession {
 public:
  /// What waits for an answer: answered with SaslAnswer, with an AmqpError or nothing, and with an AmqpAnswer.
  using Event = std::variant<codec::amqp::SaslMessage, AmqpLink, AmqpRequest>;

  /// `mechanisms` are those of SASL that a client may choose from, the preferred one first.
  AmqpSession(std::vector<std::string> mechanisms, AmqpLimits limits);
  ~AmqpSession();
  AmqpSession(const AmqpSession&) = delete;
  AmqpSession& operator=(const AmqpSession&) = delete;

  void receive(base::ByteView octets);

  /// The next thing that the client wants; nothing where more octets are needed, or where it is over. Not to be called
  /// before the one before was answered.
  std::optional<Event> next();
  void answer(SaslAnswer answer);
  void answer(std::optional<AmqpError> refusal);
  void answer(AmqpAnswer answer);

  /// Ends the connection, with an error or without, as far as the protocol has got: what waits unanswered is dropped.
  void close(const std::optional<AmqpError>& error);

  /// Time that has passed on a clock of its own: heartbeats that the peer asked for become output. Returns when to be
  /// called again, in the same milliseconds; nothing where the peer asked for none.
  std::optional<std::int64_t> tick(std::int64_t now_ms);

  /// What is to be sent; valid until anything else is called.
  base::ByteView output();
  void sent(std::size_t size);
  /// Nothing comes any more, neither in nor out.
  bool finished();
  /// Why this side closed the connection, where it did; for the log.
  const std::optional<AmqpError>& error() const;

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace muster::net
