#include "provisioning/registrar.hpp"

#include <algorithm>
#include <chrono>

#include "codec/tpm/activation_blob.hpp"
#include "provisioning/device_changes.hpp"

namespace muster::provisioning {

using base::Errc;
using base::Error;

namespace {

constexpr std::size_t nonce_key_size = 32;
constexpr std::chrono::hours challenge_lifetime{1};
constexpr std::size_t open_challenges_max = 3;
constexpr int write_attempts_max = 8;

/// Reads both keys and refuses those that would prove nothing.
struct ReadKeys {
  attest::tpm::EndorsementKey endorsement_key;
  attest::tpm::StorageKey storage_root_key;
};

Result<ReadKeys> read_keys(const TpmKeys& keys) {
  auto endorsement_key = attest::tpm::read_endorsement_key(keys.endorsement_key);
  if (!endorsement_key) return endorsement_key.error();
  auto storage_root_key = attest::tpm::read_storage_root_key(keys.storage_root_key);
  if (!storage_root_key) return storage_root_key.error();
  return ReadKeys{std::move(*endorsement_key), std::move(*storage_root_key)};
}

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

Registrar::Registrar(Store& store, Vault& vault, const base::Clock& clock, base::Random& random)
    : store_(store), vault_(vault), clock_(clock), random_(random), attestor_(store, vault, clock),
      refusals_(store, clock) {}

Task<Result<Caller>> Registrar::admit(RegistrationRequest& request) {
  auto tenant = co_await store_.find_tenant(request.id_scope);
  if (!tenant) co_return Error(Errc::unknown_id_scope, request.id_scope.str());
  if (!tenant->enabled) co_return Error(Errc::tenant_disabled, tenant->id.str());
  Caller caller{.tenant = std::move(*tenant),
                .registration_id = request.registration_id,
                .evidence = std::move(request.evidence),
                .address = std::move(request.address)};
  co_return caller;
}

Task<Result<RegistrationOutcome>> Registrar::register_device(RegistrationRequest request) {
  const auto caller = co_await admit(request);
  if (!caller) co_return caller.error();
  auto outcome = co_await register_caller(*caller, request.payload);
  if (!outcome) co_await refusals_.record(*caller, outcome.error());
  co_return outcome;
}

Task<Result<RegistrationOutcome>> Registrar::register_caller(const Caller& caller,
                                                             const std::optional<JsonText>& payload) {
  auto proof = co_await attestor_.attest(caller);
  if (!proof) co_return proof.error();
  if (auto* needed = std::get_if<ChallengeNeeded>(&*proof)) co_return co_await challenge(caller, std::move(*needed));
  co_return co_await assign(caller, std::get<Attested>(std::move(*proof)), payload);
}

Task<Result<RegistrationOutcome>> Registrar::challenge(const Caller& caller, ChallengeNeeded needed) {
  const auto keys = read_keys(needed.keys);
  if (!keys) co_return keys.error();

  const TimePoint now = clock_.now();
  const Secret key = random_.secret(nonce_key_size);
  Challenge challenge{.tenant = caller.tenant.id,
                      .registration_id = caller.registration_id,
                      .id = Uuid::draw(random_),
                      .enrollment = std::move(needed.enrollment),
                      .endorsement_key = std::move(needed.keys.endorsement_key),
                      .storage_root_key = std::move(needed.keys.storage_root_key),
                      .key = {},
                      .created_at = now,
                      .expires_at = now + challenge_lifetime};
  SecretPlace place = key_place(challenge);
  challenge.key = co_await vault_.seal(std::move(place), key);

  auto blob = codec::tpm::make_activation_blob(keys->endorsement_key.public_area, keys->storage_root_key.public_area,
                                               key, resource_of(caller), random_);
  if (!blob) co_return blob.error();

  for (int attempt = 0; attempt < write_attempts_max; ++attempt) {
    Write write{.tenant = caller.tenant.id, .changes = {}, .audit = {}};
    write.changes.emplace_back(Put{challenge});
    const auto open = co_await store_.list_challenges(caller.tenant.id, caller.registration_id.folded());
    for (std::size_t i = 0; i < open.size(); ++i)
      if (i + 1 >= open_challenges_max || open[i].expires_at <= now) write.changes.emplace_back(Remove{open[i]});
    const auto committed = co_await store_.commit(std::move(write));
    if (committed) co_return RegistrationOutcome(TpmChallenge{std::move(*blob)});
    if (committed.error().code() != Errc::revision_conflict) co_return committed.error();
  }
  co_return Error(Errc::busy, "too many challenges for " + caller.registration_id.str() + " at the same time");
}

Task<Result<RegistrationOutcome>> Registrar::assign(const Caller& caller, Attested attested,
                                                    const std::optional<JsonText>& payload) {
  std::optional<ReadKeys> keys;
  if (attested.tpm) {
    auto read = read_keys(*attested.tpm);
    if (!read) co_return read.error();
    keys = std::move(*read);
  }

  for (int attempt = 0; attempt < write_attempts_max; ++attempt) {
    auto stored = co_await store_.find_device(caller.tenant.id, caller.registration_id.folded());
    const auto hubs = co_await store_.list_hubs(caller.tenant.id);
    DeviceChanges changes(caller, attested, std::move(stored), clock_.now(), random_);

    const auto placed = changes.place(hubs);
    if (!placed) co_return placed.error();
    if (keys) {
      changes.identify(IdentityKind::endorsement_key, keys->endorsement_key.hash, attested.tpm->endorsement_key);
      if (auto fresh = changes.need_hub_key()) {
        SecretPlace place = key_place(*fresh);
        Secret key = random_.secret(nonce_key_size);
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
    changes.finish(payload);

    DeviceRecord record = changes.record();
    const auto committed = co_await store_.commit(std::move(changes).write());
    if (committed) {
      ++record.registration->revision;
      RegisteredDevice registered{.device = record.device, .registration = *record.registration, .activation_blob = {}};
      if (attested.tpm) registered.activation_blob = co_await hub_key_blob(record, *attested.tpm);
      co_return RegistrationOutcome(std::move(registered));
    }
    if (committed.error().code() != Errc::revision_conflict) co_return committed.error();
  }
  co_return Error(Errc::busy, "too many registrations of " + caller.registration_id.str() + " at the same time");
}

Task<Bytes> Registrar::hub_key_blob(const DeviceRecord& record, const TpmKeys& keys) {
  const Credential* credential = active(record.credentials);
  if (credential == nullptr || credential->kind != CredentialKind::hub_symmetric_key) throw std::logic_error("a device with a TPM has no hub key");
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

Task<Result<RegisteredDevice>> Registrar::own_registration(const Caller& caller) {
  auto proof = co_await attestor_.attest(caller);
  if (!proof) co_return proof.error();
  if (std::holds_alternative<ChallengeNeeded>(*proof))
    co_return Error(Errc::credentials_missing, "a device with a TPM asks with the token of its registration");
  const auto& attested = std::get<Attested>(*proof);

  const auto record = co_await store_.find_device(caller.tenant.id, caller.registration_id.folded());
  if (!record || !record->registration) co_return Error(Errc::registration_not_found, caller.registration_id.str());
  RegisteredDevice registered{.device = record->device, .registration = *record->registration, .activation_blob = {}};
  if (attested.tpm && record->registration->status == RegistrationStatus::assigned) {
    const auto keys = read_keys(*attested.tpm);
    if (!keys) co_return keys.error();
    // After another TPM was enrolled, its owner must not get at the key of the one before.
    if (!has_hub_key_for(*record, keys->endorsement_key))
      co_return Error(Errc::registration_not_found, "the registration is not this TPM's; it must register first");
    registered.activation_blob = co_await hub_key_blob(*record, *attested.tpm);
  }
  co_return registered;
}

Task<Result<RegisteredDevice>> Registrar::operation_status(RegistrationRequest request, std::string operation_id) {
  const auto caller = co_await admit(request);
  if (!caller) co_return caller.error();
  auto registered = co_await own_registration(*caller);
  if (!registered) co_return registered;
  if (registered->registration.operation_id != operation_id)
    co_return Error(Errc::operation_not_found, "the device's operation is another one");
  co_return registered;
}

Task<Result<RegisteredDevice>> Registrar::look_up(RegistrationRequest request) {
  const auto caller = co_await admit(request);
  if (!caller) co_return caller.error();
  co_return co_await own_registration(*caller);
}

}  // namespace muster::provisioning
