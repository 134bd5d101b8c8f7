#include "provisioning/refusals.hpp"

#include <chrono>

#include "base/printable.hpp"

namespace muster::provisioning {
namespace {

constexpr std::chrono::minutes quiet_time{1};
constexpr std::size_t detail_size_max = 512;

}  // namespace

bool Refusals::is_due(const Caller& caller) {
  const TimePoint now = clock_.now();
  const std::lock_guard lock(mutex_);
  if (last_written_.size() >= remembered_max) last_written_.clear();
  const auto [last, is_new] = last_written_.try_emplace({caller.tenant.id, caller.registration_id.folded()}, now);
  if (!is_new && now - last->second < quiet_time) return false;
  last->second = now;
  return true;
}

Task<void> Refusals::record(const Caller& caller, base::Error refusal) {
  // The detail may quote what the caller sent.
  const std::string detail = base::printable(refusal.detail(), detail_size_max);
  auto device = co_await store_.find_device(caller.tenant.id, caller.registration_id.folded());
  if (!device) {
    const auto enrollment = co_await store_.find_enrollment(caller.tenant.id, caller.registration_id.folded());
    if (!enrollment) co_return;
  }
  if (!is_due(caller)) co_return;

  Write write{.tenant = caller.tenant.id, .changes = {}, .audit = {}};
  write.audit.push_back({.actor = "device:" + caller.registration_id.str(),
                         .action = "device.refused",
                         .subject = "device:" + caller.registration_id.str(),
                         .outcome = std::string(base::describe(refusal.code()).name),
                         .detail = detail,
                         .personal = caller.address,
                         .at = clock_.now()});
  if (device && device->registration) {
    Registration registration = *device->registration;
    registration.refusal = base::to_string(base::Error(refusal.code(), detail));
    write.changes.emplace_back(Put{std::move(registration)});
  }
  // Losing against a registration that succeeds at this moment is right: then it is not the last word any more.
  const Status committed = co_await store_.commit(std::move(write));
  static_cast<void>(committed);
}

}  // namespace muster::provisioning
