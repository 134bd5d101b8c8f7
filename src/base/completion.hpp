// Hands one result from any thread back to the coroutine that waits for it.
#pragma once

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>
#include <variant>

#include "base/task.hpp"

namespace muster::base {

/// One result on its way from one thread to a coroutine on another. A copy is a handle to the same completion: the
/// awaiting side makes it, gives a copy to whoever will have the result, and awaits `wait()`.
///
///     Completion<int> completion;
///     writer.enqueue([completion] { completion.set(42); });
///     const int answer = co_await completion.wait();
///
/// Exactly one call of `set` or `fail`, from any thread, before or after the wait begins; a second call throws
/// std::logic_error. One waiter. The waiter resumes on its own executor, never inside `set`. Whoever holds the
/// completion must settle it: a waiter of one that is never settled stays suspended, and its frame with it. The
/// executor's context must outlive the call of `set`.
template <class T>
class Completion {
 public:
  Completion() : state_(std::make_shared<State>()) {}

  void set(T value) const { settle(Outcome(std::in_place_index<1>, std::move(value))); }

  /// A fault instead of a value: `wait` throws it.
  void fail(std::exception_ptr fault) const { settle(Outcome(std::in_place_index<2>, std::move(fault))); }

  Task<T> wait() const { return wait_for(state_); }

 private:
  using Outcome = std::variant<std::monostate, T, std::exception_ptr>;
  using Token = boost::asio::use_awaitable_t<boost::asio::any_io_executor>;
  using Waiter = typename boost::asio::async_result<Token, void()>::handler_type;
  enum class Stage { fresh, awaited, settled };

  struct State {
    std::atomic<Stage> stage{Stage::fresh};
    std::atomic<bool> claimed{false};
    Outcome outcome;               // written before stage becomes `settled`, read only after
    std::optional<Waiter> waiter;  // written before stage becomes `awaited`, taken only after
  };

  struct Suspend {
    // The waiter's own frame holds the state while it is suspended.
    State* state;

    void operator()(Waiter waiter) const {
      state->waiter.emplace(std::move(waiter));
      Stage expected = Stage::fresh;
      if (state->stage.compare_exchange_strong(expected, Stage::awaited, std::memory_order_acq_rel)) return;
      resume(*state);
    }
  };

  static void resume(State& state) {
    Waiter waiter = std::move(*state.waiter);
    state.waiter.reset();
    boost::asio::post(std::move(waiter));
  }

  void settle(Outcome outcome) const {
    // The handle may be destroyed by the resumed waiter while this call is still returning.
    const std::shared_ptr<State> state = state_;
    if (state->claimed.exchange(true)) throw std::logic_error("a completion was settled twice");
    state->outcome = std::move(outcome);
    if (state->stage.exchange(Stage::settled, std::memory_order_acq_rel) == Stage::awaited) resume(*state);
  }

  static Task<T> wait_for(std::shared_ptr<State> state) {
    if (state->stage.load(std::memory_order_acquire) != Stage::settled) {
      Suspend suspend{state.get()};
      co_await boost::asio::async_initiate<const Token, void()>(suspend, boost::asio::use_awaitable);
    }
    if (state->outcome.index() == 2) std::rethrow_exception(std::get<2>(state->outcome));
    co_return std::move(std::get<1>(state->outcome));
  }

  std::shared_ptr<State> state_;
};

}  // namespace muster::base
