// What is asked and answered over AMQP 1.0, as values. The protocol itself is in amqp_session, the connection in
// amqp_connection.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "base/task.hpp"
#include "codec/amqp/message.hpp"
#include "codec/amqp/sasl.hpp"
#include "net/http.hpp"

namespace muster::net {

struct AmqpLimits {
  std::size_t frame_size_max = 16 * 1024;    ///< announced in the open frame; those of SASL have 512 octets
  std::size_t message_size_max = 64 * 1024;  ///< announced in each attach frame
  int links_max = 8;                         ///< attached during a session, those that were detached again included
  int credit = 10;                           ///< requests under way, answers that the client has not taken included
  int sasl_messages_max = 16;                ///< of the client, before the outcome
};

/// An error as AMQP has it (Part 2, section 2.8.14).
struct AmqpError {
  std::string condition;    ///< such as "amqp:not-found"
  std::string description;  ///< for people, or for the client's library to take apart
  std::map<std::string, std::int32_t> info;
};

/// A link that the client attaches.
struct AmqpLink {
  bool client_sends = false;
  std::string address;  ///< of the end at the service: the client's target where it sends, its source otherwise
  std::map<std::string, std::string> properties;  ///< those that are texts
};

/// The answer to a SASL message.
struct SaslAnswer {
  enum class Kind { challenge, accepted, refused, failed };
  Kind kind = Kind::refused;
  base::Bytes challenge;  ///< at most codec::amqp::sasl_challenge_size_max
};

/// What came on a link on which the client sends.
struct AmqpRequest {
  std::string address;  ///< the link's
  codec::amqp::Message message;
  std::string request_id;  ///< drawn for each request; stands in the log and in errors
};

/// A message back, or the refusal of the request.
using AmqpAnswer = std::variant<codec::amqp::Message, AmqpError>;

/// What answers on one connection, one thing after the other. Calls are made on the connection's thread; they throw for
/// faults only, which the connection answers without detail.
class AmqpConversation {
 public:
  virtual ~AmqpConversation() = default;
  /// Called for SASL, where the client begins with it: its sasl-init, then each response to a challenge.
  virtual base::Task<SaslAnswer> authenticate(codec::amqp::SaslMessage message) = 0;
  /// Nothing accepts a link on which the client sends; the others are always accepted.
  virtual std::optional<AmqpError> attach(const AmqpLink& link) = 0;
  virtual base::Task<AmqpAnswer> answer(AmqpRequest request) = 0;
  /// Whether the client is not through yet: a service that stops then waits for what it says next.
  virtual bool is_under_way() const = 0;
};

class AmqpHandler {
 public:
  virtual ~AmqpHandler() = default;
  /// May be called for many connections at once, each on its own thread.
  virtual std::unique_ptr<AmqpConversation> converse(std::shared_ptr<const Peer> peer) = 0;
};

}  // namespace muster::net
