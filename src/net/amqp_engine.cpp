#include "net/amqp_engine.hpp"

#include <proton/condition.h>
#include <proton/connection.h>
#include <proton/connection_driver.h>
#include <proton/delivery.h>
#include <proton/disposition.h>
#include <proton/link.h>
#include <proton/session.h>
#include <proton/terminus.h>
#include <proton/transport.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

namespace muster::net {
namespace {

constexpr const char* container_name = "muster";
// How many frames of the largest size a session takes beyond a whole message.
constexpr std::size_t window_frames = 4;

std::string text_of(const char* text) { return text != nullptr ? text : ""; }

std::string_view text_of(pn_bytes_t bytes) {
  return bytes.start != nullptr ? std::string_view(bytes.start, bytes.size) : std::string_view();
}

pn_bytes_t bytes_of(std::string_view text) { return pn_bytes(text.size(), text.data()); }

void set(pn_condition_t* condition, const AmqpError& error) {
  pn_condition_set_name(condition, error.condition.c_str());
  pn_condition_set_description(condition, error.description.c_str());
  if (error.info.empty()) return;
  pn_data_t* info = pn_condition_info(condition);
  pn_data_put_map(info);
  pn_data_enter(info);
  for (const auto& [name, number] : error.info) {
    pn_data_put_symbol(info, bytes_of(name));
    pn_data_put_int(info, number);
  }
  pn_data_exit(info);
}

/// The pairs of a map that are texts on both sides.
std::map<std::string, std::string> texts_of(pn_data_t* data) {
  std::map<std::string, std::string> texts;
  if (data == nullptr) return texts;
  pn_data_rewind(data);
  if (!pn_data_next(data) || pn_data_type(data) != PN_MAP) return texts;
  pn_data_enter(data);
  while (pn_data_next(data)) {
    const bool has_name = pn_data_type(data) == PN_SYMBOL || pn_data_type(data) == PN_STRING;
    const std::string name(has_name ? text_of(pn_data_get_bytes(data)) : std::string_view());
    if (!pn_data_next(data)) break;
    const bool has_text = pn_data_type(data) == PN_SYMBOL || pn_data_type(data) == PN_STRING;
    if (has_name && has_text) texts[name] = text_of(pn_data_get_bytes(data));
  }
  return texts;
}

/// The address of the end at the service.
std::string address_of(pn_link_t* link) {
  return text_of(
      pn_terminus_get_address(pn_link_is_receiver(link) ? pn_link_remote_target(link) : pn_link_remote_source(link)));
}

constexpr pn_state_t active = PN_LOCAL_ACTIVE | PN_REMOTE_ACTIVE;

}  // namespace

class AmqpEngine::Engine {
 public:
  explicit Engine(AmqpLimits limits) : limits_(limits) {
    if (pn_connection_driver_init(&driver_, nullptr, nullptr) != 0) throw std::bad_alloc();
    pn_transport_set_server(driver_.transport);
    pn_transport_set_max_frame(driver_.transport, static_cast<std::uint32_t>(limits.frame_size_max));
    pn_transport_set_channel_max(driver_.transport, 0);
    pn_connection_set_container(driver_.connection, container_name);
    pn_connection_driver_bind(&driver_);
  }
  ~Engine() { pn_connection_driver_destroy(&driver_); }
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  void feed(base::ByteView octets) {
    while (!octets.empty()) {
      const pn_rwbytes_t buffer = pn_connection_driver_read_buffer(&driver_);
      if (buffer.size == 0) return;
      const std::size_t size = std::min(buffer.size, octets.size());
      std::memcpy(buffer.start, octets.data(), size);
      pn_connection_driver_read_done(&driver_, size);
      octets = octets.subspan(size);
    }
  }

  std::optional<Event> take() {
    while (pn_event_t* event = pn_connection_driver_next_event(&driver_))
      if (auto wanted = handle(event)) return wanted;
    return {};
  }

  void accept_link() {
    pn_link_t* link = std::exchange(asked_link_, nullptr);
    accept(link);
    grant(link);
  }

  void refuse_link(const AmqpError& error) {
    pn_link_t* link = std::exchange(asked_link_, nullptr);
    pn_terminus_copy(pn_link_source(link), pn_link_remote_source(link));
    pn_terminus_set_type(pn_link_target(link), PN_UNSPECIFIED);
    pn_link_open(link);
    set(pn_link_condition(link), error);
    pn_link_close(link);
  }

  void reply(base::ByteView message) {
    pn_delivery_t* request = std::exchange(request_, nullptr);
    pn_link_t* link = link_to_answer(address_of(pn_delivery_link(request)));
    const std::string tag = std::to_string(++answers_);
    pn_delivery(link, pn_dtag(tag.data(), tag.size()));
    pn_link_send(link, reinterpret_cast<const char*>(message.data()), message.size());
    pn_link_advance(link);
    forget_old_answers(link);
    settle(request, PN_ACCEPTED);
  }

  void reject(const AmqpError& error) { reject(std::exchange(request_, nullptr), error); }

  void close(const std::optional<AmqpError>& error) {
    if (closing()) return;
    request_ = nullptr;
    asked_link_ = nullptr;
    error_ = error;
    if ((pn_connection_state(driver_.connection) & PN_REMOTE_UNINIT) == 0) {
      if (error) set(pn_connection_condition(driver_.connection), *error);
      pn_connection_close(driver_.connection);
      return;
    }
    // Proton holds a connection's close back until the peer has opened it; the transport's own errors it does not.
    if (error) set(pn_transport_condition(driver_.transport), *error);
    pn_connection_driver_read_close(&driver_);
  }

  bool closing() const {
    return pn_transport_tail_closed(driver_.transport) || pn_transport_head_closed(driver_.transport) ||
           (pn_connection_state(driver_.connection) & PN_LOCAL_CLOSED) != 0;
  }

  std::optional<std::int64_t> tick(std::int64_t now_ms) {
    const std::int64_t next = pn_transport_tick(driver_.transport, now_ms);
    if (next == 0) return {};
    return next;
  }

  base::ByteView output() {
    pn_bytes_t bytes = pn_connection_driver_write_buffer(&driver_);
    if (bytes.size == 0) {
      // Answers that have left make room for requests.
      for (pn_link_t* link = pn_link_head(driver_.connection, active); link; link = pn_link_next(link, active))
        if (pn_link_is_receiver(link)) grant(link);
      bytes = pn_connection_driver_write_buffer(&driver_);
    }
    return {reinterpret_cast<const std::uint8_t*>(bytes.start), bytes.size};
  }

  void sent(std::size_t size) { pn_connection_driver_write_done(&driver_, size); }

  bool finished() const { return pn_transport_head_closed(driver_.transport); }

  const std::optional<AmqpError>& error() const { return error_; }

 private:
  std::optional<Event> handle(pn_event_t* event) {
    switch (pn_event_type(event)) {
      case PN_CONNECTION_REMOTE_OPEN:
        pn_connection_open(driver_.connection);
        break;
      case PN_CONNECTION_REMOTE_CLOSE:
        pn_connection_close(driver_.connection);
        break;
      case PN_SESSION_REMOTE_OPEN: {
        pn_session_t* session = pn_event_session(event);
        pn_session_set_incoming_capacity(session, limits_.message_size_max + window_frames * limits_.frame_size_max);
        pn_session_open(session);
        break;
      }
      case PN_SESSION_REMOTE_CLOSE:
        pn_session_close(pn_event_session(event));
        break;
      case PN_LINK_REMOTE_OPEN:
        return ask(pn_event_link(event));
      case PN_LINK_REMOTE_CLOSE:
        pn_link_close(pn_event_link(event));
        break;
      case PN_LINK_REMOTE_DETACH:
        pn_link_detach(pn_event_link(event));
        break;
      case PN_LINK_FLOW: {
        pn_link_t* link = pn_event_link(event);
        if (pn_link_is_sender(link) && pn_link_get_drain(link) && pn_link_queued(link) == 0) pn_link_drained(link);
        break;
      }
      case PN_DELIVERY:
        return receive(pn_event_delivery(event));
      case PN_TRANSPORT_ERROR:
        if (!error_) {
          pn_condition_t* condition = pn_transport_condition(driver_.transport);
          error_ = AmqpError{
              text_of(pn_condition_get_name(condition)), text_of(pn_condition_get_description(condition)), {}};
        }
        break;
      default:
        break;
    }
    return {};
  }

  std::optional<Event> ask(pn_link_t* link) {
    pn_link_set_max_message_size(link, limits_.message_size_max);
    pn_link_set_snd_settle_mode(link, pn_link_remote_snd_settle_mode(link));
    if (pn_link_is_sender(link)) {
      accept(link);
      return {};
    }
    asked_link_ = link;
    AmqpLink wanted;
    wanted.client_sends = true;
    wanted.address = address_of(link);
    wanted.properties = texts_of(pn_link_remote_properties(link));
    return wanted;
  }

  void accept(pn_link_t* link) {
    pn_terminus_copy(pn_link_source(link), pn_link_remote_source(link));
    pn_terminus_copy(pn_link_target(link), pn_link_remote_target(link));
    pn_link_open(link);
  }

  /// Leaves a link as many credits as there may be requests, less the answers that still wait to be taken.
  void grant(pn_link_t* link) {
    int waiting = 0;
    for (pn_link_t* other = pn_link_head(driver_.connection, active); other; other = pn_link_next(other, active))
      if (pn_link_is_sender(other)) waiting += pn_link_queued(other);
    const int missing = limits_.credit - waiting - pn_link_credit(link);
    if (missing > 0) pn_link_flow(link, missing);
  }

  std::optional<Event> receive(pn_delivery_t* delivery) {
    pn_link_t* link = pn_delivery_link(delivery);
    if (pn_link_is_sender(link)) {
      // What the client makes of an answer is its own affair.
      pn_delivery_settle(delivery);
      return {};
    }
    if (!pn_delivery_readable(delivery) && !pn_delivery_aborted(delivery)) return {};
    if (pn_delivery_aborted(delivery)) {
      pn_delivery_settle(delivery);
      return {};
    }
    if (pn_link_remote_credit(link) < 0) {
      close(AmqpError{"amqp:link:transfer-limit-exceeded", "more messages than the link has credit for", {}});
      return {};
    }
    if (pn_delivery_pending(delivery) > limits_.message_size_max) {
      close(AmqpError{"amqp:link:message-size-exceeded",
                      "a message of more than " + std::to_string(limits_.message_size_max) + " octets",
                      {}});
      return {};
    }
    if (pn_delivery_partial(delivery)) return {};

    Delivery whole;
    whole.address = address_of(link);
    whole.message.resize(pn_delivery_pending(delivery));
    pn_link_recv(link, reinterpret_cast<char*>(whole.message.data()), whole.message.size());
    pn_link_advance(link);
    if (link_to_answer(whole.address) == nullptr) {
      reject(delivery, AmqpError{"amqp:precondition-failed", "no link with this address is there for the answer", {}});
      return {};
    }
    request_ = delivery;
    return whole;
  }

  pn_link_t* link_to_answer(const std::string& address) {
    for (pn_link_t* link = pn_link_head(driver_.connection, active); link; link = pn_link_next(link, active))
      if (pn_link_is_sender(link) && address_of(link) == address) return link;
    return nullptr;
  }

  /// Clients settle what they receive; for those that do not, it ends here.
  void forget_old_answers(pn_link_t* link) {
    int excess = pn_link_unsettled(link) - pn_link_queued(link) - limits_.credit;
    pn_delivery_t* delivery = pn_unsettled_head(link);
    for (; excess > 0 && delivery != nullptr; --excess) {
      pn_delivery_t* next = pn_unsettled_next(delivery);
      pn_delivery_settle(delivery);
      delivery = next;
    }
  }

  static void settle(pn_delivery_t* delivery, std::uint64_t state) {
    pn_delivery_update(delivery, state);
    pn_delivery_settle(delivery);
  }

  static void reject(pn_delivery_t* delivery, const AmqpError& error) {
    set(pn_disposition_condition(pn_delivery_local(delivery)), error);
    settle(delivery, PN_REJECTED);
  }

  AmqpLimits limits_;
  pn_connection_driver_t driver_{};
  pn_link_t* asked_link_ = nullptr;
  pn_delivery_t* request_ = nullptr;
  std::uint64_t answers_ = 0;
  std::optional<AmqpError> error_;
};

AmqpEngine::AmqpEngine(AmqpLimits limits) : engine_(std::make_unique<Engine>(limits)) {}
AmqpEngine::~AmqpEngine() = default;
void AmqpEngine::feed(base::ByteView octets) { engine_->feed(octets); }
std::optional<AmqpEngine::Event> AmqpEngine::take() { return engine_->take(); }
void AmqpEngine::accept_link() { engine_->accept_link(); }
void AmqpEngine::refuse_link(const AmqpError& error) { engine_->refuse_link(error); }
void AmqpEngine::reply(base::ByteView message) { engine_->reply(message); }
void AmqpEngine::reject(const AmqpError& error) { engine_->reject(error); }
void AmqpEngine::close(const std::optional<AmqpError>& error) { engine_->close(error); }
bool AmqpEngine::closing() const { return engine_->closing(); }
std::optional<std::int64_t> AmqpEngine::tick(std::int64_t now_ms) { return engine_->tick(now_ms); }
base::ByteView AmqpEngine::output() { return engine_->output(); }
void AmqpEngine::sent(std::size_t size) { engine_->sent(size); }
bool AmqpEngine::finished() const { return engine_->finished(); }
const std::optional<AmqpError>& AmqpEngine::error() const { return engine_->error(); }

}  // namespace muster::net
