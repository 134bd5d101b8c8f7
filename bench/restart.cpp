#include "restart.hpp"

#include <fmt/format.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <queue>
#include <stdexcept>
#include <thread>
#include <vector>

#include "http_exchange.hpp"

namespace muster::bench {
namespace {

using std::chrono::steady_clock;

/// A device that comes to ask.
struct Visit {
  steady_clock::time_point at;
  std::uint64_t index = 0;
  std::string operation_id = {};  ///< empty: it registers
  bool operator>(const Visit& other) const { return at > other.at; }
};

/// Who comes when. Any thread.
class Visits {
 public:
  Visits(const Crowd& crowd, steady_clock::time_point begin) : devices_left_(crowd.count) {
    for (std::uint64_t i = 0; i < crowd.count; ++i) visits_.push({.at = begin, .index = crowd.first_index + i});
  }

  /// The next one, once its time has come; nothing where no device is left.
  std::optional<Visit> next() {
    std::unique_lock lock(mutex_);
    while (devices_left_ > 0) {
      if (visits_.empty()) {
        changed_.wait(lock);
      } else if (visits_.top().at > steady_clock::now()) {
        const auto at = visits_.top().at;
        changed_.wait_until(lock, at);
      } else {
        Visit visit = visits_.top();
        visits_.pop();
        return visit;
      }
    }
    return std::nullopt;
  }

  void add(Visit visit) {
    const std::lock_guard lock(mutex_);
    visits_.push(std::move(visit));
    changed_.notify_one();
  }

  /// A device that will not come back.
  void leave() {
    const std::lock_guard lock(mutex_);
    if (--devices_left_ == 0) changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::priority_queue<Visit, std::vector<Visit>, std::greater<>> visits_;
  std::uint64_t devices_left_;
};

/// What the device is to do next; nothing where it is done.
std::optional<Visit> make(const Visit& visit, const TlsClient& client, const Workload& workload,
                          steady_clock::time_point begin, Tally& tally) {
  const std::string request = visit.operation_id.empty() ? workload.request(visit.index, true)
                                                         : workload.operation_request(visit.index, visit.operation_id);
  TlsConnection connection = client.connect();
  const HttpAnswer answer = fetch(connection, request);
  // Azure answers 200 where an operation has come to its end.
  const bool is_end = !visit.operation_id.empty() && answer.status == 200;
  switch (workload.judge({.status = is_end ? 202 : answer.status, .body = answer.body})) {
    case Outcome::good:
      tally.latencies_us.push_back(static_cast<std::uint32_t>(
          std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now() - begin).count()));
      return std::nullopt;
    case Outcome::pending:
      ++tally.pending;
      return Visit{.at = steady_clock::now() + answer.retry_after.value_or(std::chrono::seconds(1)),
                   .index = visit.index,
                   .operation_id = Workload::operation_of(answer)};
    case Outcome::refused:
      break;
  }
  ++tally.refused;
  tally.complain(Workload::complaint(visit.index, answer));
  return std::nullopt;
}

}  // namespace

Tally restart(const TlsClient& client, const Workload& workload, const Crowd& crowd) {
  const auto begin = steady_clock::now();
  Visits visits(crowd, begin);
  std::vector<Tally> tallies(crowd.connections);
  std::vector<std::jthread> threads;
  for (Tally& tally : tallies) {
    threads.emplace_back([&, begin] {
      while (const auto visit = visits.next()) {
        std::optional<Visit> again;
        try {
          again = make(*visit, client, workload, begin, tally);
        } catch (const std::runtime_error& failure) {
          ++tally.failed;
          tally.complain(fmt::format("{}: {}", Workload::device_id(visit->index), failure.what()));
        }
        again ? visits.add(std::move(*again)) : visits.leave();
      }
    });
  }
  threads.clear();  // joins
  Tally all;
  for (Tally& tally : tallies) all.add(std::move(tally));
  return all;
}

}  // namespace muster::bench
