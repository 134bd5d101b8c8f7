#include "net/mqtt_connection.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>
#include <string>
#include <utility>

#include "base/printable.hpp"
#include "net/linger.hpp"
#include "net/mqtt_names.hpp"

namespace muster::net {

namespace mqtt = codec::mqtt;
using mqtt::ReasonCode;
using mqtt::Violation;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

// Most packets; what is larger takes another turn.
constexpr std::size_t read_size = 512;
constexpr std::size_t logged_size_max = 128;

/// Not less than nothing.
milliseconds until(steady_clock::time_point when) {
  const auto rest = std::chrono::ceil<milliseconds>(when - steady_clock::now());
  return std::max(rest, milliseconds(0));
}

constexpr Violation connect_took_too_long{ReasonCode::unspecified_error, "CONNECT took too long"};
constexpr Violation packet_took_too_long{ReasonCode::unspecified_error, "a packet took too long"};
constexpr Violation silent_for_too_long{ReasonCode::keep_alive_timeout,
                                        "the client was silent for longer than its keep-alive allows"};
constexpr Violation never_proven{ReasonCode::not_authorized, "the client has not proven for too long who it is"};
constexpr Violation taken_over{ReasonCode::session_taken_over, "another connection has proven to be this client"};

}  // namespace

class MqttServer::Connection final : public MqttNamed, public Sleeper {
 public:
  Connection(boost::asio::io_context& loop, MqttServer& server, ByteStreamPtr stream)
      : MqttNamed(loop),
        server_(server),
        names_(server.names_),
        stream_(std::move(stream)),
        session_(server.settings_.limits),
        began_at_(steady_clock::now()) {}
  ~Connection() override { names_->remove(*this); }

  ByteStream& stream() { return *stream_; }
  MqttSession& session() { return session_; }

  void on_taken_over() override {
    taken_over_ = true;
    silence_ = &taken_over;
    // Ends a read under way; whatever else is under way goes on and looks afterwards.
    stream_->expires_after(milliseconds(0));
  }

  /// False where there is something to read.
  bool rest() { return stream_->rest(self()); }
  void wake() override { boost::asio::co_spawn(loop(), server_.go_on(self()), boost::asio::detached); }

  /// Handles what has been received, and sends what there is to send.
  base::Task<void> work();

  /// Says how long the client may be silent. To be called before each read.
  void set_deadline();
  /// What the client did wrong when that time has passed.
  const Violation& silence() const { return *silence_; }

 private:
  std::shared_ptr<Connection> self() { return std::static_pointer_cast<Connection>(shared_from_this()); }
  void set_idle_deadline();
  base::Task<void> take(mqtt::Connect connect);
  base::Task<void> take(mqtt::Publish message);
  void take(const mqtt::Subscribe& request);
  void prove();
  base::Task<void> flush(milliseconds time);
  void log_fault(const std::exception& fault) {
    server_.log_.write(LogLevel::error, "mqtt_request_failed",
                       {{"address", stream_->peer()->address}, {"fault", fault.what()}});
  }

  MqttServer& server_;
  std::shared_ptr<MqttNames> names_;
  ByteStreamPtr stream_;
  MqttSession session_;
  std::unique_ptr<MqttClient> client_;
  steady_clock::time_point began_at_;
  steady_clock::time_point packet_began_at_;
  std::uint64_t packets_before_ = 0;
  const Violation* silence_ = &connect_took_too_long;
  bool proven_ = false;
  bool in_packet_ = false;
  bool taken_over_ = false;
};

base::Task<void> MqttServer::Connection::take(mqtt::Connect connect) {
  std::variant<MqttAdmission, Violation> verdict;
  try {
    verdict = co_await server_.handler_.connect(std::move(connect), stream_->peer());
  } catch (const StreamBroken&) {
    throw;
  } catch (const std::exception& fault) {
    log_fault(fault);
    verdict = Violation{ReasonCode::server_unavailable, "internal error"};
  }
  if (const auto* refusal = std::get_if<Violation>(&verdict)) {
    session_.refuse(*refusal);
    co_return;
  }
  auto& admission = std::get<MqttAdmission>(verdict);
  client_ = std::move(admission.client);
  names_->add(*this, std::move(admission.name));
  if (admission.proven) prove();
  session_.accept();
}

base::Task<void> MqttServer::Connection::take(mqtt::Publish message) {
  // What is needed for the acknowledgement, without the payload.
  mqtt::Publish request;
  request.qos = message.qos;
  request.packet_id = message.packet_id;
  MqttReply reply;
  try {
    reply = co_await client_->publish(std::move(message));
  } catch (const StreamBroken&) {
    throw;
  } catch (const std::exception& fault) {
    log_fault(fault);
    reply.violation = Violation{ReasonCode::unspecified_error, "internal error"};
  }
  if (reply.proven) prove();
  if (!reply.violation) session_.acknowledge(request, reply.code);
  for (auto& answer : reply.messages) {
    const std::string topic = answer.topic;
    if (session_.send(std::move(answer)) || session_.ended()) continue;
    server_.log_.write(LogLevel::info, "mqtt_message_dropped",
                       {{"topic", base::printable(topic, logged_size_max)}, {"address", stream_->peer()->address}});
  }
  if (reply.violation) session_.end(*reply.violation);
}

void MqttServer::Connection::take(const mqtt::Subscribe& request) {
  std::vector<ReasonCode> verdicts;
  verdicts.reserve(request.subscriptions.size());
  for (const auto& wanted : request.subscriptions) verdicts.push_back(client_->subscribe(wanted.filter));
  session_.answer(request, verdicts);
}

void MqttServer::Connection::prove() {
  if (std::exchange(proven_, true)) return;
  names_->prove(*this);
}

base::Task<void> MqttServer::Connection::flush(milliseconds time) {
  if (session_.output().empty()) co_return;
  const base::Bytes octets = std::exchange(session_.output(), {});
  stream_->expires_after(time);
  co_await stream_->write(octets);
}

base::Task<void> MqttServer::Connection::work() {
  stream_->set_idle(false);
  for (;;) {
    auto event = session_.next();
    if (std::holds_alternative<MqttSession::NeedMore>(event) || std::holds_alternative<MqttSession::Ended>(event))
      break;
    // This side is at work, not the client.
    stream_->expires_never();
    if (auto* connect = std::get_if<mqtt::Connect>(&event)) {
      co_await take(std::move(*connect));
    } else if (auto* message = std::get_if<mqtt::Publish>(&event)) {
      co_await take(std::move(*message));
    } else {
      take(std::get<mqtt::Subscribe>(event));
    }
    // A client that sends without reading would otherwise have its answers pile up here.
    co_await flush(server_.settings_.answer_time);
  }
  if (taken_over_) session_.end(taken_over);
  // The deadline alone ends only who lets the server wait for octets.
  if (!proven_ && steady_clock::now() >= began_at_ + server_.settings_.unproven_time) session_.end(never_proven);
  co_await flush(server_.settings_.answer_time);
}

void MqttServer::Connection::set_deadline() {
  const MqttSettings& settings = server_.settings_;
  const bool was_in_packet = std::exchange(in_packet_, session_.in_packet());
  stream_->set_idle(!in_packet_);
  if (taken_over_) {
    stream_->expires_after(milliseconds(0));
  } else if (!session_.connected()) {
    // From the beginning, however the octets arrive.
    silence_ = &connect_took_too_long;
    stream_->expires_after(until(began_at_ + settings.connect_time));
  } else if (in_packet_) {
    // Each packet has its own time, also where its first octets came along with the last ones of the packet before it.
    if (!was_in_packet || packets_before_ != session_.packets()) packet_began_at_ = steady_clock::now();
    silence_ = &packet_took_too_long;
    auto ends_at = packet_began_at_ + settings.packet_time;
    if (!proven_ && began_at_ + settings.unproven_time < ends_at) {
      silence_ = &never_proven;
      ends_at = began_at_ + settings.unproven_time;
    }
    stream_->expires_after(until(ends_at));
  } else {
    set_idle_deadline();
  }
  packets_before_ = session_.packets();
}

void MqttServer::Connection::set_idle_deadline() {
  const MqttSettings& settings = server_.settings_;
  silence_ = &silent_for_too_long;
  std::optional<milliseconds> silence_max;
  // 3.1.1 section 3.1.2.10: one and a half times the keep-alive.
  if (const int seconds = session_.keep_alive_seconds(); seconds > 0) silence_max = milliseconds(seconds * 1500);
  if (!proven_) {
    const milliseconds rest = until(began_at_ + settings.unproven_time);
    if (!silence_max || rest < *silence_max) {
      silence_ = &never_proven;
      silence_max = rest;
    }
  }
  if (silence_max) {
    stream_->expires_after(*silence_max);
  } else {
    stream_->expires_never();
  }
}

MqttServer::MqttServer(MqttHandler& handler, Log& log, MqttSettings settings)
    : handler_(handler), log_(log), settings_(settings), names_(std::make_shared<MqttNames>()) {}

MqttServer::~MqttServer() = default;

base::Task<void> MqttServer::serve(ByteStreamPtr stream) {
  const auto executor = co_await boost::asio::this_coro::executor;
  auto& loop = static_cast<boost::asio::io_context&>(boost::asio::query(executor, boost::asio::execution::context));
  co_await converse(std::make_shared<Connection>(loop, *this, std::move(stream)), false);
}

base::Task<void> MqttServer::go_on(std::shared_ptr<Connection> connection) {
  const std::shared_ptr<const Peer> peer = connection->stream().peer();
  try {
    co_await converse(std::move(connection), true);
  } catch (const StreamBroken& reason) {
    log_.write(LogLevel::debug, "mqtt_connection_broken", {{"address", peer->address}, {"reason", reason.what()}});
  } catch (const std::exception& fault) {
    log_.write(LogLevel::error, "mqtt_connection_failed", {{"address", peer->address}, {"fault", fault.what()}});
  }
}

base::Task<void> MqttServer::converse(std::shared_ptr<Connection> connection, bool is_awake) {
  std::array<std::uint8_t, read_size> received{};
  MqttSession& session = connection->session();
  for (; !session.ended(); is_awake = false) {
    if (!is_awake) {
      connection->set_deadline();
      if (session.connected() && connection->rest()) co_return;
    }
    std::size_t size = 0;
    bool was_silent = false;
    try {
      size = co_await connection->stream().read_some(received);
    } catch (const StreamTimedOut&) {
      was_silent = true;
    }
    if (size == 0 && !was_silent) break;
    if (was_silent) session.end(connection->silence());
    session.feed(base::ByteView(received).first(size));
    co_await connection->work();
  }

  if (const auto& violation = session.violation()) {
    log_.write(LogLevel::info, "mqtt_connection_ended",
               {{"address", connection->stream().peer()->address}, {"reason", violation->reason}});
    co_await linger(connection->stream());
  }
  connection->stream().close();
}

}  // namespace muster::net
