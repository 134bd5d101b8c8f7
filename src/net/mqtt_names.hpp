// Which connections bear which client's name. Internal to this room.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace muster::net {

/// A connection as far as others of the same name are concerned.
class MqttNamed : public std::enable_shared_from_this<MqttNamed> {
 public:
  explicit MqttNamed(boost::asio::io_context& loop) : loop_(loop) {}
  MqttNamed(const MqttNamed&) = delete;
  MqttNamed& operator=(const MqttNamed&) = delete;
  virtual ~MqttNamed() = default;

  /// Another connection has taken the name over. Called on the connection's own loop.
  virtual void on_taken_over() = 0;

 protected:
  /// The connection's own loop.
  boost::asio::io_context& loop() const { return loop_; }

 private:
  friend class MqttNames;
  boost::asio::io_context& loop_;  // an executor would be seven times as large
  std::string name_;
  std::uint64_t number_ = 0;
};

/// MQTT has it that a CONNECT closes the connection that already bears its client id (3.1.1 section 3.1.4). Here only
/// who has proven to be that client does so, or any stranger could disconnect any device; and it closes only what came
/// before it. Safe to call from any thread.
class MqttNames {
 public:
  /// Once for each connection; an empty name is nobody's.
  void add(MqttNamed& member, std::string name);
  void remove(MqttNamed& member);
  /// The member has proven itself: older connections of its name are told on their own loops.
  void prove(MqttNamed& member);

 private:
  std::mutex mutex_;
  std::uint64_t last_number_ = 0;
  /// By the name's hash (the name itself is the member's) and the member's number: a stranger who opens many
  /// connections of one name must not make the others wait while they close.
  std::map<std::pair<std::size_t, std::uint64_t>, MqttNamed*> members_;
};

}  // namespace muster::net
