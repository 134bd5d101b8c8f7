#include "provisioning/refusals.hpp"

#include <algorithm>
#include <chrono>

#include "base/printable.hpp"
#include "provisioning/removal.hpp"

namespace muster::provisioning {
namespace {

constexpr std::chrono::minutes quiet_time{1};
constexpr std::chrono::hours kept_for{90 * 24};
constexpr std::size_t detail_size_max = 1024;
constexpr std::size_t page_size = 256;
constexpr int write_attempts_max = 4;

/// The proof in the words of RefusalRecord. A token alone does not say what made it: the enrollment does.
std::string proof_of(const Caller& caller) {
  const Evidence& evidence = caller.evidence;
  const bool is_tpm_enrolled = caller.checked && (caller.checked->kind == AttestationKind::tpm ||
                                                  caller.checked->kind == AttestationKind::tpm_vendor);
  if (evidence.tpm || (evidence.token && is_tpm_enrolled)) return "tpm";
  if (evidence.token) return "symmetric_key";
  return evidence.certificates.empty() ? "none" : "x509";
}

std::string enrollment_of(const Caller& caller) {
  if (!caller.checked) return {};
  const EnrollmentReference& reference = caller.checked->enrollment;
  return (reference.is_group ? "group " : "enrollment ") + reference.id;
}

RefusalRecord record_of(const Caller& caller, const base::Error& refusal, TimePoint now) {
  return RefusalRecord{.tenant = caller.tenant.id,
                       .registration_id = caller.registration_id,
                       .id = {},
                       .at = now,
                       .transport = caller.transport,
                       .attestation = proof_of(caller),
                       .enrollment = enrollment_of(caller),
                       .code = std::string(base::describe(refusal.code()).name),
                       // The detail may quote what the caller sent.
                       .detail = base::printable(refusal.detail(), detail_size_max),
                       .address = caller.address,
                       .count = 1,
                       .last_at = now};
}

/// The row that is kept already, as it is after this.
RefusalRecord counted_up(RefusalRecord kept, const RefusalRecord& seen) {
  kept.registration_id = seen.registration_id;
  kept.count += seen.count;
  kept.last_at = seen.last_at;
  kept.detail = seen.detail;
  kept.address = seen.address;
  kept.is_known = seen.is_known;
  return kept;
}

AuditEvent audit_of(const RefusalRecord& refusal) {
  return {.actor = "device:" + refusal.registration_id.str(),
          .action = "device.refused",
          .subject = "device:" + refusal.registration_id.str(),
          .outcome = refusal.code,
          .detail = refusal.detail,
          .personal = refusal.address,
          .at = refusal.last_at};
}

}  // namespace

Refusals::Kind Refusals::kind_of(const RefusalRecord& refusal) {
  return {refusal.tenant, refusal.registration_id.folded(), refusal.transport, refusal.attestation, refusal.enrollment,
          refusal.code};
}

bool Refusals::take_turn(RefusalRecord& seen) {
  const std::lock_guard lock(mutex_);
  if (recent_.size() >= remembered_max) {
    std::erase_if(recent_, [&](const auto& entry) {
      return !entry.second.pending && seen.last_at - entry.second.written_at >= quiet_time;
    });
    if (recent_.size() >= remembered_max) recent_.clear();
  }
  const auto [found, is_new] = recent_.try_emplace(kind_of(seen), Recent{.written_at = seen.last_at, .pending = {}});
  Recent& recent = found->second;
  if (recent.pending) {
    seen.at = recent.pending->at;
    seen.count += recent.pending->count;
    recent.pending.reset();
  }
  if (is_new || seen.last_at - recent.written_at >= quiet_time) {
    recent.written_at = seen.last_at;
    return true;
  }
  recent.pending = seen;
  return false;
}

bool Refusals::may_write_for_stranger(const TenantId& tenant) {
  const TimePoint now = clock_.now();
  const std::lock_guard lock(mutex_);
  Spent& spent = spent_by_strangers_.try_emplace(tenant, Spent{.since = now}).first->second;
  if (now - spent.since >= quiet_time) spent = {.since = now};
  return ++spent.writes <= stranger_writes_a_minute_max;
}

bool Refusals::take_audit_turn(const RefusalRecord& seen) {
  const std::lock_guard lock(mutex_);
  if (audited_at_.size() >= remembered_max)
    std::erase_if(audited_at_, [&](const auto& entry) { return seen.last_at - entry.second >= quiet_time; });
  if (audited_at_.size() >= remembered_max) return false;
  const auto [found, is_new] = audited_at_.try_emplace({seen.tenant, seen.registration_id.folded()}, seen.last_at);
  if (!is_new && seen.last_at - found->second < quiet_time) return false;
  found->second = seen.last_at;
  return true;
}

void Refusals::forget_turn(const RefusalRecord& seen) {
  const std::lock_guard lock(mutex_);
  recent_.erase(kind_of(seen));
}

Task<void> Refusals::record(const Caller& caller, base::Error refusal) {
  if (caller.noted_refusal == refusal.code()) co_return;
  RefusalRecord seen = record_of(caller, refusal, clock_.now());
  if (take_turn(seen)) co_await write(std::move(seen));
}

Task<void> Refusals::write(RefusalRecord seen) {
  Granted granted;
  for (int attempt = 0; attempt < write_attempts_max; ++attempt) {
    auto wanted = co_await write_of(seen, attempt, granted);
    if (!wanted) {
      forget_turn(seen);
      co_return;
    }
    const Status committed = co_await store_.commit(std::move(*wanted));
    if (committed) co_return;
  }
}

Task<std::optional<Write>> Refusals::write_of(RefusalRecord seen, int attempt, Granted& granted) {
  const std::string name = seen.registration_id.folded();
  auto device = co_await store_.find_device(seen.tenant, name);
  seen.is_known = device.has_value();
  if (!device) {
    const auto enrollment = co_await store_.find_enrollment(seen.tenant, name);
    seen.is_known = enrollment.has_value();
  }
  if (!seen.is_known && !granted.stranger) granted.stranger = may_write_for_stranger(seen.tenant);
  if (!seen.is_known && !granted.stranger) co_return std::nullopt;
  if (seen.is_known && !granted.audit) granted.audit = take_audit_turn(seen);

  Write write{.tenant = seen.tenant, .changes = {}, .audit = {}};
  if (seen.is_known && granted.audit) write.audit.push_back(audit_of(seen));
  // After a conflict the device may have registered: then what was refused is not the last word any more.
  if (attempt == 0 && device && device->registration) {
    Registration registration = *device->registration;
    registration.refusal = seen.detail.empty() ? seen.code : seen.code + ": " + seen.detail;
    write.changes.emplace_back(Put{std::move(registration)});
  }

  auto kept = co_await store_.list_refusals(seen.tenant, name);
  const auto same = std::ranges::find_if(kept, [&](const auto& other) { return kind_of(other) == kind_of(seen); });
  if (same != kept.end()) {
    write.changes.emplace_back(Put{counted_up(std::move(*same), seen)});
    co_return write;
  }
  for (std::size_t i = refusals_of_one_id_max - 1; i < kept.size(); ++i)
    write.changes.emplace_back(Remove{std::move(kept[i])});
  if (!seen.is_known) {
    const std::int64_t counted = co_await store_.count_refusals_of_strangers(seen.tenant);
    const auto count = static_cast<std::size_t>(counted);
    if (count >= refusals_of_strangers_max && kept.size() < refusals_of_one_id_max) {
      const std::size_t surplus = std::min(count - refusals_of_strangers_max + 1, page_size);
      auto oldest = co_await store_.list_refusals_of_strangers(seen.tenant, surplus);
      for (auto& row : oldest) write.changes.emplace_back(Remove{std::move(row)});
    }
  }
  seen.id = Uuid::draw_ordered(seen.last_at, random_);
  write.changes.emplace_back(Put{std::move(seen)});
  co_return write;
}

Task<std::size_t> Refusals::write_pending() {
  const TimePoint now = clock_.now();
  std::vector<RefusalRecord> due;
  {
    const std::lock_guard lock(mutex_);
    for (auto& [kind, recent] : recent_) {
      if (due.size() >= page_size) break;
      if (!recent.pending || now - recent.written_at < quiet_time) continue;
      recent.written_at = now;
      due.push_back(*std::move(recent.pending));
      recent.pending.reset();
    }
  }
  for (const auto& refusal : due) co_await write(refusal);
  co_return due.size();
}

Task<std::size_t> Refusals::remove_old() {
  auto old = co_await store_.list_refusals_before(clock_.now() - kept_for, page_size);
  co_return co_await remove_rows(store_, std::move(old), "old refusals");
}

}  // namespace muster::provisioning
