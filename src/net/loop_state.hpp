// What one loop knows of the things that live on it. Internal to this room.
#pragma once

#include <boost/asio/execution_context.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>

namespace muster::net {

/// Something on a loop that may have a deadline and that ends when the loop drains. Touched on the loop's thread only.
class LoopMember {
 public:
  using Instant = std::chrono::steady_clock::time_point;
  static constexpr Instant never = Instant::max();

  LoopMember() = default;
  virtual ~LoopMember() = default;
  LoopMember(const LoopMember&) = delete;
  LoopMember& operator=(const LoopMember&) = delete;

  /// The deadline passed; it was reset to `never`.
  virtual void on_deadline() = 0;
  /// The loop drains: end what is not at work.
  virtual void on_drain() = 0;
  /// The time to drain is over: end.
  virtual void on_abort() = 0;

 private:
  friend class LoopState;
  Instant deadline_ = never;
  LoopMember* next_ = nullptr;
  LoopMember* previous_ = nullptr;
};

/// The members of one io_context, found through the context itself. Keeps the deadlines of all of them with one timer:
/// deadlines are set several times for each request and hardly ever pass, so setting one costs a store, and finding
/// those that passed is a walk, at most every 100 ms.
class LoopState final : public boost::asio::execution_context::service {
 public:
  using key_type = LoopState;
  static boost::asio::execution_context::id id;

  explicit LoopState(boost::asio::execution_context& context);
  static LoopState& of(boost::asio::execution_context& context) { return boost::asio::use_service<LoopState>(context); }

  void add(LoopMember& member);
  void remove(LoopMember& member);
  void set_deadline(LoopMember& member, LoopMember::Instant deadline);

  bool draining() const { return draining_; }
  void drain();
  void abort();

 private:
  void shutdown() override;
  void arm(LoopMember::Instant when);
  void visit_deadlines();
  template <class Visit>
  void for_each(Visit visit);

  boost::asio::steady_timer timer_;
  LoopMember* first_ = nullptr;
  LoopMember* visited_next_ = nullptr;  // where a walk goes on, kept right while members leave during it
  LoopMember::Instant wakes_at_ = LoopMember::never;
  LoopMember::Instant visited_at_{};
  bool draining_ = false;
};

}  // namespace muster::net
