#include "provisioning/remembering_store.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <type_traits>
#include <utility>

#include "provisioning/registration_basis.hpp"

namespace muster::provisioning {
namespace {

template <class Kind>
constexpr bool is_part_of_a_basis = std::is_same_v<Kind, Tenant> || std::is_same_v<Kind, EnrollmentGroup> ||
                                    std::is_same_v<Kind, Hub> || std::is_same_v<Kind, CaCertificate>;

bool changes_a_basis(const Write& write) {
  const auto is_one = [](const auto& row) { return is_part_of_a_basis<std::decay_t<decltype(row)>>; };
  return std::ranges::any_of(write.changes, [is_one](const Change& change) {
    if (const auto* put = std::get_if<Put>(&change)) return std::visit(is_one, put->row);
    if (const auto* removed = std::get_if<Remove>(&change)) return std::visit(is_one, removed->row);
    return false;
  });
}

template <class Map, class Condition>
void move_if(Map& from, Map& to, Condition condition) {
  for (auto each = from.begin(); each != from.end();) {
    const auto next = std::next(each);
    if (condition(each->second)) to.insert(from.extract(each));
    each = next;
  }
}

}  // namespace

/// Forgets a tenant at its end, however the write ended: where the database failed, nobody knows.
class RememberingStore::Forgetting {
 public:
  Forgetting(RememberingStore& store, TenantId tenant) : store_(store), tenant_(std::move(tenant)) {}
  Forgetting(const Forgetting&) = delete;
  Forgetting& operator=(const Forgetting&) = delete;
  ~Forgetting() { store_.forget(tenant_); }

 private:
  RememberingStore& store_;
  TenantId tenant_;
};

bool RememberingStore::is_fresh(const Memory& memory, TimePoint now) {
  // A clock that was set back must not make it last.
  return memory.read_at <= now && now - memory.read_at < remembered_for && !memory.basis->is_known_to_be_outdated();
}

void RememberingStore::forget(const TenantId& tenant) {
  Memories forgotten;  // freed without the lock, as all that is taken out
  const std::lock_guard lock(mutex_);
  move_if(memories_, forgotten, [&tenant](const Memory& memory) { return memory.basis->tenant().id == tenant; });
  ++times_forgotten_;
}

RememberingStore::Memories RememberingStore::take_stale(TimePoint now) {
  Memories stale;
  if (swept_at_ <= now && now - swept_at_ < remembered_for) return stale;
  swept_at_ = now;
  move_if(memories_, stale, [now](const Memory& memory) { return !is_fresh(memory, now); });
  return stale;
}

Task<Status> RememberingStore::commit(Write write) {
  std::optional<Forgetting> forgetting;
  if (changes_a_basis(write)) forgetting.emplace(*this, write.tenant);
  co_return co_await inner_->commit(std::move(write));
}

Task<Status> RememberingStore::remove_tenant(Tenant tenant, AuditEvent event) {
  const Forgetting forgetting(*this, tenant.id);
  co_return co_await inner_->remove_tenant(std::move(tenant), std::move(event));
}

Task<std::shared_ptr<RegistrationBasis>> RememberingStore::registration_basis(IdScope id_scope) {
  const TimePoint now = clock_.now();
  std::uint64_t forgotten_before = 0;
  {
    const std::lock_guard lock(mutex_);
    const auto known = memories_.find(id_scope);
    if (known != memories_.end() && is_fresh(known->second, now)) co_return known->second.basis;
    forgotten_before = times_forgotten_;
  }
  IdScope asked_for = id_scope;
  auto basis = co_await inner_->registration_basis(std::move(asked_for));
  if (!basis) co_return basis;
  Memories stale;
  Memory memory{.basis = basis, .read_at = now};
  const std::lock_guard lock(mutex_);
  // What was read while somebody wrote may be what was before.
  if (times_forgotten_ != forgotten_before) co_return basis;
  stale = take_stale(now);
  std::swap(memories_[std::move(id_scope)], memory);
  co_return basis;
}

}  // namespace muster::provisioning
