#include "net/server_loop.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <condition_variable>
#include <csignal>
#include <cstdlib>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "net/loop_state.hpp"

namespace muster::net {

namespace asio = boost::asio;

namespace {

// What cut-off connections get to unwind before the loop is stopped under them.
constexpr std::chrono::seconds abort_time{1};

base::Task<void> run_logged(base::Task<void> task, Log& log) {
  try {
    co_await std::move(task);
  } catch (const std::exception& fault) {
    log.write(LogLevel::error, "background_task_failed", {{"fault", fault.what()}});
  }
}

}  // namespace

class ServerLoop::Loop {
 public:
  // The hint tells Asio that one thread runs the context; posting from others stays safe.
  Loop() : context_(1), work_(context_.get_executor()), state_(LoopState::of(context_)) {}

  asio::io_context& context() { return context_; }

  void start(Log& log) {
    thread_ = std::thread([this, &log] { run(log); });
  }
  bool started() const { return thread_.joinable(); }

  void drain() {
    asio::post(context_, [this] {
      state_.drain();
      work_.reset();
    });
  }

  void abort() {
    asio::post(context_, [this] { state_.abort(); });
  }

  bool wait_until(std::chrono::steady_clock::time_point deadline) {
    std::unique_lock lock(mutex_);
    return changed_.wait_until(lock, deadline, [this] { return finished_; });
  }

  void join() {
    context_.stop();
    if (thread_.joinable()) thread_.join();
  }

 private:
  void run(Log& log) {
    try {
      context_.run();
    } catch (const std::exception& fault) {
      // Handlers catch what they throw; whatever gets here has left connections in an unknown state.
      log.write(LogLevel::error, "event_loop_failed", {{"fault", fault.what()}});
      std::abort();
    }
    const std::lock_guard lock(mutex_);
    finished_ = true;
    changed_.notify_all();
  }

  asio::io_context context_;
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  LoopState& state_;
  std::thread thread_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool finished_ = false;
};

ServerLoop::ServerLoop(std::size_t threads, Log& log) : log_(log) {
  if (threads == 0) throw std::invalid_argument("a server needs at least one thread");
  // OpenSSL writes to the descriptor itself, without MSG_NOSIGNAL: a peer that is gone would end the process.
  std::signal(SIGPIPE, SIG_IGN);
  for (std::size_t i = 0; i < threads; ++i) loops_.push_back(std::make_unique<Loop>());
}

ServerLoop::~ServerLoop() { stop(std::chrono::milliseconds(0)); }

std::size_t ServerLoop::size() const { return loops_.size(); }

asio::any_io_executor ServerLoop::executor(std::size_t index) const {
  return loops_.at(index)->context().get_executor();
}

void ServerLoop::spawn(std::size_t index, base::Task<void> task) {
  asio::co_spawn(loops_.at(index)->context(), run_logged(std::move(task), log_), asio::detached);
}

void ServerLoop::start() {
  for (const auto& loop : loops_) {
    if (loop->started()) throw std::logic_error("the loops were started twice");
    loop->start(log_);
  }
}

bool ServerLoop::stop(std::chrono::milliseconds drain_time) {
  const auto wait_for_all = [this](std::chrono::milliseconds time) {
    const auto deadline = std::chrono::steady_clock::now() + time;
    bool all = true;
    for (const auto& loop : loops_) all = (!loop->started() || loop->wait_until(deadline)) && all;
    return all;
  };

  for (const auto& loop : loops_) loop->drain();
  const bool drained = wait_for_all(drain_time);
  if (!drained) {
    for (const auto& loop : loops_) loop->abort();
    wait_for_all(abort_time);
  }
  for (const auto& loop : loops_) loop->join();
  return drained;
}

}  // namespace muster::net
