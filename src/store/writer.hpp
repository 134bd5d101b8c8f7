// The one writer of a store: a thread that commits together what comes at much the same time
// (docs/decisions/0002-one-writer-that-gathers.md).
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>
#include <variant>
#include <vector>

#include "base/completion.hpp"
#include "base/random.hpp"
#include "store/group_forecast.hpp"
#include "store/sql_store.hpp"

namespace muster::store {

/// Writes wait in a queue; up to 64 of them share one transaction and so one wait for the disk. A conflict undoes its
/// own write only. Audit records are chained here, where no other thread or process shares the head of a chain.
class Writer {
 public:
  /// A tenant that goes with all its rows; the event is the platform's.
  struct TenantRemoval {
    provisioning::Tenant tenant;
    provisioning::AuditEvent event;
  };
  using Work = std::variant<provisioning::Write, provisioning::AuditCheckpoint, TenantRemoval>;
  using Outcome = base::Completion<Status>;

  static constexpr std::size_t group_size_max = 64;
  static constexpr std::size_t queue_size_max = 65536;
  /// What a write waits at most for the company that it may expect, beside the transaction before its own. Short beside
  /// a device's way through a network and TLS. Writes that come alone wait now and then, ever more seldom, to find out
  /// whether they still do (store/group_forecast.hpp).
  static constexpr std::chrono::milliseconds company_time{10};

  /// Connects before it returns, so that a database that cannot be written is noticed at the start.
  Writer(Connect connect, base::Random& random, std::chrono::milliseconds waits_for_company = company_time);
  /// Finishes what is queued.
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  /// `outcome` is settled once the work is durable, refused (revision_conflict) or failed. False, and `outcome`
  /// untouched, where the queue is full. Whoever keeps a reference to the work until then frees its memory on the
  /// thread that it came from, which spares both threads each other's locks. Any thread.
  bool enqueue(std::shared_ptr<const Work> work, const Outcome& outcome);

  Statistics statistics() const;

 private:
  struct Job {
    std::shared_ptr<const Work> work;
    Outcome outcome;
  };
  using Heads = std::map<base::TenantId, provisioning::AuditHead>;

  void run();
  std::vector<Job> next_group();
  void connect_anew();
  static void settle(Job& job, Status outcome);
  std::vector<Status> commit(const std::vector<Job>& group);
  std::vector<Status> apply_together(const std::vector<Job>& group, Heads& heads);
  std::vector<Status> apply_apart(const std::vector<Job>& group, Heads& heads);
  Status apply_job(const Job& job, Heads& heads);
  Status apply_work(const provisioning::Write& write, Heads& heads);
  Status apply_work(const provisioning::AuditCheckpoint& checkpoint, Heads& heads);
  Status apply_work(const TenantRemoval& removal, Heads& heads);
  void record(const base::TenantId& tenant, const provisioning::AuditEvent& event, Heads& heads);
  const provisioning::AuditHead& head_of(const base::TenantId& tenant, Heads& heads);

  // Used by the writing thread only (and by the constructor before it starts).
  Connect connect_;
  base::Random& random_;
  std::chrono::milliseconds company_time_;
  std::unique_ptr<Database> database_;  // none after a fault, until the next group
  base::Uuid incarnation_;
  Heads heads_;  // of this incarnation, as committed
  GroupForecast forecast_{group_size_max};

  mutable std::mutex mutex_;  // held to move jobs in and out and to count, never across I/O
  std::condition_variable gathered_;
  std::deque<Job> queue_;
  std::size_t wake_at_ = 1;  // how many queued jobs the writing thread is to be woken for
  bool stopping_ = false;
  Statistics statistics_;

  std::thread thread_;
};

}  // namespace muster::store
