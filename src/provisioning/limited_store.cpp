#include "provisioning/limited_store.hpp"

#include <optional>
#include <type_traits>

namespace muster::provisioning {
namespace {

using base::Done;
using base::Errc;
using base::Error;

constexpr std::chrono::seconds near_limit_interval{10};
constexpr std::chrono::minutes interval{1};
/// A tenant is near a limit with so many tenths of it used.
constexpr std::int64_t near_tenths = 9;

template <class Row>
constexpr std::optional<Countable> countable_of() {
  if (std::is_same_v<Row, Device>) return Countable::devices;
  if (std::is_same_v<Row, Enrollment>) return Countable::enrollments;
  if (std::is_same_v<Row, EnrollmentGroup>) return Countable::groups;
  if (std::is_same_v<Row, CaCertificate>) return Countable::ca_certificates;
  if (std::is_same_v<Row, Hub>) return Countable::hubs;
  return std::nullopt;
}

struct Limit {
  std::int64_t value = 0;
  const char* noun = "";
};

Limit limit_of(const TenantLimits& limits, Countable what) {
  switch (what) {
    case Countable::devices:
      return {limits.devices_max, "devices"};
    case Countable::enrollments:
      return {limits.enrollments_max, "individual enrollments"};
    case Countable::groups:
      return {limits.groups_max, "enrollment groups"};
    case Countable::ca_certificates:
      return {limits.ca_certificates_max, "CA certificates"};
    case Countable::hubs:
      return {limits.hubs_max, "hubs"};
  }
  return {};
}

}  // namespace

LimitedStore::Difference LimitedStore::difference_of(const Write& write) {
  Difference difference;
  for (const auto& change : write.changes) {
    if (const auto* put = std::get_if<Put>(&change)) {
      const auto count = [&difference](const auto& row) {
        const auto what = countable_of<std::decay_t<decltype(row)>>();
        if (what && row.revision == 0) ++difference[*what];
      };
      std::visit(count, put->row);
    } else if (const auto* removed = std::get_if<Remove>(&change)) {
      const auto count = [&difference](const auto& row) {
        if (const auto what = countable_of<std::decay_t<decltype(row)>>()) --difference[*what];
      };
      std::visit(count, removed->row);
    }
  }
  return difference;
}

void LimitedStore::add(const TenantId& tenant, const Difference& difference, int sign) {
  const std::lock_guard lock(mutex_);
  for (const auto& [what, number] : difference)
    // What was never counted is counted when it is first asked for.
    if (const auto known = counts_.find({tenant, what}); known != counts_.end()) known->second.number += sign * number;
}

/// Takes back what was noted, unless it is kept: also where the database fails.
class LimitedStore::Noted {
 public:
  Noted(LimitedStore& store, TenantId tenant, Difference difference)
      : store_(store), tenant_(std::move(tenant)), difference_(std::move(difference)) {}
  Noted(const Noted&) = delete;
  Noted& operator=(const Noted&) = delete;
  ~Noted() {
    if (!is_kept_) store_.add(tenant_, difference_, -1);
  }
  void keep() { is_kept_ = true; }

 private:
  LimitedStore& store_;
  TenantId tenant_;
  Difference difference_;
  bool is_kept_ = false;
};

bool LimitedStore::is_due(const TenantId& tenant, Countable what, std::int64_t limit) {
  const TimePoint now = clock_.now();
  const std::lock_guard lock(mutex_);
  const auto [known, is_new] = counts_.try_emplace({tenant, what});
  Count& count = known->second;
  const bool is_near = count.number * 10 >= limit * near_tenths;
  const base::Duration wanted = is_near ? base::Duration(near_limit_interval) : base::Duration(interval);
  if (!is_new && now - count.counted_at < wanted) return false;
  // So that nobody else counts at the same time; where this count fails, the next one is made in its time.
  count.counted_at = now;
  return true;
}

Task<Status> LimitedStore::make_room(TenantId tenant_id, std::optional<TenantLimits> limits, Difference difference) {
  for (const auto& [what, number] : difference) {
    if (number <= 0) continue;
    if (!limits) {
      const auto tenant = co_await inner_->find_tenant(tenant_id);
      // The platform has no limits, and neither has what a tenant is made with.
      if (!tenant) co_return Done{};
      limits = tenant->limits;
    }
    const Limit limit = limit_of(*limits, what);
    if (is_due(tenant_id, what, limit.value)) {
      const std::int64_t counted = co_await inner_->count(tenant_id, what);
      const std::lock_guard lock(mutex_);
      counts_[{tenant_id, what}].number = counted;
    }
    const std::lock_guard lock(mutex_);
    const auto known = counts_.find({tenant_id, what});
    if (known != counts_.end() && known->second.number + number > limit.value)
      co_return Error(Errc::quota_exceeded, "the tenant has " + std::to_string(known->second.number) + " " +
                                                limit.noun + "; its limit is " + std::to_string(limit.value));
  }
  add(tenant_id, difference, +1);
  co_return Done{};
}

Task<Status> LimitedStore::commit(Write write) {
  const Difference difference = difference_of(write);
  if (difference.empty()) co_return co_await inner_->commit(std::move(write));
  const TenantId tenant = write.tenant;
  const auto room = co_await make_room(tenant, write.limits, difference);
  if (!room) co_return room;
  Noted noted(*this, tenant, difference);
  auto committed = co_await inner_->commit(std::move(write));
  if (committed) noted.keep();
  co_return committed;
}

Task<Status> LimitedStore::remove_tenant(Tenant tenant, AuditEvent event) {
  const TenantId id = tenant.id;
  auto removed = co_await inner_->remove_tenant(std::move(tenant), std::move(event));
  if (removed) {
    const std::lock_guard lock(mutex_);
    const auto is_of_tenant = [&id](const auto& known) { return known.first.first == id; };
    std::erase_if(counts_, is_of_tenant);
  }
  co_return removed;
}

}  // namespace muster::provisioning
