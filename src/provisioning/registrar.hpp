// The way of a registration: find the enrollment, attest, allocate, commit, answer.
#pragma once

#include <memory>
#include <optional>
#include <variant>

#include "provisioning/challenges.hpp"
#include "provisioning/custom_allocation.hpp"
#include "provisioning/deferrals.hpp"
#include "provisioning/device_certificates.hpp"
#include "provisioning/hub_loads.hpp"
#include "provisioning/pacing.hpp"
#include "provisioning/place.hpp"
#include "provisioning/refusals.hpp"

namespace muster::provisioning {

class DeviceChanges;

/// A device that asks to be registered, or about its registration.
struct RegistrationRequest {
  IdScope id_scope;
  RegistrationId registration_id;
  Evidence evidence;
  std::string address;  ///< numeric, of the device
  /// What the device sent along, as JSON; nothing leaves what it sent last time.
  std::optional<JsonText> payload;
  Transport transport = Transport::https;
  bool force = false;                ///< the device asks not to be given what it had
  std::string signing_request = {};  ///< PKCS #10, PEM or base64 of DER; empty: it asks for no certificate
  /// What `authenticate` refused this attempt for, where the device was let go on to hear of it: an attempt that is
  /// refused twice for one reason is written down once.
  std::optional<base::Errc> noted_refusal = {};
};

/// A registration as the device is told of it.
struct RegisteredDevice {
  Device device;
  Registration registration;
  /// For a device with a TPM: its hub key, for its TPM alone (codec/tpm/activation_blob.hpp).
  std::optional<Bytes> activation_blob;
  /// Issued to it and still valid, the leaf first; empty: none, or the registration is not assigned.
  std::vector<Bytes> certificate_chain = {};
};

/// A device must answer this first.
struct TpmChallenge {
  Bytes activation_blob;  ///< holds the key that it must sign its token with
};

/// What allocation may use. It outlives the registrar.
struct AllocationParts {
  const Locator* locator = nullptr;  ///< null: no device's place is known
  AllocationWebhook* webhook =
      nullptr;  ///< null, like `background`: no custom allocation; a fault where it is asked for
  Background* background = nullptr;
  CustomAllocationSettings custom = {};
};

/// DeferredOperation: too many ask at once; the device comes again when its turn is.
using RegistrationOutcome = std::variant<RegisteredDevice, TpmChallenge, DeferredOperation>;

/// The registration use cases. Safe to call from any thread.
class Registrar {
 public:
  /// `public_pki_url`: as DeviceCertificates has it.
  Registrar(Store& store, Vault& vault, const base::Clock& clock, base::Random& random, AllocationParts parts = {},
            std::string public_pki_url = {});

  /// Registers a device, or registers it again. Once it returns a RegisteredDevice, the device, its credential, its
  /// placement and the audit record are durable. Two requests for one device at the same time serialise.
  ///
  /// Where a webhook chooses the hub, the registration comes back as it stands after a short wait: assigned, failed, or
  /// still assigning, which is durable too. A device that asks again meanwhile waits for the same decision, unless it
  /// forces a new one, sends another payload, asks for another certificate or shows other credentials. Where what let
  /// it in was changed before the webhook had decided, whoever waits is let in anew, or refused.
  Task<Result<RegistrationOutcome>> register_device(RegistrationRequest request);

  /// Goes on with a registration that was put off: as `register_device`, once the turn has come, with what the device
  /// sent along then; the DeferredOperation again before that. Asked again afterwards it gives the registration.
  /// operation_not_found for an id that was not made for this device, or whose turn was more than an hour ago.
  Task<Result<RegistrationOutcome>> continue_deferred(RegistrationRequest request, std::string operation_id);

  /// Checks who is asking and changes nothing about the device: nothing where the evidence is good, and a challenge for
  /// a TPM that has answered none yet. Refuses as `register_device` does.
  Task<Result<std::optional<TpmChallenge>>> authenticate(RegistrationRequest request);

  /// The registration that an operation id names, for the device that it belongs to. operation_not_found otherwise.
  Task<Result<RegisteredDevice>> operation_status(RegistrationRequest request, std::string operation_id);

  /// The device's own registration; registration_not_found where it has none.
  Task<Result<RegisteredDevice>> look_up(RegistrationRequest request);

  /// Keeps a refusal that came before any of these could be asked; of the request it takes what could be read.
  Task<void> note_refusal(RegistrationRequest request, base::Error refusal);

  /// Writes down refusals that were only counted, and forgets old ones; for a background task.
  Task<void> tidy_refusals();

  /// Clears away challenges that nobody answered in time; for a background task. Returns how many.
  Task<std::size_t> remove_expired_challenges() { return challenges_.remove_expired(); }

  /// Goes on with registrations that wait for their webhook's decision and that no node is busy with; for a background
  /// task. Returns how many.
  Task<std::size_t> resume_allocations();

  /// Clears away what devices sent along with registrations that were put off and that they did not come back for; for
  /// a background task. Returns how many.
  Task<std::size_t> remove_old_deferrals() { return deferrals_.remove_old(); }

  /// Clears away certificates of devices that are over, revoked or not: nobody accepts them any more, and no list names
  /// them. For a background task. Returns how many.
  Task<std::size_t> remove_expired_certificates() { return certificates_.remove_expired(); }

 private:
  static Caller caller_of(RegistrationRequest& request, Tenant tenant);
  static Caller caller_of(RegistrationRequest& request, std::shared_ptr<RegistrationBasis> basis);
  /// Whether the tenant is enabled and lets the caller's address in.
  static Status may_ask(const Caller& caller);
  /// Keeps a refusal, where there is a tenant to keep it for.
  Task<void> record(const Caller& caller, base::Error refusal);
  /// From here on the caller is judged upon what is so now; whether it may ask by that.
  Task<Status> use_current_basis(Caller& caller);
  /// Who asks, judged upon what is so now.
  Task<Result<Caller>> admit(RegistrationRequest& request);
  /// What a device asks for beside its proof.
  struct Wish {
    std::optional<JsonText> payload;
    bool force = false;
  };
  enum class Turn { must_be_asked_for, has_come };

  Task<Result<RegistrationOutcome>> register_admitted(Caller& caller, const Wish& wish);
  Task<Result<std::optional<TpmChallenge>>> authenticate_caller(Caller& caller);
  /// Registers a caller, or puts the registration off where its turn is later.
  Task<Result<RegistrationOutcome>> register_caller(Caller& caller, const Wish& wish, Turn turn);
  /// Takes the caller's request and turn, once however often it is judged. Where the turn is later: what it is put off
  /// to. rate_limited.
  Task<Result<std::optional<DeferredOperation>>> pace(Caller& caller, const Wish& wish, Turn turn);
  /// Where the caller's turn is later: what it is put off to.
  Task<Result<std::optional<DeferredOperation>>> ask_for_turn(const Caller& caller, const Wish& wish);
  Task<Result<RegistrationOutcome>> continue_as(Caller& caller);
  /// One attempt; revision_conflict where something that it was decided upon changed meanwhile.
  Task<Result<RegistrationOutcome>> assign(const Caller& caller, const Attested& attested, const Wish& wish);
  /// The rows of what the device proved to be and of what it shows its hub.
  Task<Status> describe(DeviceChanges& changes, const Attested& attested);
  /// Lets the tenant's webhook choose the hub, and waits for it briefly.
  Task<Result<RegistrationOutcome>> assign_by_webhook(DeviceChanges changes, const Caller& caller,
                                                      const Attested& attested, const Wish& wish);
  Task<RegisteredDevice> answer_for(const DeviceRecord& record, const Attested& attested);
  /// A device that one group let in is not another group's to take, unless the first one, as long as it exists, would
  /// accept the same evidence. name_taken.
  Task<Status> check_owner(const Caller& caller, const DeviceRecord& stored, const Attested& attested);
  Task<Result<RegisteredDevice>> own_registration(Caller& caller);
  Task<Result<RegisteredDevice>> own_operation(Caller& caller, std::string operation_id);
  Task<Bytes> hub_key_blob(const DeviceRecord& record, const TpmKeys& keys);

  Store& store_;
  Vault& vault_;
  const base::Clock& clock_;
  base::Random& random_;
  Attestor attestor_;
  Challenges challenges_;
  Refusals refusals_;
  DeviceCertificates certificates_;
  AllocationParts parts_;
  HubLoads hub_loads_;
  std::unique_ptr<CustomAllocation> custom_allocation_;  // null where the parts for it are
  Pacing pacing_;
  Deferrals deferrals_;
};

/// Where a device's hub key is sealed.
SecretPlace key_place(const Credential& credential);

}  // namespace muster::provisioning
