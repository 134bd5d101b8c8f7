// What a stranger sends to the AMQP session: SASL, frames, messages. The first octet says in what pieces the others
// come, the second how what is asked is answered.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "codec/tpm/sasl_mechanism.hpp"
#include "net/amqp_session.hpp"

namespace {

using muster::base::ByteView;
using muster::codec::amqp::Message;
using muster::codec::amqp::SaslMessage;
using muster::net::AmqpAnswer;
using muster::net::AmqpError;
using muster::net::AmqpLink;
using muster::net::AmqpSession;
using muster::net::SaslAnswer;

constexpr std::size_t output_max = 1U << 20U;

/// What the mechanisms make of a message; what they read lies inside it.
void read_sasl(const SaslMessage& message, muster::codec::tpm::SaslAssembly& assembly) {
  const auto plain = muster::codec::amqp::read_plain(message.octets);
  if (plain && plain->password.size() > message.octets.size()) std::abort();
  const auto said = assembly.add(message.octets);
  if (!said || !*said) return;
  const auto introduction = muster::codec::tpm::read_sasl_introduction(**said);
  if (introduction && introduction->endorsement_key.size() + 2 > (*said)->size()) std::abort();
}

void answer(AmqpSession& session, AmqpSession::Event event, bool well, muster::codec::tpm::SaslAssembly& assembly) {
  if (const auto* message = std::get_if<SaslMessage>(&event)) {
    read_sasl(*message, assembly);
    SaslAnswer given;
    if (well) given.kind = message->octets.size() < 64 ? SaslAnswer::Kind::challenge : SaslAnswer::Kind::accepted;
    given.challenge = {0};
    session.answer(std::move(given));
  } else if (std::holds_alternative<AmqpLink>(event)) {
    std::optional<AmqpError> refusal;
    if (!well) refusal = AmqpError{"amqp:not-found", "no", {{"retry-after", 3}}};
    session.answer(std::move(refusal));
  } else if (well) {
    session.answer(AmqpAnswer(Message{{}, {{"retry-after", 3}}, std::string(600, '{')}));
  } else {
    session.answer(AmqpAnswer(AmqpError{"amqp:not-found", "no", {{"retry-after", 3}}}));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::size_t piece = data[0] + 1U;
  const std::uint8_t answers = data[1];
  ByteView octets(data + 2, size - 2);
  AmqpSession session({"TPM", "PLAIN"}, {});
  muster::codec::tpm::SaslAssembly assembly(4096);
  unsigned asked = 0;
  std::size_t written = 0;
  std::int64_t now = 0;
  while (!octets.empty() && !session.finished()) {
    const ByteView part = octets.first(std::min(piece, octets.size()));
    octets = octets.subspan(part.size());
    session.receive(part);
    while (auto event = session.next())
      answer(session, std::move(*event), (answers >> (asked++ % 8) & 1U) == 0, assembly);
    session.tick(++now * 1000);
    for (auto out = session.output(); !out.empty(); out = session.output()) {
      written += out.size();
      session.sent(out.size());
      // Nothing that comes in may make it talk without end.
      if (written > output_max + size * 2048) std::abort();
    }
  }
  session.close({});
  for (auto out = session.output(); !out.empty(); out = session.output()) session.sent(out.size());
  return 0;
}
