#include "net/amqp_session.hpp"

#include <stdexcept>
#include <utility>

#include "codec/amqp/framing.hpp"
#include "codec/amqp/sequence.hpp"
#include "net/amqp_engine.hpp"

namespace muster::net {

namespace amqp = codec::amqp;
using amqp::FrameType;
using base::Bytes;
using base::ByteView;

namespace {

/// Part 2, section 2.8.16.
constexpr const char* framing_error = "amqp:connection:framing-error";
constexpr const char* limit_exceeded = "amqp:resource-limit-exceeded";

AmqpError error_of(const base::Error& error) {
  const bool is_limit = error.code() == base::Errc::too_many_items;
  return {is_limit ? limit_exceeded : framing_error, error.detail(), {}};
}

}  // namespace

class AmqpSession::State {
 public:
  State(std::vector<std::string> mechanisms, AmqpLimits limits)
      : mechanisms_(std::move(mechanisms)), limits_(limits), sequence_(limits.links_max) {}

  void receive(ByteView octets) {
    if (!over()) framer_.feed(octets);
  }

  std::optional<Event> next() {
    if (awaiting_ != Awaiting::nothing) throw std::logic_error("an AMQP event was not answered");
    while (!over()) {
      std::optional<Event> event;
      if (!step(event)) break;
      if (event) return event;
    }
    return {};
  }

  void answer(SaslAnswer answer) {
    if (!answered(Awaiting::sasl)) return;
    switch (answer.kind) {
      case SaslAnswer::Kind::challenge:
        write(amqp::make_sasl_challenge(answer.challenge));
        response_expected_ = true;
        return;
      case SaslAnswer::Kind::accepted:
        write(amqp::make_sasl_outcome(amqp::SaslOutcome::ok));
        stage_ = Stage::amqp_header;
        return;
      case SaslAnswer::Kind::refused:
        write(amqp::make_sasl_outcome(amqp::SaslOutcome::auth));
        break;
      case SaslAnswer::Kind::failed:
        write(amqp::make_sasl_outcome(amqp::SaslOutcome::sys));
        break;
    }
    stage_ = Stage::over;
  }

  void answer(const std::optional<AmqpError>& refusal) {
    if (!answered(Awaiting::link)) return;
    if (refusal)
      engine_->refuse_link(*refusal);
    else
      engine_->accept_link();
  }

  void answer(const AmqpAnswer& answer) {
    if (!answered(Awaiting::request)) return;
    if (const auto* refusal = std::get_if<AmqpError>(&answer)) {
      engine_->reject(*refusal);
      return;
    }
    auto message = std::get<amqp::Message>(answer);
    message.correlation_id = std::move(correlation_id_);
    engine_->reply(amqp::make_message(message));
  }

  void close(const std::optional<AmqpError>& error) {
    if (over()) return;
    awaiting_ = Awaiting::nothing;
    if (stage_ == Stage::amqp) {
      engine_->close(error);
      return;
    }
    // Before the engine has begun there is no frame that could carry an error.
    error_ = error;
    stage_ = Stage::over;
  }

  std::optional<std::int64_t> tick(std::int64_t now_ms) {
    if (stage_ != Stage::amqp) return {};
    return engine_->tick(now_ms);
  }

  ByteView output() {
    if (!out_.empty()) return out_;
    if (stage_ == Stage::amqp) return engine_->output();
    return {};
  }

  void sent(std::size_t size) {
    if (out_.empty())
      engine_->sent(size);
    else
      out_.erase(out_.begin(), out_.begin() + static_cast<std::ptrdiff_t>(size));
  }

  bool finished() const {
    return out_.empty() && (stage_ == Stage::over || (stage_ == Stage::amqp && engine_->finished()));
  }

  const std::optional<AmqpError>& error() const { return error_ || !engine_ ? error_ : engine_->error(); }

 private:
  enum class Stage { first_header, sasl, amqp_header, amqp, over };
  enum class Awaiting { nothing, sasl, link, request };

  /// Nothing more is taken from the peer.
  bool over() const { return stage_ == Stage::over || (stage_ == Stage::amqp && engine_->closing()); }

  bool answered(Awaiting what) {
    // After a close the answer to what was dropped comes too late.
    if (awaiting_ == Awaiting::nothing && over()) return false;
    if (awaiting_ != what) throw std::logic_error("an AMQP answer to what was not asked");
    awaiting_ = Awaiting::nothing;
    return true;
  }

  /// One header or frame. False where there is none.
  bool step(std::optional<Event>& event) {
    switch (stage_) {
      case Stage::first_header:
      case Stage::amqp_header:
        return take_header();
      case Stage::sasl:
        return take_sasl(event);
      case Stage::amqp:
        return take_frame(event);
      case Stage::over:
        break;
    }
    return false;
  }

  bool take_header() {
    const auto header = framer_.next_header();
    if (header && !*header) return false;
    if (header && **header == amqp::amqp_header) {
      stage_ = Stage::amqp;
      engine_.emplace(limits_);
      engine_->feed(**header);
      return true;
    }
    if (header && **header == amqp::sasl_header && stage_ == Stage::first_header) {
      stage_ = Stage::sasl;
      write(amqp::sasl_header);
      write(amqp::make_sasl_mechanisms(mechanisms_));
      return true;
    }
    // Part 2, section 2.2: answer with a header that would have been understood, then close.
    write(stage_ == Stage::first_header ? amqp::sasl_header : amqp::amqp_header);
    close(AmqpError{framing_error, "no AMQP protocol header that is spoken here", {}});
    return false;
  }

  bool take_sasl(std::optional<Event>& event) {
    const auto frame = framer_.next_frame(FrameType::sasl, amqp::sasl_frame_size_max);
    if (!frame) return refuse(frame.error());
    if (!*frame) return false;
    auto message = amqp::read_sasl_message((**frame).body);
    if (!message) return refuse(message.error());
    if (message->is_init() == response_expected_ || ++sasl_messages_ > limits_.sasl_messages_max)
      return refuse(base::Error(base::Errc::malformed_request, "a SASL frame out of its order"));
    awaiting_ = Awaiting::sasl;
    event = std::move(*message);
    return true;
  }

  bool take_frame(std::optional<Event>& event) {
    const auto frame = framer_.next_frame(FrameType::amqp, limits_.frame_size_max);
    if (!frame) return refuse(frame.error());
    if (!*frame) return false;
    if (const auto admitted = sequence_.admit(**frame); !admitted) return refuse(admitted.error());
    engine_->feed((**frame).whole);
    if (auto wanted = engine_->take()) return hand_out(std::move(*wanted), event);
    return true;
  }

  bool hand_out(AmqpEngine::Event wanted, std::optional<Event>& event) {
    if (auto* link = std::get_if<AmqpLink>(&wanted)) {
      awaiting_ = Awaiting::link;
      event = std::move(*link);
      return true;
    }
    auto& delivery = std::get<AmqpEngine::Delivery>(wanted);
    auto message = amqp::read_message(delivery.message);
    if (!message) {
      engine_->reject({"amqp:decode-error", message.error().detail(), {}});
      return true;
    }
    awaiting_ = Awaiting::request;
    correlation_id_ = message->correlation_id;
    AmqpRequest request;
    request.address = std::move(delivery.address);
    request.message = std::move(*message);
    event = std::move(request);
    return true;
  }

  bool refuse(const base::Error& error) {
    close(error_of(error));
    return false;
  }

  void write(ByteView octets) { out_.insert(out_.end(), octets.begin(), octets.end()); }

  std::vector<std::string> mechanisms_;
  AmqpLimits limits_;
  amqp::Framer framer_;
  amqp::Sequence sequence_;
  /// Made when AMQP itself begins: most of a connection's memory.
  std::optional<AmqpEngine> engine_;
  Bytes out_;
  Stage stage_ = Stage::first_header;
  Awaiting awaiting_ = Awaiting::nothing;
  bool response_expected_ = false;
  int sasl_messages_ = 0;
  Bytes correlation_id_;
  std::optional<AmqpError> error_;
};

AmqpSession::AmqpSession(std::vector<std::string> mechanisms, AmqpLimits limits)
    : state_(std::make_unique<State>(std::move(mechanisms), limits)) {}
AmqpSession::~AmqpSession() = default;
void AmqpSession::receive(ByteView octets) { state_->receive(octets); }
std::optional<AmqpSession::Event> AmqpSession::next() { return state_->next(); }
void AmqpSession::answer(SaslAnswer answer) { state_->answer(std::move(answer)); }
void AmqpSession::answer(std::optional<AmqpError> refusal) { state_->answer(refusal); }
void AmqpSession::answer(AmqpAnswer answer) { state_->answer(answer); }
void AmqpSession::close(const std::optional<AmqpError>& error) { state_->close(error); }
std::optional<std::int64_t> AmqpSession::tick(std::int64_t now_ms) { return state_->tick(now_ms); }
ByteView AmqpSession::output() { return state_->output(); }
void AmqpSession::sent(std::size_t size) { state_->sent(size); }
bool AmqpSession::finished() { return state_->finished(); }
const std::optional<AmqpError>& AmqpSession::error() const { return state_->error(); }

}  // namespace muster::net
