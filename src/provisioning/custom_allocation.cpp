#include "provisioning/custom_allocation.hpp"

#include <algorithm>
#include <map>
#include <mutex>
#include <vector>

#include "base/completion.hpp"
#include "base/printable.hpp"
#include "provisioning/allocation.hpp"
#include "provisioning/device_changes.hpp"
#include "provisioning/names.hpp"

namespace muster::provisioning {

using base::Errc;
using base::Error;

namespace {

constexpr const char* entry_kind = "allocation_webhook";
constexpr int write_attempts_max = 8;
/// How many times the webhook's attempts an entry is taken up: a node may die, or fail, at what the webhook decided.
constexpr int takes_max = 2;
constexpr std::size_t resumed_at_once_max = 64;
constexpr std::size_t due_looked_at_max = 1024;
// One tenant's webhook that does not answer must leave room for the others'.
constexpr std::size_t tenants_share = 4;
constexpr std::size_t refusal_size_max = 512;

std::size_t share_of_one(std::size_t calls_max) { return std::max<std::size_t>(1, calls_max / tenants_share); }

std::string status_text(int status) { return status == 0 ? std::string() : "status code: " + std::to_string(status); }

}  // namespace

/// How many calls are being made, and who waits for which decision.
struct CustomAllocation::State {
  using Key = std::pair<TenantId, DeviceId>;
  struct Waiter {
    std::uint64_t number = 0;
    base::Completion<base::Done> completion;
  };

  Waiter add(const Key& key) {
    const std::lock_guard lock(mutex);
    return waiters.emplace(key, Waiter{.number = next_number++, .completion = {}})->second;
  }

  /// Wakes those who wait for this decision; `number` confines it to one of them.
  void wake(const Key& key, std::optional<std::uint64_t> number) {
    std::vector<Waiter> woken;
    {
      const std::lock_guard lock(mutex);
      for (auto [at, end] = waiters.equal_range(key); at != end;) {
        if (number && at->second.number != *number) {
          ++at;
          continue;
        }
        woken.push_back(at->second);
        at = waiters.erase(at);
      }
    }
    // Whoever takes a waiter out of the map settles it, so each is settled once.
    for (const auto& waiter : woken) waiter.completion.set({});
  }

  /// Whether one more call of this tenant may be made. `mutex` is held.
  bool has_room_for(const TenantId& tenant, std::size_t calls_max) const {
    const auto own = calls_of.find(tenant);
    return calls < calls_max && (own == calls_of.end() || own->second < share_of_one(calls_max));
  }

  static Task<void> wake_after(std::shared_ptr<State> state, Background& background, base::Duration time, Key key,
                               std::uint64_t number) {
    const bool time_passed = co_await background.sleep_for(time);
    static_cast<void>(time_passed);  // while the service drains nobody should wait either
    state->wake(key, number);
  }

  std::mutex mutex;  // held for look-ups only
  std::size_t calls = 0;
  std::map<TenantId, std::size_t> calls_of;
  std::uint64_t next_number = 0;
  std::multimap<Key, Waiter> waiters;
};

/// Counts one call while it lasts.
class CustomAllocation::Call {
 public:
  Call(std::shared_ptr<State> state, TenantId tenant) : state_(std::move(state)), tenant_(std::move(tenant)) {
    const std::lock_guard lock(state_->mutex);
    ++state_->calls;
    ++state_->calls_of[tenant_];
  }
  ~Call() {
    const std::lock_guard lock(state_->mutex);
    --state_->calls;
    if (--state_->calls_of[tenant_] == 0) state_->calls_of.erase(tenant_);
  }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

 private:
  std::shared_ptr<State> state_;
  TenantId tenant_;
};

/// A device that waits for its hub, with what is decided upon, read anew.
struct CustomAllocation::Case {
  DeviceRecord record;
  Caller caller;
  Attested attested;
  std::optional<std::variant<Enrollment, EnrollmentGroup>> enrollment;
};

CustomAllocation::CustomAllocation(Store& store, Attestor& attestor, DeviceCertificates& certificates, HubLoads& loads,
                                   const base::Clock& clock, base::Random& random, AllocationWebhook& webhook,
                                   Background& background, CustomAllocationSettings settings)
    : store_(store),
      attestor_(attestor),
      certificates_(certificates),
      loads_(loads),
      questions_(store, loads),
      clock_(clock),
      random_(random),
      webhook_(webhook),
      background_(background),
      settings_(settings),
      state_(std::make_shared<State>()) {}

CustomAllocation::~CustomAllocation() = default;

OutboxEntry CustomAllocation::entry_for(const Device& device, const Caller& caller, const Attested& attested,
                                        const std::optional<OutboxEntry>& pending) const {
  OutboxEntry entry;
  entry.tenant = device.tenant;
  entry.id = device.id;
  entry.kind = entry_kind;
  entry.content = name_of(caller.transport);
  entry.grounds = grounds_of(attested.terms.attestation, attested.authority);
  entry.signing_request = caller.signing_request;
  entry.created_at = entry.due_at = clock_.now();
  entry.revision = pending ? pending->revision : 0;
  const std::lock_guard lock(state_->mutex);
  if (state_->has_room_for(device.tenant, settings_.calls_max)) {
    entry.attempts = 1;
    entry.due_at += settings_.lease;
  }
  return entry;
}

bool CustomAllocation::serves(const OutboxEntry& pending, const Caller& caller, const Attested& attested) {
  return pending.grounds == grounds_of(attested.terms.attestation, attested.authority) &&
         (caller.signing_request.empty() || asks_for_the_same(caller.signing_request, pending.signing_request));
}

Task<void> CustomAllocation::start(OutboxEntry entry) {
  const State::Key key{entry.tenant, entry.id};
  const State::Waiter waiter = state_->add(key);
  if (entry.attempts > 0) background_.spawn(run(std::move(entry)));
  background_.spawn(State::wake_after(state_, background_, settings_.wait, key, waiter.number));
  co_await waiter.completion.wait();
}

Task<void> CustomAllocation::wait_for(TenantId tenant, DeviceId device) {
  const State::Key key{std::move(tenant), device};
  const State::Waiter waiter = state_->add(key);
  background_.spawn(State::wake_after(state_, background_, settings_.wait, key, waiter.number));
  co_await waiter.completion.wait();
}

Task<std::size_t> CustomAllocation::resume_due() {
  std::size_t free = 0;
  {
    const std::lock_guard lock(state_->mutex);
    free = settings_.calls_max - std::min(settings_.calls_max, state_->calls);
  }
  const TimePoint now = clock_.now();
  std::size_t resumed = 0;
  if (free == 0) co_return resumed;
  auto due = co_await store_.list_due_outbox(now, share_of_one(settings_.calls_max), due_looked_at_max);
  for (auto& entry : due) {
    if (resumed >= std::min(free, resumed_at_once_max)) break;
    if (entry.kind != entry_kind) continue;
    {
      const std::lock_guard lock(state_->mutex);
      if (!state_->has_room_for(entry.tenant, settings_.calls_max)) continue;
    }
    ++entry.attempts;
    entry.due_at = now + settings_.lease;
    Write claim{.tenant = entry.tenant, .changes = {Put{entry}}, .audit = {}};
    const auto claimed = co_await store_.commit(std::move(claim));
    if (!claimed) continue;  // another node was faster
    ++entry.revision;
    background_.spawn(run(std::move(entry)));
    ++resumed;
  }
  co_return resumed;
}

Task<void> CustomAllocation::run(OutboxEntry entry) {
  const Call call(state_, entry.tenant);
  const std::shared_ptr<State> state = state_;
  const State::Key key{entry.tenant, entry.id};
  const bool is_decided = co_await decide(std::move(entry));
  if (is_decided) state->wake(key, std::nullopt);
}

Task<bool> CustomAllocation::decide(OutboxEntry entry) {
  for (int attempt = 0; attempt < write_attempts_max; ++attempt) {
    const auto about = co_await read_case(entry);
    Status written = base::Done{};
    bool is_decided = true;
    if (!about) {
      written = co_await drop(entry);
    } else if (entry.attempts > takes_max * settings_.attempts_max) {
      const Error given_up(Errc::webhook_failed, "what the webhook decided could not be carried out");
      written = co_await fail(entry, *about, given_up, {});
    } else {
      auto question = co_await question_for(entry, *about);
      if (!question) {
        written = co_await fail(entry, *about, question.error(), {});
      } else {
        const WebhookExchange exchange = co_await webhook_.ask(std::move(*question));
        if (exchange.verdict) {
          written = co_await finish(entry, *about, *exchange.verdict);
        } else if (exchange.is_worth_a_retry && entry.attempts < settings_.attempts_max) {
          written = co_await try_later(entry);
          is_decided = false;
        } else {
          written = co_await fail(entry, *about, exchange.verdict.error(), status_text(exchange.status));
        }
      }
    }
    if (written) co_return is_decided;
    // Somebody else has the entry now, or the device, its enrollment or its registration changed: then decide anew.
    const auto current = co_await store_.find_outbox_entry(entry.tenant, entry.id);
    if (!current || current->revision != entry.revision) co_return !current;
  }
  co_return false;  // the lease ends, and the entry is taken up again
}

Task<std::optional<CustomAllocation::Case>> CustomAllocation::read_case(const OutboxEntry& entry) {
  auto record = co_await store_.find_device(entry.tenant, entry.id);
  if (!record || !record->registration || record->registration->status != RegistrationStatus::assigning)
    co_return std::nullopt;
  auto tenant = co_await store_.find_tenant(entry.tenant);
  if (!tenant) co_return std::nullopt;

  Case about;
  about.record = std::move(*record);
  about.caller.tenant = std::move(*tenant);
  about.caller.registration_id = about.record.device.name;
  const EnrollmentReference& by = about.record.device.enrollment;
  about.attested.enrollment = by;
  if (by.is_group) {
    GroupId id(by.id);
    auto group = co_await store_.find_group(entry.tenant, std::move(id));
    if (group) {
      about.attested.terms = group->terms;
      about.attested.enrollment_revision = group->revision;
      about.attested.enrollment_created_at = group->created_at;
      about.enrollment = std::move(*group);
    }
  } else {
    auto enrollment = co_await store_.find_enrollment(entry.tenant, by.id);
    if (enrollment) {
      about.attested.terms = enrollment->terms;
      about.attested.enrollment_revision = enrollment->revision;
      about.attested.enrollment_created_at = enrollment->created_at;
      about.enrollment = std::move(*enrollment);
    }
  }
  about.attested.hub_device_id = about.record.device.hub_device_id;
  co_return about;
}

Task<Result<WebhookQuestion>> CustomAllocation::question_for(const OutboxEntry& entry, const Case& about) {
  const DeviceRecord& record = about.record;
  if (!about.caller.tenant.enabled)
    co_return Error(Errc::tenant_disabled, "the tenant " + about.caller.tenant.id.str() + " is disabled");
  if (!about.enrollment) co_return Error(Errc::enrollment_not_found, record.device.enrollment.id + " was removed");
  const EnrollmentTerms& terms = about.attested.terms;
  if (!terms.enabled) co_return Error(Errc::enrollment_disabled, record.device.enrollment.id);
  const auto admitted = co_await attestor_.admit_again(record, entry.grounds, about.attested);
  if (!admitted) co_return admitted.error();
  if (policy_of(terms, about.caller.tenant.allocation_policy) != AllocationPolicy::custom)
    co_return Error(Errc::webhook_failed, "the allocation policy is not custom any more");

  WebhookSubject subject{.enrollment = *about.enrollment,
                         .registration_id = record.device.name,
                         .record = &record,
                         .payload = record.registration->payload};
  co_return co_await questions_.about(record.device.tenant, std::move(subject));
}

Task<Status> CustomAllocation::finish(const OutboxEntry& entry, const Case& about, const WebhookVerdict& verdict) {
  const auto hub = co_await store_.find_hub(entry.tenant, verdict.hub);
  if (!hub) co_return Error(Errc::revision_conflict, "the hub was unlinked while the webhook was asked");
  const auto attested = co_await attestor_.admit_again(about.record, entry.grounds, about.attested);
  if (!attested) co_return co_await fail(entry, about, attested.error(), {});
  DeviceChanges changes(about.caller, *attested, about.record, clock_.now(), random_);
  if (!entry.signing_request.empty()) {
    auto issuance = co_await certificates_.issue(about.caller.tenant, about.record.device,
                                                 attested->terms.credential_policy, entry.signing_request);
    if (!issuance) co_return co_await fail(entry, about, issuance.error(), {});
    changes.certify(std::move(*issuance));
  }
  changes.keep(*hub);
  changes.place_at(verdict.hub, verdict.initial_twin, verdict.device_payload);
  changes.finish(std::nullopt);
  changes.add(Remove{entry});
  const std::optional<HubName> before = changes.current_hub();
  const auto committed = co_await store_.commit(std::move(changes).write());
  if (committed && before != verdict.hub) loads_.moved(entry.tenant, before, verdict.hub);
  co_return committed;
}

Task<Status> CustomAllocation::fail(const OutboxEntry& entry, const Case& about, base::Error reason, std::string told) {
  const std::string device = "device:" + about.record.device.name.str();
  // The detail may quote what the webhook sent.
  const std::string detail = base::printable(reason.detail(), refusal_size_max);
  Registration registration = *about.record.registration;
  registration.status = RegistrationStatus::failed;
  registration.failure = base::describe(reason.code()).name;
  registration.failure_detail = std::move(told);
  registration.refusal = base::to_string(Error(reason.code(), detail));
  registration.updated_at = clock_.now();
  RefusalRecord refusal = co_await refusal_of(entry, about);
  refusal.code = registration.failure;
  refusal.detail = detail;
  Write write{.tenant = entry.tenant, .changes = {Put{registration}, Put{refusal}, Remove{entry}}, .audit = {}};
  write.audit.push_back({.actor = device,
                         .action = "device.refused",
                         .subject = device,
                         .outcome = registration.failure,
                         .detail = detail,
                         .personal = {},
                         .at = registration.updated_at});
  co_return co_await store_.commit(std::move(write));
}

Task<RefusalRecord> CustomAllocation::refusal_of(const OutboxEntry& entry, const Case& about) {
  const Device& device = about.record.device;
  const TimePoint now = clock_.now();
  const auto kept = co_await store_.list_refusals(entry.tenant, device.name.folded());
  const auto known = std::ranges::find(kept, entry.id, &RefusalRecord::id);
  if (known != kept.end()) {
    RefusalRecord refusal = *known;
    ++refusal.count;
    refusal.last_at = now;
    co_return refusal;
  }
  RefusalRecord refusal{.tenant = entry.tenant,
                        .registration_id = device.name,
                        .id = entry.id,
                        .at = now,
                        .transport = from_name<Transport>(entry.content).value_or(Transport::https),
                        .attestation = std::string(name_of(about.record.registration->attestation)),
                        .enrollment = (device.enrollment.is_group ? "group " : "enrollment ") + device.enrollment.id,
                        .code = {},
                        .detail = {},
                        .address = {},
                        .count = 1,
                        .last_at = now};
  refusal.is_known = true;
  co_return refusal;
}

Task<Status> CustomAllocation::try_later(OutboxEntry entry) {
  const auto pause = settings_.first_pause * (std::int64_t{1} << std::min(entry.attempts - 1, 16));
  // Up to a quarter more, so that what failed together does not come back together.
  const std::int64_t jitter = random_.bytes(1).front() * pause.count() / 1024;
  entry.due_at = clock_.now() + pause + base::Duration(jitter);
  Write write{.tenant = entry.tenant, .changes = {Put{entry}}, .audit = {}};
  co_return co_await store_.commit(std::move(write));
}

Task<Status> CustomAllocation::drop(const OutboxEntry& entry) {
  Write write{.tenant = entry.tenant, .changes = {Remove{entry}}, .audit = {}};
  co_return co_await store_.commit(std::move(write));
}

}  // namespace muster::provisioning
