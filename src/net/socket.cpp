#include "net/socket.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

namespace muster::net {

namespace asio = boost::asio;

namespace {
constexpr unsigned reads_in_a_row_max = 16;
}

Socket::Socket(asio::io_context& context, int descriptor, std::shared_ptr<Counter> open)
    : loop_(LoopState::of(context)), open_(std::move(open)), descriptor_(context, descriptor) {
  loop_.add(*this);
  if (open_) ++*open_;
}

Socket::~Socket() {
  if (open_) --*open_;
  loop_.remove(*this);
}

// The outcome of a wait is of no interest: an error shows again, with its reason, when the operation is tried.
base::Task<void> Socket::let_others_go_on() {
  if (++reads_in_a_row_ < reads_in_a_row_max) co_return;
  reads_in_a_row_ = 0;
  co_await asio::post(descriptor_.get_executor(), asio::use_awaitable);
}

base::Task<void> Socket::wait_readable() {
  reads_in_a_row_ = 0;
  return descriptor_.async_wait(asio::posix::descriptor_base::wait_read,
                                asio::redirect_error(asio::use_awaitable, wait_error_));
}

base::Task<void> Socket::wait_writable() {
  return descriptor_.async_wait(asio::posix::descriptor_base::wait_write,
                                asio::redirect_error(asio::use_awaitable, wait_error_));
}

bool Socket::rest(std::shared_ptr<Sleeper> sleeper) {
  if (state_ != State::open || is_drained()) return false;
  reads_in_a_row_ = 0;
  descriptor_.async_wait(asio::posix::descriptor_base::wait_read,
                         [sleeper = std::move(sleeper)](const boost::system::error_code&) { sleeper->wake(); });
  return true;
}

bool Socket::usable() const {
  switch (state_) {
    case State::open:
      return true;
    case State::closed:
      return false;
    case State::timed_out:
      throw StreamTimedOut();
    case State::aborted:
      break;
  }
  throw StreamBroken("the service is stopping");
}

void Socket::expires_after(std::chrono::milliseconds duration) {
  if (state_ == State::timed_out) state_ = State::open;
  loop_.set_deadline(*this, std::chrono::steady_clock::now() + duration);
}

void Socket::expires_never() {
  if (state_ == State::timed_out) state_ = State::open;
  loop_.set_deadline(*this, never);
}

void Socket::set_idle(bool idle) {
  idle_ = idle;
  if (is_drained()) end_waits();
}

void Socket::close() {
  state_ = State::closed;
  boost::system::error_code ignored;
  descriptor_.close(ignored);
}

void Socket::on_deadline() { interrupt(State::timed_out); }

void Socket::on_drain() {
  if (idle_) end_waits();
}

void Socket::on_abort() { interrupt(State::aborted); }

void Socket::interrupt(State state) {
  if (state_ != State::aborted) state_ = state;
  end_waits();
}

void Socket::end_waits() {
  boost::system::error_code ignored;
  descriptor_.cancel(ignored);
}

}  // namespace muster::net
