// Registrations whose hub a webhook chooses: begun in one commit, decided in another, by whichever node is alive.
#pragma once

#include <chrono>
#include <memory>
#include <optional>

#include "base/random.hpp"
#include "provisioning/allocation_webhook.hpp"
#include "provisioning/attestation.hpp"
#include "provisioning/background.hpp"
#include "provisioning/device_certificates.hpp"
#include "provisioning/webhook_questions.hpp"

namespace muster::provisioning {

struct CustomAllocationSettings {
  /// How long a registration waits for the decision before it is told to ask again.
  base::Duration wait = std::chrono::seconds(3);
  /// How long a node may take for one call; after that another one makes it. More than the webhook's own time limit.
  base::Duration lease = std::chrono::seconds(20);
  int attempts_max = 4;
  /// Before the second attempt; twice as long before each further one.
  base::Duration first_pause = std::chrono::seconds(1);
  /// Calls of this node at the same time; what comes beyond waits in the outbox.
  std::size_t calls_max = 256;
};

/// The registration is committed as assigning, together with an outbox entry whose id is the device's: at most one
/// decision is under way for each device, and the rows hold all that is needed to go on with it. Whoever makes a call
/// first claims the entry (its revision decides between nodes) until the lease is over. Finishing, for good or ill, is
/// one commit that removes the entry.
///
/// A webhook takes its time. What let the device in is therefore looked at again before the webhook is asked and before
/// the device is placed, and held by the commit that places it; where it is not the same any more, the registration
/// fails with enrollment_changed, or says more exactly why. Other changes of the enrollment count as they are then. The
/// certificate that the device asked for is issued by the commit that places it, and not before.
///
/// Safe to call from any thread.
class CustomAllocation {
 public:
  CustomAllocation(Store& store, Attestor& attestor, DeviceCertificates& certificates, HubLoads& loads,
                   const base::Clock& clock, base::Random& random, AllocationWebhook& webhook, Background& background,
                   CustomAllocationSettings settings);
  ~CustomAllocation();

  /// The outbox entry of a device that begins to be assigned, to be committed with it: claimed by this node, or due at
  /// once where this node makes too many calls. `pending` is the one that is there already.
  OutboxEntry entry_for(const Device& device, const Caller& caller, const Attested& attested,
                        const std::optional<OutboxEntry>& pending) const;

  /// Whether a pending entry's decision is the one that this caller wants: it was let in by the same, and asks for the
  /// same certificate or for none.
  static bool serves(const OutboxEntry& pending, const Caller& caller, const Attested& attested);

  /// Calls the webhook for an entry that is committed, if this node has claimed it, and waits briefly for the decision.
  Task<void> start(OutboxEntry entry);

  /// Waits briefly for a decision that is under way, on this node or another one.
  Task<void> wait_for(TenantId tenant, DeviceId device);

  /// Takes up entries that are due: left by a node that is gone, or to be tried again. Returns how many.
  Task<std::size_t> resume_due();

 private:
  struct State;
  class Call;
  struct Case;

  Task<void> run(OutboxEntry entry);
  /// Whether the registration is decided (or not there any more).
  Task<bool> decide(OutboxEntry entry);
  Task<std::optional<Case>> read_case(const OutboxEntry& entry);
  Task<Result<WebhookQuestion>> question_for(const OutboxEntry& entry, const Case& about);
  /// Places the device and issues its certificate, or fails where it may have neither any more. revision_conflict where
  /// something changed meanwhile.
  Task<Status> finish(const OutboxEntry& entry, const Case& about, const WebhookVerdict& verdict);
  /// The one row that the failures of a device's webhook are counted in; it has the outbox entry's id.
  Task<RefusalRecord> refusal_of(const OutboxEntry& entry, const Case& about);
  Task<Status> fail(const OutboxEntry& entry, const Case& about, base::Error reason, std::string told);
  Task<Status> try_later(OutboxEntry entry);
  Task<Status> drop(const OutboxEntry& entry);

  Store& store_;
  Attestor& attestor_;
  DeviceCertificates& certificates_;
  HubLoads& loads_;
  WebhookQuestions questions_;
  const base::Clock& clock_;
  base::Random& random_;
  AllocationWebhook& webhook_;
  Background& background_;
  CustomAllocationSettings settings_;
  std::shared_ptr<State> state_;  // calls that end after this object is gone still need it
};

}  // namespace muster::provisioning
