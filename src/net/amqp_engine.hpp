// Qpid Proton's AMQP engine behind what an AMQP session needs of it. Internal to this room: amqp_engine.cpp is the one
// file that includes Proton.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "base/bytes.hpp"
#include "net/amqp.hpp"

namespace muster::net {

/// The server's side of one connection from the AMQP protocol header on. What is fed has passed the codec's checks
/// (codec/amqp/framing.hpp, sequence.hpp) and comes one header or frame at a time; `take` is called after each, and
/// what it returns is answered before the next.
class AmqpEngine {
 public:
  struct Delivery {
    std::string address;
    base::Bytes message;
  };
  using Event = std::variant<AmqpLink, Delivery>;

  explicit AmqpEngine(AmqpLimits limits);
  ~AmqpEngine();
  AmqpEngine(const AmqpEngine&) = delete;
  AmqpEngine& operator=(const AmqpEngine&) = delete;

  void feed(base::ByteView octets);
  /// A link on which the client sends, or a whole message that came on one and that can be answered.
  std::optional<Event> take();

  void accept_link();
  /// Attached without a target and detached with the error, as section 2.6.3 has it.
  void refuse_link(const AmqpError& error);
  /// Settles the delivery as accepted and sends this on the client's link of the same address.
  void reply(base::ByteView message);
  void reject(const AmqpError& error);

  void close(const std::optional<AmqpError>& error);
  /// Whether this side or the peer began to close, so that nothing more is taken.
  bool closing() const;
  std::optional<std::int64_t> tick(std::int64_t now_ms);
  base::ByteView output();
  void sent(std::size_t size);
  bool finished() const;
  const std::optional<AmqpError>& error() const;

 private:
  class Engine;
  std::unique_ptr<Engine> engine_;
};

}  // namespace muster::net
