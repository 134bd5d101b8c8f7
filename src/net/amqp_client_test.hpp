// A client for AMQP tests: Proton's own engine, without a socket.
#pragma once

#include <proton/condition.h>
#include <proton/connection.h>
#include <proton/connection_driver.h>
#include <proton/delivery.h>
#include <proton/disposition.h>
#include <proton/link.h>
#include <proton/message.h>
#include <proton/sasl.h>
#include <proton/session.h>
#include <proton/terminus.h>
#include <proton/transport.h>

#include <cstring>
#include <string>
#include <vector>

#include "base/bytes.hpp"

namespace muster::net::testing {

inline std::string text(const char* chars) { return chars != nullptr ? chars : ""; }

class ProtonClient {
 public:
  ProtonClient() {
    pn_connection_driver_init(&driver_, nullptr, nullptr);
    pn_connection_set_container(driver_.connection, "client");
    pn_connection_open(driver_.connection);
  }
  ProtonClient(const ProtonClient&) = delete;
  ProtonClient& operator=(const ProtonClient&) = delete;
  ~ProtonClient() { pn_connection_driver_destroy(&driver_); }

  void use_plain(const char* user, const char* password) {
    pn_connection_set_user(driver_.connection, user);
    pn_connection_set_password(driver_.connection, password);
    pn_sasl_t* sasl = pn_sasl(driver_.transport);
    pn_sasl_set_allow_insecure_mechs(sasl, true);
    pn_sasl_allowed_mechs(sasl, "PLAIN");
  }

  /// A session, a receiver and a sender, as the SDKs attach them.
  void attach(const std::string& address, int credit = 10) {
    session = pn_session(driver_.connection);
    pn_session_open(session);
    receiver = pn_receiver(session, "receiver_link");
    pn_terminus_set_address(pn_link_source(receiver), address.c_str());
    pn_link_open(receiver);
    pn_link_flow(receiver, credit);
    sender = pn_sender(session, "sender_link");
    pn_terminus_set_address(pn_link_target(sender), address.c_str());
    pn_data_t* properties = pn_link_properties(sender);
    pn_data_put_map(properties);
    pn_data_enter(properties);
    pn_data_put_symbol(properties, pn_bytes(25, "com.microsoft:api-version"));
    pn_data_put_string(properties, pn_bytes(10, "2019-03-31"));
    pn_data_exit(properties);
    pn_link_open(sender);
  }

  pn_delivery_t* send(const std::string& body, const std::string& correlation_id,
                      const std::string& operation = "iotdps-register") {
    pn_message_t* message = pn_message();
    pn_message_set_inferred(message, true);
    if (!correlation_id.empty())
      pn_data_put_string(pn_message_correlation_id(message), pn_bytes(correlation_id.size(), correlation_id.data()));
    pn_data_t* properties = pn_message_properties(message);
    pn_data_put_map(properties);
    pn_data_enter(properties);
    pn_data_put_string(properties, pn_bytes(21, "iotdps-operation-type"));
    pn_data_put_string(properties, pn_bytes(operation.size(), operation.data()));
    pn_data_put_string(properties, pn_bytes(24, "iotdps-forceRegistration"));
    pn_data_put_bool(properties, false);
    pn_data_exit(properties);
    pn_data_put_binary(pn_message_body(message), pn_bytes(body.size(), body.data()));
    std::vector<char> encoded(body.size() + 1024);
    std::size_t size = encoded.size();
    pn_message_encode(message, encoded.data(), &size);
    pn_message_free(message);
    return send_raw(std::string(encoded.data(), size));
  }

  pn_delivery_t* send_raw(const std::string& octets) {
    const std::string tag = std::to_string(++sent_);
    pn_delivery_t* delivery = pn_delivery(sender, pn_dtag(tag.data(), tag.size()));
    pn_link_send(sender, octets.data(), octets.size());
    pn_link_advance(sender);
    return delivery;
  }

  struct Answer {
    std::string body;
    std::string correlation_id;
    std::string properties;  ///< as Proton prints them
  };

  void feed(base::ByteView octets) {
    while (!octets.empty()) {
      const pn_rwbytes_t buffer = pn_connection_driver_read_buffer(&driver_);
      if (buffer.size == 0) break;
      const std::size_t size = std::min(buffer.size, octets.size());
      std::memcpy(buffer.start, octets.data(), size);
      pn_connection_driver_read_done(&driver_, size);
      octets = octets.subspan(size);
    }
    while (pn_event_t* event = pn_connection_driver_next_event(&driver_)) handle(event);
  }
  std::string output() {
    std::string all;
    for (auto bytes = pn_connection_driver_write_buffer(&driver_); bytes.size > 0;
         bytes = pn_connection_driver_write_buffer(&driver_)) {
      all.append(bytes.start, bytes.size);
      pn_connection_driver_write_done(&driver_, bytes.size);
    }
    while (pn_event_t* event = pn_connection_driver_next_event(&driver_)) handle(event);
    return all;
  }
  void close() { pn_connection_close(driver_.connection); }

  std::string error() {
    pn_condition_t* condition = pn_connection_remote_condition(driver_.connection);
    if (!pn_condition_is_set(condition)) return text(pn_condition_get_name(pn_transport_condition(driver_.transport)));
    return text(pn_condition_get_name(condition)) + ": " + text(pn_condition_get_description(condition));
  }
  bool was_closed() const { return (pn_connection_state(driver_.connection) & PN_REMOTE_CLOSED) != 0; }
  bool is_open() const { return (pn_connection_state(driver_.connection) & PN_REMOTE_ACTIVE) != 0; }
  pn_connection_driver_t& driver() { return driver_; }

  pn_session_t* session = nullptr;
  pn_link_t* receiver = nullptr;
  pn_link_t* sender = nullptr;
  std::vector<Answer> answers;

 private:
  void handle(pn_event_t* event) {
    if (pn_event_type(event) != PN_DELIVERY) return;
    pn_delivery_t* delivery = pn_event_delivery(event);
    pn_link_t* link = pn_delivery_link(delivery);
    if (!pn_link_is_receiver(link) || !pn_delivery_readable(delivery) || pn_delivery_partial(delivery)) return;
    std::vector<char> octets(pn_delivery_pending(delivery));
    pn_link_recv(link, octets.data(), octets.size());
    pn_link_advance(link);
    pn_delivery_update(delivery, PN_ACCEPTED);
    pn_delivery_settle(delivery);
    pn_message_t* message = pn_message();
    pn_message_decode(message, octets.data(), octets.size());
    Answer answer;
    pn_data_t* body = pn_message_body(message);
    pn_data_next(body);
    const pn_bytes_t data = pn_data_get_binary(body);
    if (data.start != nullptr) answer.body.assign(data.start, data.size);
    pn_data_t* id = pn_message_correlation_id(message);
    pn_data_rewind(id);
    pn_data_next(id);
    const pn_bytes_t id_text = pn_data_get_string(id);
    if (id_text.start != nullptr) answer.correlation_id.assign(id_text.start, id_text.size);
    char printed[512];
    std::size_t size = sizeof printed;
    if (pn_data_format(pn_message_properties(message), printed, &size) == 0) answer.properties.assign(printed, size);
    answers.push_back(std::move(answer));
    pn_message_free(message);
  }

  pn_connection_driver_t driver_{};
  int sent_ = 0;
};

}  // namespace muster::net::testing
