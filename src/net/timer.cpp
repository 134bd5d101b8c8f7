#include "net/timer.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "net/loop_state.hpp"

namespace muster::net {
namespace {

namespace asio = boost::asio;

/// A timer that ends with its loop.
class Pause final : private LoopMember {
 public:
  explicit Pause(asio::execution_context& context)
      : loop_(LoopState::of(context)), timer_(static_cast<asio::io_context&>(context)) {
    loop_.add(*this);
  }
  ~Pause() override { loop_.remove(*this); }

  base::Task<bool> sleep(std::chrono::milliseconds duration) {
    if (loop_.draining()) co_return false;
    timer_.expires_after(duration);
    boost::system::error_code error;
    co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, error));
    co_return !error;
  }

 private:
  void on_deadline() override {}
  void on_drain() override { timer_.cancel(); }
  void on_abort() override { timer_.cancel(); }

  LoopState& loop_;
  asio::steady_timer timer_;
};

}  // namespace

base::Task<bool> sleep_for(std::chrono::milliseconds duration) {
  const auto executor = co_await asio::this_coro::executor;
  Pause pause(asio::query(executor, asio::execution::context));
  co_return co_await pause.sleep(duration);
}

}  // namespace muster::net
