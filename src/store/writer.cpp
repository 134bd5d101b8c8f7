#include "store/writer.hpp"

#include <algorithm>

#include "store/changes.hpp"
#include "store/rows_audit.hpp"

namespace muster::store {
namespace {

constexpr std::size_t salt_size = 16;

}  // namespace

Writer::Writer(Connect connect, base::Random& random, std::chrono::milliseconds waits_for_company)
    : connect_(std::move(connect)), random_(random), company_time_(waits_for_company) {
  connect_anew();
  thread_ = std::thread([this] { run(); });
}

Writer::~Writer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  gathered_.notify_one();
  thread_.join();
}

bool Writer::enqueue(std::shared_ptr<const Work> work, const Outcome& outcome) {
  bool is_awaited = false;
  {
    const std::lock_guard lock(mutex_);
    if (queue_.size() >= queue_size_max) return false;
    queue_.push_back({std::move(work), outcome});
    is_awaited = queue_.size() == wake_at_;
  }
  if (is_awaited) gathered_.notify_one();
  return true;
}

Statistics Writer::statistics() const {
  const std::lock_guard lock(mutex_);
  Statistics statistics = statistics_;
  statistics.queued = queue_.size();
  return statistics;
}

void Writer::run() {
  for (std::vector<Job> group = next_group(); !group.empty(); group = next_group()) {
    try {
      const std::vector<Status> outcomes = commit(group);
      for (std::size_t i = 0; i < group.size(); ++i) settle(group[i], outcomes[i]);
    } catch (...) {
      // Closing the connection rolls back. Whether a commit that failed took place nobody knows, so the chains of
      // this incarnation are not continued.
      database_.reset();
      for (const Job& job : group) job.outcome.fail(std::current_exception());
    }
  }
}

void Writer::settle(Job& job, Status outcome) {
  job.work.reset();
  job.outcome.set(std::move(outcome));
}

std::vector<Writer::Job> Writer::next_group() {
  std::vector<Job> group;
  std::unique_lock lock(mutex_);
  const auto gathered = [this] { return stopping_ || queue_.size() >= wake_at_; };
  wake_at_ = 1;
  gathered_.wait(lock, gathered);
  wake_at_ = forecast_.wanted();
  gathered_.wait_for(lock, company_time_, gathered);
  if (!stopping_) forecast_.learn(std::min(queue_.size(), group_size_max));
  while (!queue_.empty() && group.size() < group_size_max) {
    group.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  return group;
}

void Writer::connect_anew() {
  incarnation_ = base::Uuid::draw(random_);
  heads_.clear();
  database_ = connect_(Access::write);
}

std::vector<Status> Writer::commit(const std::vector<Job>& group) {
  if (!database_) connect_anew();
  Heads heads;
  database_->begin(Access::write);
  // Savepoints cost a copy of each page that is written, or two more round trips, and few groups have a refusal.
  std::vector<Status> outcomes = apply_together(group, heads);
  if (!outcomes.back() && group.size() > 1) {
    database_->rollback();
    heads.clear();
    database_->begin(Access::write);
    outcomes = apply_apart(group, heads);
  }
  const auto refused =
      static_cast<std::size_t>(std::ranges::count_if(outcomes, [](const Status& outcome) { return !outcome; }));
  if (refused == group.size()) {
    database_->rollback();
  } else {
    for (const auto& [tenant, head] : heads) save_audit_head(*database_, head);
    database_->commit();
    for (auto& [tenant, head] : heads) heads_[tenant] = std::move(head);
  }

  const std::lock_guard lock(mutex_);
  ++statistics_.transactions;
  statistics_.writes += group.size();
  statistics_.conflicts += refused;
  return outcomes;
}

/// One after the other, up to the first that is refused.
std::vector<Status> Writer::apply_together(const std::vector<Job>& group, Heads& heads) {
  std::vector<Status> outcomes;
  outcomes.reserve(group.size());
  for (const Job& job : group) {
    outcomes.push_back(apply_job(job, heads));
    if (!outcomes.back()) break;
  }
  return outcomes;
}

/// Each so that it can be undone without its neighbours.
std::vector<Status> Writer::apply_apart(const std::vector<Job>& group, Heads& heads) {
  std::vector<Status> outcomes;
  outcomes.reserve(group.size());
  for (const Job& job : group) {
    database_->savepoint();
    outcomes.push_back(apply_job(job, heads));
    outcomes.back() ? database_->release_savepoint() : database_->rollback_to_savepoint();
  }
  return outcomes;
}

Status Writer::apply_job(const Job& job, Heads& heads) {
  return std::visit([&](const auto& work) { return apply_work(work, heads); }, *job.work);
}

Status Writer::apply_work(const provisioning::Write& write, Heads& heads) {
  if (write.basis)
    if (Status kept = keep_basis(*database_, write.tenant, *write.basis); !kept) return kept;
  for (const provisioning::Change& change : write.changes)
    if (Status applied = apply(*database_, change); !applied) return applied;
  // Nothing below refuses, so a head moves only with its records.
  for (const provisioning::AuditEvent& event : write.audit) record(write.tenant, event, heads);
  return base::Done{};
}

void Writer::record(const base::TenantId& tenant, const provisioning::AuditEvent& event, Heads& heads) {
  const provisioning::AuditRecord record = provisioning::chain(head_of(tenant, heads), event, random_.bytes(salt_size));
  insert_audit_record(*database_, record);
  heads[tenant] = {
      .tenant = record.tenant, .writer = record.writer, .sequence = record.sequence, .digest = record.digest};
}

Status Writer::apply_work(const TenantRemoval& removal, Heads& heads) {
  if (Status removed = remove_all_rows(*database_, removal.tenant); !removed) return removed;
  record(provisioning::platform_tenant, removal.event, heads);
  return base::Done{};
}

Status Writer::apply_work(const provisioning::AuditCheckpoint& checkpoint, Heads&) {
  return insert_checkpoint(*database_, checkpoint);
}

/// The head that the next record follows: of this group, else as committed, else a new chain's.
const provisioning::AuditHead& Writer::head_of(const base::TenantId& tenant, Heads& heads) {
  if (const auto found = heads.find(tenant); found != heads.end()) return found->second;
  if (const auto found = heads_.find(tenant); found != heads_.end()) return found->second;
  return heads[tenant] = {.tenant = tenant, .writer = incarnation_, .sequence = 0, .digest = {}};
}

}  // namespace muster::store
