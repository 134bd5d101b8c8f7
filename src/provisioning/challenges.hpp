// Challenges to TPMs: made, handed out again, cleared away.
#pragma once

#include "attest/tpm/tpm.hpp"
#include "provisioning/attestation.hpp"

namespace muster::provisioning {

/// Both keys of a device, read and found to be of use.
struct ReadKeys {
  attest::tpm::EndorsementKey endorsement_key;
  attest::tpm::StorageKey storage_root_key;
};

/// Refuses keys that would prove nothing (attest/tpm/tpm.hpp).
Result<ReadKeys> read_keys(const TpmKeys& keys);

/// A challenge like any other, but one that nobody remembers: on a transport whose clients can only be told after they
/// were challenged that they are refused, and why. Refuses keys that would prove nothing.
Result<Bytes> challenge_to_nothing(const TpmKeys& keys, const std::string& resource, base::Random& random);

/// Challenges stay valid for an hour, three for each pair of keys and sixteen for each registration id, so that a lost
/// answer, a restart or another node does not stop a device.
class Challenges {
 public:
  Challenges(Store& store, Vault& vault, const base::Clock& clock, base::Random& random)
      : store_(store), vault_(vault), clock_(clock), random_(random) {}

  /// The activation blob for a device's TPM, durable when it returns. A device that asks again within a minute gets the
  /// same key once more, and nothing is written: public keys alone must not keep the disk busy.
  Task<Result<Bytes>> issue(const Caller& caller, ChallengeNeeded needed);

  /// Clears away what has expired, some hundred at a time; returns how many.
  Task<std::size_t> remove_expired();

 private:
  Task<Result<Bytes>> write_new(const Caller& caller, const ChallengeNeeded& needed, const ReadKeys& keys,
                                const std::vector<Challenge>& open);
  Result<Bytes> blob_for(const Caller& caller, const ReadKeys& keys, const Secret& key);

  Store& store_;
  Vault& vault_;
  const base::Clock& clock_;
  base::Random& random_;
};

}  // namespace muster::provisioning
