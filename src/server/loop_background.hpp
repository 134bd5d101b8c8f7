// Tasks beside the requests, on the server's loops.
#pragma once

#include <atomic>

#include "net/server_loop.hpp"
#include "provisioning/background.hpp"

namespace muster::server {

/// Spreads tasks over the loops. What it is made of outlives it.
class LoopBackground final : public provisioning::Background {
 public:
  explicit LoopBackground(net::ServerLoop& loop) : loop_(loop) {}
  void spawn(base::Task<void> task) override;
  base::Task<bool> sleep_for(base::Duration duration) override;

 private:
  net::ServerLoop& loop_;
  std::atomic<std::size_t> next_ = 0;
};

}  // namespace muster::server
