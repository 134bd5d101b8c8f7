// Attestation by TPM 2.0: which keys may take part, and whether the answer to a challenge is right.
//
// The challenge is an HMAC key that only the TPM with the endorsement key can import under the storage root key
// (codec/tpm/activation_blob.hpp); the answer is a token signed with it. That the storage root key cannot leave the
// TPM is what makes the answer prove anything: with a key that software knows, the TPM would hand the HMAC key over.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/secret.hpp"
#include "codec/sas_token.hpp"
#include "codec/tpm/public_area.hpp"

namespace muster::attest::tpm {

using base::Bytes;
using base::ByteView;

/// A TPM's endorsement key: a storage key that is unique to it and never changes.
struct EndorsementKey {
  codec::tpm::PublicArea public_area;
  Bytes hash;  ///< SHA-256 of the key's SubjectPublicKeyInfo: the TPM's identity, however its public area is encoded
};

/// The key under which the TPM imports the challenge.
struct StorageKey {
  codec::tpm::PublicArea public_area;
};

/// Reads a TPM2B_PUBLIC and checks that it is a storage key. Errc::tpm_structure_malformed or tpm_key_unsupported.
base::Result<EndorsementKey> read_endorsement_key(ByteView tpm2b);

/// The same for the storage root key, and that the TPM made it itself and never lets it go:
/// Errc::storage_key_not_bound_to_tpm or storage_key_not_restricted, the detail saying what it would allow.
base::Result<StorageKey> read_storage_root_key(ByteView tpm2b);

/// SHA-256 of the key's SubjectPublicKeyInfo in DER. Errc::tpm_key_unsupported where the key's numbers are unusable.
base::Result<Bytes> endorsement_key_hash(const codec::tpm::PublicArea& ek);

/// The registration id that the SDKs derive from an endorsement key: SHA-256 over the TPM2B_PUBLIC, in base32, lower
/// case, without padding (52 characters).
std::string registration_id_of(ByteView ek_tpm2b);

/// Whether a device presents the key that it is enrolled with, both as decoded octets. Errc::endorsement_key_mismatch
/// with both keys' fingerprints.
base::Status check_enrolled_endorsement_key(ByteView enrolled_tpm2b, ByteView presented_tpm2b);

/// One challenge that was sent and not yet answered.
struct PendingChallenge {
  base::Secret key;
  base::TimePoint expires_at;
};

/// Accepts a token that was signed with the key of any open challenge: a device that lost an answer and asked again
/// may hold an older one. Errc::challenge_missing where there is none, challenge_expired where the one that signed
/// is over or none is open any more, signature_mismatch where no challenge's key signed it; else as
/// symmetric_key::check_token.
base::Status check_challenge(const codec::SasToken& token, std::span<const PendingChallenge> challenges,
                             std::string_view expected_resource, base::TimePoint now);

}  // namespace muster::attest::tpm
