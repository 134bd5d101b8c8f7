#include "provisioning/registrar.hpp"

#include <algorithm>

#include "codec/tpm/activation_blob.hpp"
#include "provisioning/allocation.hpp"
#include "provisioning/device_changes.hpp"
#include "provisioning/ip_filter.hpp"
#include "provisioning/registration_basis.hpp"

namespace muster::provisioning {

using base::Errc;
using base::Error;

namespace {

constexpr std::size_t hub_key_size = 32;
constexpr int write_attempts_max = 8;
/// After so many only the rows that decided are kept, so that a tenant whose groups are changed without pause lets
/// devices in.
constexpr int outdated_bases_max = 2;
constexpr int basis_reads_max = 3;
constexpr std::size_t shown_operation_id_size_max = 128;

/// Whether what the device shows its hub was drawn for the TPM of this endorsement key.
bool has_hub_key_for(const DeviceRecord& record, const attest::tpm::EndorsementKey& endorsement_key) {
  const Credential* credential = active(record.credentials);
  return credential != nullptr && credential->kind == CredentialKind::hub_symmetric_key &&
         std::ranges::any_of(record.identities, [&](const Identity& identity) {
           return identity.kind == IdentityKind::endorsement_key && identity.state == OverlapState::active &&
                  identity.fingerprint == endorsement_key.hash;
         });
}

}  // namespace

SecretPlace key_place(const Credential& credential) {
  return {credential.tenant, "credential", credential.device.str() + "/" + credential.id.str()};
}

Registrar::Registrar(Store& store, Vault& vault, const base::Clock& clock, base::Random& random, AllocationParts parts,
                     std::string public_pki_url)
    : store_(store),
      vault_(vault),
      clock_(clock),
      random_(random),
      attestor_(store, vault, clock),
      challenges_(store, vault, clock, random),
      refusals_(store, clock, random),
      certificates_(store, vault, clock, random, std::move(public_pki_url)),
      parts_(parts),
      hub_loads_(store, clock),
      pacing_(clock),
      deferrals_(store, vault, clock) {
  if (parts.webhook != nullptr && parts.background != nullptr)
    custom_allocation_ = std::make_unique<CustomAllocation>(store, attestor_, certificates_, hub_loads_, clock, random,
                                                            *parts.webhook, *parts.background, parts.custom);
}

Task<std::size_t> Registrar::resume_allocations() {
  if (!custom_allocation_) co_return 0;
  co_return co_await custom_allocation_->resume_due();
}

Caller Registrar::caller_of(RegistrationRequest& request, Tenant tenant) {
  return Caller{.tenant = std::move(tenant),
                .registration_id = request.registration_id,
                .evidence = std::move(request.evidence),
                .address = std::move(request.address),
                .transport = request.transport,
                .signing_request = std::move(request.signing_request),
                .noted_refusal = request.noted_refusal};
}

Caller Registrar::caller_of(RegistrationRequest& request, std::shared_ptr<RegistrationBasis> basis) {
  Caller caller = caller_of(request, basis->tenant());
  caller.basis = std::move(basis);
  return caller;
}

Status Registrar::may_ask(const Caller& caller) {
  if (!caller.tenant.enabled)
    return Error(Errc::tenant_disabled, "the tenant " + caller.tenant.id.str() + " is disabled");
  return check_address(caller.tenant, caller.address, IpTarget::device_api);
}

Task<Status> Registrar::use_current_basis(Caller& caller) {
  // Whoever finds out that it is outdated is not given the same again; the next one may be outdated by now, too.
  for (int attempt = 0; attempt < basis_reads_max; ++attempt) {
    const bool is_current = co_await caller.basis->is_current();
    if (is_current) break;
    ++caller.outdated_bases;
    IdScope id_scope = caller.tenant.id_scope;
    auto basis = co_await store_.registration_basis(std::move(id_scope));
    if (!basis) co_return Error(Errc::unknown_id_scope, caller.tenant.id_scope.str());
    caller.tenant = basis->tenant();
    caller.basis = std::move(basis);
  }
  co_return may_ask(caller);
}

Task<Result<Caller>> Registrar::admit(RegistrationRequest& request) {
  IdScope id_scope = request.id_scope;
  auto basis = co_await store_.registration_basis(std::move(id_scope));
  if (!basis) co_return Error(Errc::unknown_id_scope, request.id_scope.str());
  Caller caller = caller_of(request, std::move(basis));
  const Status allowed = co_await use_current_basis(caller);
  if (allowed) co_return caller;
  co_await record(caller, allowed.error());
  co_return allowed.error();
}

Task<void> Registrar::note_refusal(RegistrationRequest request, Error refusal) {
  IdScope id_scope = request.id_scope;
  const auto tenant = co_await store_.find_tenant(std::move(id_scope));
  if (!tenant) co_return;
  const Caller caller = caller_of(request, *tenant);
  co_await refusals_.record(caller, std::move(refusal));
}

Task<void> Registrar::record(const Caller& caller, Error refusal) {
  // Of a tenant that is gone nothing is kept.
  if (refusal.code() == Errc::unknown_id_scope) co_return;
  co_await refusals_.record(caller, std::move(refusal));
}

Task<void> Registrar::tidy_refusals() {
  co_await refusals_.write_pending();
  co_await refusals_.remove_old();
}

Task<Result<RegistrationOutcome>> Registrar::register_device(RegistrationRequest request) {
  IdScope id_scope = request.id_scope;
  auto basis = co_await store_.registration_basis(std::move(id_scope));
  if (!basis) co_return Error(Errc::unknown_id_scope, request.id_scope.str());
  const Wish wish{.payload = std::move(request.payload), .force = request.force};
  Caller caller = caller_of(request, std::move(basis));
  auto outcome = co_await register_admitted(caller, wish);
  if (!outcome && outcome.error().code() != Errc::busy) {
    // Nobody is refused for what is not so any more.
    const bool is_current = co_await caller.basis->is_current();
    if (!is_current) {
      const Status allowed = co_await use_current_basis(caller);
      if (allowed) {
        outcome = co_await register_caller(caller, wish, Turn::must_be_asked_for);
      } else {
        outcome = allowed.error();
      }
    }
  }
  if (!outcome) co_await record(caller, outcome.error());
  co_return outcome;
}

Task<Result<RegistrationOutcome>> Registrar::register_admitted(Caller& caller, const Wish& wish) {
  const auto allowed = may_ask(caller);
  if (!allowed) co_return allowed.error();
  co_return co_await register_caller(caller, wish, Turn::must_be_asked_for);
}

Task<Result<RegistrationOutcome>> Registrar::continue_deferred(RegistrationRequest request, std::string operation_id) {
  auto caller = co_await admit(request);
  if (!caller) co_return caller.error();
  caller->operation_id = std::move(operation_id);
  auto outcome = co_await continue_as(*caller);
  if (!outcome) co_await record(*caller, outcome.error());
  co_return outcome;
}

Task<Result<RegistrationOutcome>> Registrar::continue_as(Caller& caller) {
  const TenantId& tenant = caller.tenant.id;
  const RegistrationId& id = caller.registration_id;
  const auto record = co_await store_.find_device(tenant, id.folded());
  if (record && record->registration && record->registration->operation_id == caller.operation_id) {
    auto done = co_await own_registration(caller);
    if (!done) co_return done.error();
    co_return RegistrationOutcome(std::move(*done));
  }

  const auto deferred = co_await deferrals_.read(tenant, id, caller.operation_id);
  if (!deferred) co_return Error(Errc::operation_not_found, "the device's operation is another one, or too old");
  // What was registered since then is the answer: one turn is one registration, however often its id is shown.
  if (record && record->registration && record->registration->updated_at >= deferred->turn) {
    auto done = co_await own_registration(caller);
    if (!done) co_return done.error();
    co_return RegistrationOutcome(std::move(*done));
  }
  if (clock_.now() < deferred->turn) {
    // Only a device that proved who it is was ever told this id, so it can be counted before it proves that again.
    const auto allowed = pacing_.take_request(caller.tenant, id);
    if (!allowed) co_return allowed.error();
    co_return RegistrationOutcome(DeferredOperation{.operation_id = caller.operation_id, .turn = deferred->turn});
  }
  auto sent_along = co_await deferrals_.find(tenant, id, caller.operation_id);
  Wish wish{.payload = {}, .force = deferred->force};
  if (sent_along) {
    if (!sent_along->payload.empty()) wish.payload = sent_along->payload;
    caller.signing_request = sent_along->signing_request;
  }
  pacing_.use_turn(caller.tenant, id);
  auto outcome = co_await register_caller(caller, wish, Turn::has_come);
  if (outcome && sent_along) co_await deferrals_.remove(std::move(*sent_along));
  co_return outcome;
}

Task<Result<std::optional<DeferredOperation>>> Registrar::ask_for_turn(const Caller& caller, const Wish& wish) {
  const auto turn = pacing_.take_registration(caller.tenant, caller.registration_id);
  if (!turn) co_return turn.error();
  if (*turn <= clock_.now()) co_return std::optional<DeferredOperation>();
  auto put_off = co_await deferrals_.put_off(caller, *turn, wish.force, wish.payload);
  if (!put_off) co_return put_off.error();
  co_return std::optional(std::move(*put_off));
}

Task<Result<std::optional<TpmChallenge>>> Registrar::authenticate(RegistrationRequest request) {
  auto caller = co_await admit(request);
  if (!caller) co_return caller.error();
  auto outcome = co_await authenticate_caller(*caller);
  if (!outcome) co_await record(*caller, outcome.error());
  co_return outcome;
}

Task<Result<std::optional<TpmChallenge>>> Registrar::authenticate_caller(Caller& caller) {
  auto proof = co_await attestor_.attest(caller);
  if (!proof) co_return proof.error();
  auto* needed = std::get_if<ChallengeNeeded>(&*proof);
  if (needed == nullptr) co_return std::optional<TpmChallenge>();
  auto blob = co_await challenges_.issue(caller, std::move(*needed));
  if (!blob) co_return blob.error();
  co_return std::optional(TpmChallenge{std::move(*blob)});
}

Task<Result<RegistrationOutcome>> Registrar::register_caller(Caller& caller, const Wish& wish, Turn turn) {
  for (int attempt = 0; attempt < write_attempts_max; ++attempt) {
    auto proof = co_await attestor_.attest(caller);
    if (!proof) co_return proof.error();
    if (auto* needed = std::get_if<ChallengeNeeded>(&*proof)) {
      auto blob = co_await challenges_.issue(caller, std::move(*needed));
      if (!blob) co_return blob.error();
      co_return RegistrationOutcome(TpmChallenge{std::move(*blob)});
    }
    auto put_off = co_await pace(caller, wish, turn);
    if (!put_off) co_return put_off.error();
    if (*put_off) co_return RegistrationOutcome(std::move(**put_off));
    caller.names_basis = caller.outdated_bases < outdated_bases_max;
    auto outcome = co_await assign(caller, std::get<Attested>(*proof), wish);
    // Whatever changed meanwhile (the device, its enrollment), the decision is made anew from the beginning.
    if (outcome || outcome.error().code() != Errc::revision_conflict) co_return outcome;
    const Status allowed = co_await use_current_basis(caller);
    if (!allowed) co_return allowed.error();
  }
  co_return Error(Errc::busy, "too many registrations of " + caller.registration_id.str() + " at the same time");
}

Task<Result<std::optional<DeferredOperation>>> Registrar::pace(Caller& caller, const Wish& wish, Turn turn) {
  if (!caller.has_request) {
    const auto allowed = pacing_.take_request(caller.tenant, caller.registration_id);
    if (!allowed) co_return allowed.error();
    caller.has_request = true;
  }
  if (caller.has_turn || turn == Turn::has_come) co_return std::optional<DeferredOperation>();
  auto put_off = co_await ask_for_turn(caller, wish);
  caller.has_turn = static_cast<bool>(put_off);
  co_return put_off;
}

Task<Status> Registrar::check_owner(const Caller& caller, const DeviceRecord& stored, const Attested& attested) {
  const EnrollmentReference& owner = stored.device.enrollment;
  if (!owner.is_group || !attested.enrollment.is_group || owner == attested.enrollment) co_return base::Done{};
  GroupId group(owner.id);
  auto owning_group = co_await store_.find_group(stored.device.tenant, std::move(group));
  if (!owning_group) co_return base::Done{};
  const bool is_shared = co_await attestor_.admits(caller, std::move(*owning_group));
  if (is_shared) co_return base::Done{};
  co_return Error(Errc::name_taken, "the device belongs to group " + owner.id + " and now attests under group " +
                                        attested.enrollment.id +
                                        ", which the first one does not accept; remove the device to let it change");
}

Task<Status> Registrar::describe(DeviceChanges& changes, const Attested& attested) {
  if (attested.tpm) {
    const auto keys = read_keys(*attested.tpm);
    if (!keys) co_return keys.error();
    changes.identify(IdentityKind::endorsement_key, keys->endorsement_key.hash, attested.tpm->endorsement_key);
    if (auto fresh = changes.need_hub_key()) {
      SecretPlace place = key_place(*fresh);
      Secret key = random_.secret(hub_key_size);
      SealedSecret sealed = co_await vault_.seal(std::move(place), std::move(key));
      changes.give_hub_key(std::move(*fresh), std::move(sealed));
    }
  } else if (attested.certificate) {
    const Bytes fingerprint = base::to_bytes(crypto::sha256(attested.certificate->der()));
    changes.identify(IdentityKind::device_certificate, fingerprint, attested.certificate->der());
    changes.give_credential(CredentialKind::certificate_thumbprint, fingerprint);
  } else {
    changes.give_credential(CredentialKind::enrollment_key, {});
  }
  co_return base::Done{};
}

Task<Result<RegistrationOutcome>> Registrar::assign(const Caller& caller, const Attested& attested, const Wish& wish) {
  auto stored = co_await store_.find_device(caller.tenant.id, caller.registration_id.folded());
  if (stored) {
    const auto owned = co_await check_owner(caller, *stored, attested);
    if (!owned) co_return owned.error();
  }
  const auto all_hubs = co_await caller.basis->hubs();
  const std::vector<Hub>& hubs = *all_hubs;
  DeviceChanges changes(caller, attested, std::move(stored), clock_.now(), random_);
  const auto described = co_await describe(changes, attested);
  if (!described) co_return described.error();
  const AllocationPolicy policy = policy_of(attested.terms, caller.tenant.allocation_policy);
  const bool keeps_hub = changes.keeps_hub(hubs);
  const bool is_webhooks = !keeps_hub && policy == AllocationPolicy::custom;
  if (!caller.signing_request.empty()) {
    const std::string& name = attested.terms.credential_policy;
    const Device& device = changes.record().device;
    if (is_webhooks) {
      // It is issued once the webhook has decided; what cannot be issued is refused now.
      const auto allowed = co_await certificates_.check(caller.tenant, device, name, caller.signing_request);
      if (!allowed) co_return allowed.error();
    } else {
      auto issuance = co_await certificates_.issue(caller.tenant, device, name, caller.signing_request);
      if (!issuance) co_return issuance.error();
      changes.certify(std::move(*issuance));
    }
  }

  if (!keeps_hub) {
    AllocationFacts facts;
    facts.device = caller.registration_id.folded();
    facts.linked = hubs;
    facts.full = co_await hub_loads_.full(caller.tenant.id, hubs);
    facts.current = changes.current_hub();
    if (is_webhooks) {
      const auto any = candidates(attested.terms, facts);
      if (!any) co_return any.error();
      co_return co_await assign_by_webhook(std::move(changes), caller, attested, wish);
    }
    if (policy == AllocationPolicy::geo_latency && parts_.locator != nullptr)
      facts.place = parts_.locator->locate(caller.address);
    const auto hub = allocate(attested.terms, policy, facts);
    if (!hub) co_return hub.error();
    changes.keep(*hub);  // a hub that begins to drain meanwhile is not the answer
    changes.place_at(hub->name);
  } else {
    changes.keep(*std::ranges::find(hubs, *changes.current_hub(), &Hub::name));
  }
  changes.finish(wish.payload);

  DeviceRecord record = changes.record();
  const std::optional<HubName> before = changes.current_hub();
  const auto committed = co_await store_.commit(std::move(changes).write());
  if (!committed) co_return committed.error();
  ++record.registration->revision;
  if (before != record.registration->hub) hub_loads_.moved(caller.tenant.id, before, record.registration->hub);
  auto answer = co_await answer_for(record, attested);
  co_return RegistrationOutcome(std::move(answer));
}

Task<Result<RegistrationOutcome>> Registrar::assign_by_webhook(DeviceChanges changes, const Caller& caller,
                                                               const Attested& attested, const Wish& wish) {
  if (!custom_allocation_) throw std::logic_error("custom allocation without a webhook client");
  const DeviceRecord& known = changes.record();
  const TenantId tenant = known.device.tenant;
  const DeviceId device = known.device.id;
  auto pending = co_await store_.find_outbox_entry(tenant, device);
  const bool is_under_way = pending && CustomAllocation::serves(*pending, caller, attested) && known.registration &&
                            known.registration->status == RegistrationStatus::assigning && !changes.is_changed() &&
                            !wish.force && (!wish.payload || *wish.payload == known.registration->payload);
  if (is_under_way) {
    // Nothing is written that would notice.
    const bool is_current = co_await caller.basis->is_current();
    if (!is_current) co_return Error(Errc::revision_conflict, "what the device was let in upon has changed");
    co_await custom_allocation_->wait_for(tenant, device);
  } else {
    OutboxEntry entry = custom_allocation_->entry_for(known.device, caller, attested, pending);
    changes.begin(wish.payload);
    changes.add(Put{entry});
    const auto committed = co_await store_.commit(std::move(changes).write());
    if (!committed) co_return committed.error();
    ++entry.revision;
    co_await custom_allocation_->start(std::move(entry));
  }

  const auto record = co_await store_.find_device(tenant, device);
  if (!record || !record->registration) co_return Error(Errc::revision_conflict, "the registration was removed");
  const Registration& decided = *record->registration;
  if (decided.status == RegistrationStatus::failed && decided.failure == base::describe(Errc::enrollment_changed).name)
    co_return Error(Errc::revision_conflict, decided.refusal);
  auto answer = co_await answer_for(*record, attested);
  co_return RegistrationOutcome(std::move(answer));
}

Task<RegisteredDevice> Registrar::answer_for(const DeviceRecord& record, const Attested& attested) {
  RegisteredDevice registered{.device = record.device, .registration = *record.registration, .activation_blob = {}};
  if (record.registration->status != RegistrationStatus::assigned) co_return registered;
  registered.certificate_chain =
      co_await certificates_.chain(record.device.tenant, record.registration->certificate_serial);
  if (attested.tpm) registered.activation_blob = co_await hub_key_blob(record, *attested.tpm);
  co_return registered;
}

Task<Bytes> Registrar::hub_key_blob(const DeviceRecord& record, const TpmKeys& keys) {
  const Credential* credential = active(record.credentials);
  if (credential == nullptr || credential->kind != CredentialKind::hub_symmetric_key)
    throw std::logic_error("a device with a TPM has no hub key");
  const auto read = read_keys(keys);
  if (!read) throw std::logic_error("keys that were challenged cannot be read: " + base::to_string(read.error()));
  SecretPlace place = key_place(*credential);
  const Secret key = co_await vault_.open(std::move(place), credential->secret);
  const std::string uri = record.registration->hub.str() + "/devices/" + record.device.hub_device_id;
  auto blob = codec::tpm::make_activation_blob(read->endorsement_key.public_area, read->storage_root_key.public_area,
                                               key, uri, random_);
  if (!blob) throw std::logic_error("no blob for keys that were challenged: " + base::to_string(blob.error()));
  co_return std::move(*blob);
}

Task<Result<RegisteredDevice>> Registrar::own_registration(Caller& caller) {
  auto proof = co_await attestor_.attest(caller);
  if (!proof) co_return proof.error();
  if (std::holds_alternative<ChallengeNeeded>(*proof))
    co_return Error(Errc::credentials_missing, "a device with a TPM asks with the token of its registration");
  const auto& attested = std::get<Attested>(*proof);
  const auto allowed = pacing_.take_request(caller.tenant, caller.registration_id);
  if (!allowed) co_return allowed.error();

  const auto record = co_await store_.find_device(caller.tenant.id, caller.registration_id.folded());
  if (!record || !record->registration)
    co_return Error(Errc::registration_not_found,
                    "'" + caller.registration_id.str() + "' is enrolled, but has not registered");
  const auto owned = co_await check_owner(caller, *record, attested);
  if (!owned) co_return owned.error();
  RegisteredDevice registered{.device = record->device, .registration = *record->registration, .activation_blob = {}};
  if (record->registration->status != RegistrationStatus::assigned) co_return registered;
  registered.certificate_chain =
      co_await certificates_.chain(record->device.tenant, record->registration->certificate_serial);
  if (attested.tpm) {
    const auto keys = read_keys(*attested.tpm);
    if (!keys) co_return keys.error();
    // After another TPM was enrolled, its owner must not get at the key of the one before.
    if (!has_hub_key_for(*record, keys->endorsement_key))
      co_return Error(Errc::registration_not_found, "the registration is not this TPM's; it must register first");
    registered.activation_blob = co_await hub_key_blob(*record, *attested.tpm);
  }
  co_return registered;
}

Task<Result<RegisteredDevice>> Registrar::own_operation(Caller& caller, std::string operation_id) {
  auto registered = co_await own_registration(caller);
  if (!registered) co_return registered;
  if (registered->registration.operation_id != operation_id)
    co_return Error(Errc::operation_not_found, "the device's last operation is " +
                                                   registered->registration.operation_id + ", it asks for " +
                                                   operation_id.substr(0, shown_operation_id_size_max));
  co_return registered;
}

Task<Result<RegisteredDevice>> Registrar::operation_status(RegistrationRequest request, std::string operation_id) {
  auto caller = co_await admit(request);
  if (!caller) co_return caller.error();
  auto registered = co_await own_operation(*caller, std::move(operation_id));
  if (!registered) co_await record(*caller, registered.error());
  co_return registered;
}

Task<Result<RegisteredDevice>> Registrar::look_up(RegistrationRequest request) {
  auto caller = co_await admit(request);
  if (!caller) co_return caller.error();
  auto registered = co_await own_registration(*caller);
  if (!registered) co_await record(*caller, registered.error());
  co_return registered;
}

}  // namespace muster::provisioning
