// What a registration changes about a device, put together as one write. No I/O.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "provisioning/attestation.hpp"
#include "provisioning/device_certificates.hpp"

namespace muster::provisioning {

/// What a device shows its hub now; null where it has nothing yet.
const Credential* active(const std::vector<Credential>& credentials);
/// What a device proved to be, of this kind; null where it has not.
const Identity* active(const std::vector<Identity>& identities, IdentityKind kind);
/// Where a device is; null where it is nowhere.
const Placement* active(const std::vector<Placement>& placements);

/// Takes the device as it is stored (or nothing, for a new one) and what its evidence proved, and gathers the rows to
/// write. What is replaced (an identity, a credential, a placement) is closed, not overwritten, and the new row names
/// it as its predecessor. Of each kind of row the device keeps the last `history_max`. Call what the attestation calls
/// for, `place_at` unless the device keeps its hub, then `finish` (or `begin`, where a webhook is to decide), then
/// `write`.
class DeviceChanges {
 public:
  /// A device that alternates between two certificates would otherwise grow without end.
  static constexpr std::size_t history_max = 32;

  DeviceChanges(const Caller& caller, const Attested& attested, std::optional<DeviceRecord> stored, TimePoint now,
                base::Random& random);

  /// Where the device is until now.
  const std::optional<HubName>& current_hub() const { return previous_hub_; }

  /// Whether the device keeps its hub, as the enrollment's reprovision policy says.
  bool keeps_hub(std::span<const Hub> linked) const;

  /// The hub that was chosen, which may be the one that the device is in: then its twin and its capability stay as they
  /// are. What a webhook said besides comes along: the twin to begin with and what the device is told.
  void place_at(const HubName& hub, const JsonText& webhook_twin = {}, JsonText returned_payload = {});

  /// What the device proved to be. Another fingerprint than the last one of its kind replaces it: new hardware, or a
  /// new certificate, under an enrollment that accepts it.
  void identify(IdentityKind kind, Bytes fingerprint, Bytes public_part);

  /// What the device shows its hub, where Muster draws nothing for it.
  void give_credential(CredentialKind kind, Bytes fingerprint);

  /// The row for a new hub key, unless the device has one that is still right; other hardware gets another key.
  std::optional<Credential> need_hub_key();
  void give_hub_key(Credential credential, SealedSecret sealed);

  /// The certificate that the device asked for.
  void certify(Issuance issuance);

  /// Whether there is anything to write yet.
  bool is_changed() const;

  /// The registration, assigned, and its audit record.
  void finish(const std::optional<JsonText>& payload);
  /// The registration, which waits for a webhook's decision, and its audit record.
  void begin(const std::optional<JsonText>& payload);
  /// A row that this was decided upon: it must still be so when this is written. Nothing is added where the write names
  /// the basis that the row is part of.
  void keep(Row row);
  /// A further row that stands or falls with the others.
  void add(Change change) { write_.changes.push_back(std::move(change)); }

  /// The device as it is once the write is committed, but for revisions.
  const DeviceRecord& record() const { return record_; }
  Write write() &&;

 private:
  template <class T>
  void replace(std::vector<T>& rows, const T* old, T fresh);
  template <class T>
  void forget_oldest(std::vector<T>& rows, const std::optional<Uuid>& kept);
  template <class T>
  T fresh_row();
  /// The registration to change: the stored one, or a new one.
  Registration registration() const;
  void put(Registration registration);
  /// "symmetric_key under group line-1"
  std::string under() const;
  void report(std::string action, std::string detail);

  const Caller& caller_;
  const Attested& attested_;
  TimePoint now_;
  base::Random& random_;
  bool is_new_;
  bool hardware_changed_ = false;
  std::optional<HubName> previous_hub_;
  std::optional<JsonText> returned_payload_;
  std::string certificate_serial_;
  DeviceRecord record_;
  Write write_;
};

}  // namespace muster::provisioning
