// Secrets that only one TPM can open: TPM2_MakeCredential in software, and the blob by which Azure DPS hands a device
// its HMAC key.
#pragma once

#include <string_view>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "base/random.hpp"
#include "base/secret.hpp"
#include "codec/tpm/public_area.hpp"

namespace muster::codec::tpm {

/// A secret under an endorsement key, as TPM2_ActivateCredential takes it. Both with their size in front.
struct Credential {
  Bytes id_object;         ///< TPM2B_ID_OBJECT
  Bytes encrypted_secret;  ///< TPM2B_ENCRYPTED_SECRET
};

/// Part 1, section 24 (Credential Protection): encrypts `secret` so that only the TPM that holds `ek` opens it, and
/// only while the key named `name` is loaded. The secret has 1 to as many octets as the EK's name algorithm makes
/// (std::invalid_argument otherwise: it is ours). Errc::tpm_key_unsupported where `ek` is no storage key or its numbers
/// make no usable key.
base::Result<Credential> make_credential(const PublicArea& ek, ByteView name, const base::Secret& secret,
                                         base::Random& random);

/// The longest HMAC key and resource name that an activation blob carries. TPM2_Import refuses longer keys.
inline constexpr std::size_t activation_key_size_max = 64;
inline constexpr std::size_t activation_uri_size_max = 512;

/// Azure DPS's `authenticationKey` before base64: `hmac_key` as a TPM object, wrapped for import under the storage key
/// `srk` with an inner key that only the TPM of `ek` can release, and `uri` encrypted under that inner key. The two
/// keys may each be RSA, P-256 or P-384. `hmac_key` has 1 to 64 octets, `uri` 1 to 512 (std::invalid_argument
/// otherwise). Errc::tpm_key_unsupported as for make_credential.
base::Result<Bytes> make_activation_blob(const PublicArea& ek, const PublicArea& srk, const base::Secret& hmac_key,
                                         std::string_view uri, base::Random& random);

/// The six parts of a blob. Each still has its size in front, as the marshalling libraries for TPMs take it, and is
/// valid as long as the blob.
struct ActivationBlob {
  ByteView id_object;         ///< TPM2B_ID_OBJECT: with the next, the inner key for TPM2_ActivateCredential
  ByteView encrypted_secret;  ///< TPM2B_ENCRYPTED_SECRET, to the EK
  ByteView duplicate;         ///< TPM2B_PRIVATE for TPM2_Import
  ByteView duplicate_seed;    ///< TPM2B_ENCRYPTED_SECRET, to the SRK; only its size where there is no outer wrap
  ByteView public_area;       ///< TPM2B_PUBLIC of the HMAC key
  ByteView encrypted_uri;     ///< TPM2B_DATA
};

/// Cuts a blob, the device's side. Errc::tpm_structure_malformed where parts are missing, longer than 1024 octets, or
/// octets are left over.
base::Result<ActivationBlob> split_activation_blob(ByteView blob);

}  // namespace muster::codec::tpm
