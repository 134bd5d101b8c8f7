#include "server/loop_background.hpp"

#include "net/timer.hpp"

namespace muster::server {

void LoopBackground::spawn(base::Task<void> task) { loop_.spawn(next_++ % loop_.size(), std::move(task)); }

base::Task<bool> LoopBackground::sleep_for(base::Duration duration) {
  const auto time = std::chrono::ceil<std::chrono::milliseconds>(duration);
  co_return co_await net::sleep_for(time);
}

}  // namespace muster::server
