#include "net/loop_state.hpp"

#include <algorithm>

namespace muster::net {

namespace asio = boost::asio;

namespace {
constexpr std::chrono::milliseconds pause_between_visits{100};
}

asio::execution_context::id LoopState::id;

LoopState::LoopState(asio::execution_context& context)
    : asio::execution_context::service(context), timer_(static_cast<asio::io_context&>(context)) {}

void LoopState::shutdown() { timer_.cancel(); }

void LoopState::add(LoopMember& member) {
  member.next_ = first_;
  if (first_) first_->previous_ = &member;
  first_ = &member;
}

void LoopState::remove(LoopMember& member) {
  if (visited_next_ == &member) visited_next_ = member.next_;
  if (member.previous_) member.previous_->next_ = member.next_;
  if (member.next_) member.next_->previous_ = member.previous_;
  if (first_ == &member) first_ = member.next_;
  member.next_ = member.previous_ = nullptr;

  // A timer that is pending would keep the loop running although nothing is left on it.
  if (!first_ && draining_ && wakes_at_ != LoopMember::never) {
    wakes_at_ = LoopMember::never;
    timer_.cancel();
  }
}

void LoopState::set_deadline(LoopMember& member, LoopMember::Instant deadline) {
  member.deadline_ = deadline;
  if (deadline >= wakes_at_) return;
  const auto when = std::max(deadline, visited_at_ + pause_between_visits);
  if (when < wakes_at_) arm(when);
}

void LoopState::arm(LoopMember::Instant when) {
  wakes_at_ = when;
  timer_.expires_at(when);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) visit_deadlines();
  });
}

template <class Visit>
void LoopState::for_each(Visit visit) {
  for (LoopMember* member = first_; member; member = visited_next_) {
    visited_next_ = member->next_;
    visit(*member);
  }
  visited_next_ = nullptr;
}

void LoopState::visit_deadlines() {
  const auto now = std::chrono::steady_clock::now();
  auto next = LoopMember::never;
  for_each([now, &next](LoopMember& member) {
    if (member.deadline_ <= now) {
      member.deadline_ = LoopMember::never;
      member.on_deadline();
    } else {
      next = std::min(next, member.deadline_);
    }
  });
  visited_at_ = now;
  wakes_at_ = LoopMember::never;
  if (next != LoopMember::never) arm(std::max(next, now + pause_between_visits));
}

void LoopState::drain() {
  draining_ = true;
  for_each([](LoopMember& member) { member.on_drain(); });
  if (!first_ && wakes_at_ != LoopMember::never) {
    wakes_at_ = LoopMember::never;
    timer_.cancel();
  }
}

void LoopState::abort() {
  for_each([](LoopMember& member) { member.on_abort(); });
}

}  // namespace muster::net
